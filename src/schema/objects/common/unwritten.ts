/** Why nothing writes an object that could not be written, by its kind and text. */
export const unwrittenReason = (kind: string, text = ''): string =>
  invalidReason(kind, text) ?? unwritten[kind] ?? 'it cannot be written from its description';

/** Why an index that is to be invalid, or a key with such an index, is left; null for any other. */
export function invalidReason(kind: string, text: string): string | null {
  if (!text.endsWith(' INVALID')) return null;
  return kind === 'constraint'
    ? 'its index is to be invalid: ALTER TABLE ONLY ... ADD CONSTRAINT makes it so, until each partition has its own attached'
    : 'it is to be invalid: CREATE INDEX ... ON ONLY makes it so, until each partition has its own attached';
}

const unwritten: Readonly<Record<string, string>> = {
  'user mapping': 'its options may be secrets, and are not read: write CREATE USER MAPPING yourself',
  subscription:
    'its connection may hold a password, and its slot is on the publisher: write CREATE or DROP SUBSCRIPTION yourself',
  database: 'its value may be a secret, and is not read: write ALTER DATABASE ... SET yourself',
};
