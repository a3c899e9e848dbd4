// node library-host.mjs ENTRY CALLS: runs calls of the library one after the other, or side by side those of one list,
// and prints what came of each as JSON, with what of the process is another than before.

const [, , entry = '', calls = '[]'] = process.argv;
const library = await import(entry);

const state = () => ({
  listeners: process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`),
  exitCode: process.exitCode ?? null,
  globals: Object.keys(globalThis).length,
  environment: JSON.stringify(process.env),
  title: process.title,
});

/** Makes copies as they are not to be made; what each rejects with. */
async function misuse(template) {
  const first = await template.clone('slipway_test_dupl');
  const names = ['slipway_test_dupl', '', 'n'.repeat(64), 5];
  const outcomes = await Promise.allSettled(names.map((one) => template.clone(one)));
  await first.drop();
  await template.drop();
  outcomes.push(...(await Promise.allSettled([template.clone(), first.drop()])));
  return outcomes.map(({ reason }) => rejectionOf(reason));
}

const rejectionOf = (error) => {
  const { name: kind, message, exit, code, remedy } = error ?? {};
  return { kind, isOwn: error instanceof library.SlipwayError, message, exit, code, remedy };
};

async function call({ name, options = {}, abortAt = null, throwAt = null, bare = false }) {
  const events = [];
  const controller = new AbortController();
  const onEvent = (event) => {
    events.push(event);
    if (event.event === abortAt) controller.abort(new Error('enough'));
    if (event.event === throwAt) throw new Error('of the listener');
  };
  const base = name === 'fromEnvironment' ? library.optionsFromEnvironment() : options;
  const all = { ...base, onEvent, signal: controller.signal };
  try {
    if (bare) return { result: await library[name](Object.keys(options).length > 0 ? options : undefined) };
    if (name === 'misuse') return { result: await misuse(await library.templateDatabase(all)), events };
    if (name === 'template') {
      const template = await library.templateDatabase(all);
      const [one, two] = await Promise.all([template.clone(), template.clone()]);
      const seen = { name: template.name, clones: [one, two].map(({ name, url }) => ({ name, url })) };
      const states = await Promise.all([one, two].map(({ url }) => library.status({ ...options, url })));
      await Promise.all([one.drop(), two.drop()]);
      await template.close();
      return { result: { ...seen, states }, events };
    }
    return { result: await library[name === 'fromEnvironment' ? 'up' : name](all), events };
  } catch (error) {
    return { rejected: rejectionOf(error), events };
  }
}

const before = state();
const results = [];
for (const one of JSON.parse(calls))
  results.push(await (Array.isArray(one) ? Promise.all(one.map(call)) : call(one)));
process.stdout.write(JSON.stringify({ results, before, after: state() }));
