import { progressOf, readProgress, resumptionOf } from '../../../src/ledger/progress.ts';
import type { LedgerRow } from '../../../src/ledger/row.ts';
import { readHeader } from '../../../src/migrations/directives.ts';
import type { Script } from '../../../src/sql/source.ts';

const scriptOf = (text: string, isOutside = true): Script => {
  const source = {
    path: 'a.sql',
    text: `${isOutside ? '-- slipway: no-transaction\n' : ''}${text}`,
    checksum: text,
  };
  return { format: 'sql', source, directives: readHeader(source).directives };
};

const text = 'CREATE INDEX CONCURRENTLY i ON t (n);\nDO $$ BEGIN END $$;\nVACUUM t;';
const rowAt = (done: number, isBegun: boolean, undoing = false): Pick<LedgerRow, 'steps' | 'checksum'> => ({
  checksum: text,
  steps: { ...progressOf(scriptOf(text), done, isBegun), ...(undoing && { undoing }) },
});

/** In short: what is done with it, and the number of the statement. */
function resume(file: string, row: Pick<LedgerRow, 'steps' | 'checksum'>): string {
  const resumption = resumptionOf(scriptOf(file), row);
  return [
    resumption.kind,
    'statement' in resumption ? resumption.statement : null,
    'statements' in resumption ? resumption.statements : null,
  ]
    .filter((part) => part !== null)
    .join(' ');
}

test.each<[string, string, Pick<LedgerRow, 'steps' | 'checksum'>, string]>([
  ['nothing is done', text, rowAt(0, false), 'next 1'],
  ['the first was begun', text, rowAt(0, true), 'ask 1'],
  ['the first is done', text, rowAt(1, false), 'next 2'],
  ['the block was begun', text, rowAt(1, true), 'person 2'],
  ['the last was begun', text, rowAt(2, true), 'ask 3'],
  ['all are done', text, rowAt(3, false), 'next 4'],
  ['edited behind what is done', text.replace('VACUUM t', 'VACUUM u'), rowAt(1, false), 'next 2'],
  ['edited in what was begun', text.replace('(n)', '(m)'), rowAt(0, true), 'edited 1'],
  ['edited in what is done', text.replace('(n)', '(m)'), rowAt(2, false), 'edited 2'],
  ['cut off within what is done', 'CREATE INDEX CONCURRENTLY i ON t (n);', rowAt(2, false), 'edited 2'],
  ['only its comments were edited', `-- new\n${text}`, rowAt(2, false), 'next 3'],
  ['it was being undone', text, rowAt(1, true, true), 'unknown'],
  ['several statements that nobody counted', text, { checksum: text }, 'unknown'],
  ['one statement, which was begun', 'VACUUM t', { checksum: 'VACUUM t' }, 'ask 1'],
  ['one block, which was begun', 'DO $$ $$', { checksum: 'DO $$ $$' }, 'person 1'],
  ['one statement, edited', 'VACUUM t', { checksum: 'VACUUM u' }, 'edited 1'],
])('%s: %s', (_, file, row, expected) => {
  expect(resume(file, row)).toBe(expected);
});

test('a file that runs in a transaction is not resumed', () => {
  expect(resumptionOf(scriptOf('VACUUM t', false), { checksum: null }).kind).toBe('unknown');
});

test('what is kept is read back, and nothing else', () => {
  const steps = progressOf(scriptOf(text), 1, true);
  expect(steps).toMatchObject({ of: 3, done: 1, begun: 2 });
  expect(readProgress(JSON.parse(JSON.stringify(steps)))).toEqual(steps);
  for (const wrong of [null, 'x', { ...steps, of: -1 }, { ...steps, begun: 'x' }, { ...steps, digest: 1 }])
    expect(readProgress(wrong)).toBeNull();
});
