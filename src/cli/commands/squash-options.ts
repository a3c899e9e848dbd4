import type { CommandOptions } from '../command.ts';

const list = (placeholder: string, summary: string) =>
  ({ type: 'string', isList: true, placeholder, summary }) as const;

/** The options that say it. */
export const decisionOptions = {
  carry: list(
    'FILE[:LINE]',
    'keep this statement as it is, in a section of the new baseline; without a line, all that it asks about; * is any',
  ),
  leave: list(
    'FILE[:LINE]',
    'leave this statement out: schema and rows hold all that it did; without a line, all that it asks about; * is any',
  ),
  'from-default': list('COLUMN', 'leave schema.table.column out of INSERT: its default fills it; * is any'),
  freeze: list('COLUMN', 'keep the values of schema.table.column as they happened to be; * is any'),
  'set-sequence': list('NAME', 'let schema.sequence go on from where it stands; * is any'),
} as const satisfies CommandOptions;
