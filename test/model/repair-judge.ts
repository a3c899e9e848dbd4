import { isDeepStrictEqual } from 'node:util';
import type { Database, Row } from './database.ts';
import { meaningOf, textOfFile } from './file.ts';
import type { Image } from './image.ts';
import { checksumOf, type Facts, takenInOf } from './oracle.ts';

/** A database with the ledger's rows as a repair has left them. */
export function changedRows(facts: Facts, image: Image, database: Database): Database {
  const texts = new Map([
    ...image.files.map((file) => [textOfFile(file), meaningOf(file)] as const),
    ...(image.baseline ? [[image.baseline.text, image.baseline.meaning] as const] : []),
    ...database.rows.map(({ text, meaning }) => [text, meaning] as const),
  ]);
  const known = [...texts].map(([text, meaning]) => ({ text, meaning, checksum: checksumOf(text) }));
  const rows = facts.ledger.map((fact): Row => {
    const { version, kind, state, checksum } = fact;
    const before = database.rows.find((row) => row.version === version);
    const file = known.find((one) => one.checksum === checksum);
    return {
      version,
      kind: kind === 'baseline' ? 'baseline' : 'migration',
      state: state === 'running' ? 'running' : 'done',
      text: file?.text ?? '',
      meaning: file?.meaning ?? '',
      accepted: before?.accepted ?? new Map(),
      takenIn: takenInOf(fact),
    };
  });
  return { ...database, rows };
}

/** What a repair did to the rows without a proof, a line each; none where it proved all of it. */
export function judgeRepair(image: Image, before: Database, now: Database): string[] {
  const problems: string[] = [];
  const added = (version: string): [string, string][] => [
    ...(image.lock?.migrations.get(version)?.delta.added ??
      (image.lock?.baseline.version === version ? image.lock.baseline.objects : [])),
  ];
  const isThere = ([object, definition]: [string, string]): boolean =>
    before.objects.get(object) === definition;
  const there = new Map(before.rows.map((row) => [row.version, row]));
  for (const row of now.rows) {
    const { version, text } = row;
    const was = there.get(version);
    const lacks = added(version).some(([object]) => !before.objects.has(object));
    if (!was) {
      if (image.lock === null) problems.push(`the row of ${version} was recorded without a lock`);
      if (lacks) problems.push(`the row of ${version} was recorded, and its objects are not there`);
      continue;
    }
    if (
      was.state === 'running' &&
      row.state === 'done' &&
      !(added(version).length > 0 && added(version).every(isThere))
    )
      problems.push(`${version} was marked as done without a proof`);
    if (was.state === 'done' && row.state === 'running') problems.push(`${version} was marked as running`);
    if (
      was.takenIn !== null &&
      was.kind === row.kind &&
      was.text === text &&
      !isDeepStrictEqual(was.takenIn, row.takenIn)
    )
      problems.push(`what the baseline ${version} took in is no longer what it was`);
    if (was.kind !== row.kind) problems.push(`the row of ${version} changed its kind`);
    if (was.text !== text && was.meaning !== row.meaning)
      problems.push(`the edit of ${version} was taken, and it is more than a comment`);
  }
  const left = new Set(now.rows.map(({ version }) => version));
  for (const { version } of before.rows.filter((row) => !left.has(row.version))) {
    const delta = image.lock?.migrations.get(version)?.delta;
    const made = [...added(version), ...(delta?.changed ?? [])];
    if (made.length === 0 && now.rows.length > 0)
      problems.push(`the row of ${version} was removed, and the schema cannot show it`);
    if (made.some(isThere) && now.rows.length > 0)
      problems.push(`the row of ${version} was removed, and some of it is there`);
  }
  return problems;
}
