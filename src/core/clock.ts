/**
 * Milliseconds on the monotonic clock. Node's `performance` would load the measuring of everything else with it, which
 * is a hundredth of a start.
 */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
