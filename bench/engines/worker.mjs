// Asks one engine, in a process of its own: what crashes or hangs takes nothing else with it.
const { write } = await import(process.argv[2]);
process.on('message', async ({ before, after }) => {
  try {
    process.send({ written: await write(before, after) });
  } catch (error) {
    process.send({ error: String(error?.message || error?.stack || error) });
  }
});
process.send({ ready: true });
