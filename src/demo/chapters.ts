import { seconds } from '../core/index.ts';
/** The chapters of the story, in order. */
export const chapters = {
  empty: 'An empty database',
  again: 'The same again',
  more: 'One more migration',
  wrong: 'A migration that is wrong',
  right: 'Put right',
  drift: 'Somebody drops a default by hand',
  old: 'An old database that matches nothing',
  fix: 'The fix: written, read, run',
  squash: 'The migrations become the baseline',
} as const;

export type Chapter = keyof typeof chapters;

/** What was shown, and what to do next: nine lines. */
export const lastScreen = (ms: number): readonly string[] => [
  `That was all, in ${seconds(ms)}. The server and its files are gone. You saw that`,
  '- up      makes an empty database, and changes nothing where nothing is to do',
  '- up      applies a migration as a whole or not at all, and points at its error',
  '- up      refuses a schema that somebody changed by hand, and says what differs',
  '- check   proves files, lock and baseline on a throw-away database',
  '- adopt   brings an old database under management, with every row it had',
  '- squash  makes one baseline of all migrations, and no database is reset',
  'Next, in a folder of your own: slipway new first table; write its SQL; then',
  'slipway check --write; DATABASE_URL=... slipway up. README.md: Your own schema.',
];
