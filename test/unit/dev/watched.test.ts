import {
  isContinued,
  isHalfSaved,
  unreadableFiles,
  type Watched,
  watchedOf,
} from '../../../src/dev/watched.ts';
import type { Lock } from '../../../src/lockfile/index.ts';
import type { Migration, MigrationSet } from '../../../src/migrations/index.ts';
import { baselineOf, migrationOf, setOf, versionOf } from '../../support/migration-set.ts';

const files = (set: MigrationSet, lock: Lock | null = null): Watched =>
  watchedOf({ set, lock, platform: null, desired: null });
const of = (...migrations: (number | Migration)[]): Watched =>
  files(setOf({ baseline: baselineOf(1), migrations }));
const edited = (n: number, text: string): Migration => migrationOf(n, text);
const withDown = (n: number, text: string): Migration => {
  const migration = migrationOf(n);
  const { format, directives, source } = migrationOf(n, text);
  return {
    ...migration,
    down: { format, directives, source: { ...source, path: source.path.replace('.sql', '.down.sql') } },
  };
};
const trial = (watched: Watched): Watched & { kind: 'trial' } => {
  if (watched.kind !== 'trial') throw new Error(`nothing is tried: ${watched.kind}`);
  return watched;
};
const bad = unreadableFiles({
  exit: 'migration',
  message: 'two files have one version',
  remedy: 'Rename one.',
});
const nothing = files(setOf({}));

describe('what is watched', () => {
  test.each([
    ['the newest migration', of(2, 3), versionOf(3), versionOf(2)],
    ['the first migration, on the baseline', of(2), versionOf(2), versionOf(1)],
    ['the baseline alone, on an empty database', of(), versionOf(1), ''],
    ['without a baseline, the first migration', files(setOf({ migrations: [2] })), versionOf(2), ''],
    [
      'not what the baseline holds',
      files(setOf({ baseline: baselineOf(5), migrations: [2, 3] })),
      versionOf(5),
      '',
    ],
  ])('%s', (_, watched, version, below) => {
    const { subject, below: set } = trial(watched);
    expect(subject).toMatchObject({ kind: 'migration', migration: { version }, set: { head: version } });
    expect(set.head).toBe(below);
    expect(set.migrations.map(({ version: one }) => one)).not.toContain(version);
  });

  test('a desired schema, on head', () => {
    const desired = migrationOf(9).source;
    const set = setOf({ baseline: baselineOf(1), migrations: [2] });
    const { subject, below } = trial(watchedOf({ set, lock: null, platform: null, desired }));
    expect(subject).toEqual({ kind: 'source', file: desired.path });
    expect(below.head).toBe(versionOf(2));
  });

  test('nothing where there is no file', () => expect(nothing.kind).toBe('nothing'));
});

describe('what a change asks for', () => {
  const start = of(2, 3);
  test.each<[string, Watched, 'nothing' | 'another answer' | 'another database']>([
    ['the same files', of(2, 3), 'nothing'],
    ['the newest edited', of(2, edited(3, 'SELECT 4;')), 'another answer'],
    ['its down file appears', of(2, withDown(3, 'SELECT 1;')), 'another answer'],
    ['an older file edited', of(edited(2, 'SELECT 4;'), 3), 'another database'],
    ["an older file's down edited", of(withDown(2, 'SELECT 4;'), 3), 'another database'],
    ['a newer file', of(2, 3, 4), 'another database'],
    ['the newest removed', of(2), 'another database'],
    [
      'the baseline edited',
      files(setOf({ baseline: baselineOf(1, 'SELECT 1'), migrations: [2, 3] })),
      'another database',
    ],
  ])('%s: %s', (_, now, wanted) => {
    const [was, is] = [trial(start), trial(now)];
    const asks =
      was.key === is.key ? 'nothing' : was.base === is.base ? 'another answer' : 'another database';
    expect(asks).toBe(wanted);
  });

  test('the platform or the options of the lock: another database', () => {
    const set = setOf({ baseline: baselineOf(1), migrations: [2, 3] });
    const platform = migrationOf(8).source;
    const other = watchedOf({ set, lock: null, platform, desired: null });
    expect(trial(other).base).not.toBe(trial(start).base);
  });

  test('a down file that changes, and then is as before: the same key again', () => {
    expect(of(2, withDown(3, 'SELECT 1;')).key).toBe(of(2, withDown(3, 'SELECT 1;')).key);
    expect(of(2, withDown(3, 'SELECT 1;')).key).not.toBe(of(2, withDown(3, 'SELECT 2;')).key);
  });
});

test.each<[string, Watched, Watched, boolean]>([
  ['a newer file', of(2, 3), of(2, 3, 4), true],
  ['two newer files', of(2), of(2, 3, 4), true],
  ['a file between the newest and the one before it', of(2, 4), of(2, 3, 4), true],
  ['an older file', of(3, 4), of(2, 3, 4), false],
  ['the newest edited', of(2, 3), of(2, edited(3, 'SELECT 4;')), false],
  ['the newest edited, and a newer file', of(2, 3), of(2, edited(3, 'SELECT 4;'), 4), true],
  ['the newest removed', of(2, 3), of(2), false],
])('a scratch database goes on from another: %s', (_, built, wanted, isOne) => {
  expect(isContinued(trial(built), trial(wanted))).toBe(isOne);
});

test.each<[string, Watched | null, Watched, boolean]>([
  ['the first look', null, of(2), false],
  ['an edit', of(2, 3), of(2, edited(3, 'SELECT 4;')), false],
  ['truncated', of(2, 3), of(2, edited(3, '')), true],
  ['it was empty before', of(2, edited(3, '')), of(2, edited(3, '')), false],
  ['gone', of(2, 3), of(2), true],
  ['all gone', of(2, 3), nothing, true],
  ['unreadable', of(2, 3), bad, true],
  ['readable again', bad, of(2, 3), false],
  ['a newer file', of(2), of(2, 3), false],
  ['a newer file that is empty yet', of(2), of(2, edited(3, '')), true],
  ['its down file is gone', of(2, withDown(3, 'SELECT 1;')), of(2, 3), true],
  ['its down file is empty', of(2, withDown(3, 'SELECT 1;')), of(2, withDown(3, '')), true],
])('half of a save: %s', (_, before, now, isHalf) => {
  expect(isHalfSaved(before, now)).toBe(isHalf);
});
