/** The same value with each text in it redacted: before it is escaped, since a secret that is escaped is not found. */
export const redactedIn = <Value>(value: Value, redact: (text: string) => string): Value =>
  redactedAny(value, redact) as Value;

function redactedAny(value: unknown, redact: (text: string) => string): unknown {
  const all = (values: Iterable<unknown>): unknown[] => [...values].map((one) => redactedAny(one, redact));
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return all(value);
  if (value instanceof Set) return new Set(all(value));
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redactedAny(one, redact)]));
}
