/** The standard output, made when it is first written to; who has stopped reading it is no error. */
export function stdout(): typeof process.stdout {
  const stream = process.stdout;
  if (stream.listenerCount('error') === 0) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return stream;
}
