import { afterAll, type Contents, nothing, type Statement } from './contents.ts';
import { type File, firstStatements, script, textOfDown, textOfFile } from './file.ts';

export interface Baseline {
  readonly version: string;
  readonly text: string;
  /** Equal for two baselines that differ in comments only. */
  readonly meaning: string;
  readonly makes: Contents;
}

/** What the lock says that a migration makes of the schema. */
export interface Delta {
  readonly added: ReadonlyMap<string, string>;
  readonly changed: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

/** What a baseline took in: by version, how the checksum of the migration begins, and that of the baseline. */
export type TakenIn = ReadonlyMap<
  string,
  { readonly migration?: string | undefined; readonly baseline?: string | undefined }
>;

export interface Lock {
  readonly baseline: {
    readonly version: string | null;
    readonly text: string | null;
    readonly objects: ReadonlyMap<string, string>;
  };
  readonly migrations: ReadonlyMap<
    string,
    { readonly text: string; readonly down: string | null; readonly delta: Delta }
  >;
  readonly superseded: TakenIn;
  /** The two files as `check --write` or `squash` wrote them. */
  readonly written: { readonly lock: string; readonly snapshot: string };
}

/** All files that an image contains. */
export interface Image {
  readonly baseline: Baseline | null;
  /** In the order of their versions. */
  readonly files: readonly File[];
  readonly lock: Lock | null;
}

/** The baseline that projects of the model begin with. */
export function firstBaseline(version: string): Baseline {
  const statements: Statement[] = [...firstStatements, { does: 'write', step: `${version}.0` }];
  const makes = afterAll(statements, nothing);
  if (makes === null) throw new Error('the first baseline fails');
  return {
    version,
    text: script([`-- slipway: version ${version}`], statements),
    meaning: `${version} first`,
    makes,
  };
}

/** Every file of an image: path -> content. */
export function render({ baseline, files, lock }: Image): Map<string, string> {
  const entries: [string, string][] = files.flatMap((file) => {
    const stem = `migrations/${file.isSuperseded ? 'superseded/' : ''}${file.version}_step`;
    const down = textOfDown(file);
    return [
      [`${stem}.sql`, textOfFile(file)],
      ...(down === null ? [] : [[`${stem}.down.sql`, down] as [string, string]]),
    ] as [string, string][];
  });
  return new Map([
    ...entries,
    ...(baseline ? [['sql/baseline.sql', baseline.text] as const] : []),
    ...(lock
      ? ([
          ['sql/schema.lock.json', lock.written.lock],
          ['sql/schema.snapshot.json', lock.written.snapshot],
        ] as const)
      : []),
  ]);
}

/** The newest version of an image; null where it has nothing. */
export const headOf = ({ baseline, files }: Image): string | null =>
  [...(baseline ? [baseline.version] : []), ...files.map(({ version }) => version)].sort().at(-1) ?? null;

/**
 * Whether there is nothing to bring a database to: no file at all, or one is missing that the lock lists above the newer
 * of its baseline and the one that is there, or the baseline that it is of.
 */
export function isIncomplete(image: Image): boolean {
  const { baseline, files, lock } = image;
  if (headOf(image) === null) return true;
  if (lock === null) return false;
  const there = new Set(files.map(({ version }) => version));
  const of = lock.baseline.version;
  if (baseline === null && of !== null && ![of, ...lock.superseded.keys()].every((one) => there.has(one)))
    return true;
  const floor = [baseline?.version ?? '', of ?? ''].sort().at(-1) ?? '';
  return [...lock.migrations.keys()].some((version) => version > floor && !there.has(version));
}

/** What the lock alone tells of an image. */
export function asLocked(lock: Lock): Image {
  const { version, text } = lock.baseline;
  const file = (version: string, locked: string): File => ({
    version,
    locked,
    kind: 'data',
    form: 0,
    remark: 0,
    isIrreversible: false,
    isSuperseded: false,
  });
  const migrations = [...lock.migrations].map(([version, { text }]) => file(version, text));
  return {
    baseline: version === null ? null : { version, text: text ?? '', meaning: '', makes: nothing },
    files: [...[...lock.superseded.keys()].map((version) => file(version, '')), ...migrations],
    lock,
  };
}

/** The files that come after the baseline. */
export const filesAbove = ({ baseline, files }: Image): readonly File[] =>
  files.filter(({ version }) => baseline === null || version > baseline.version);

/** The files, with one more, or another one in the place of that version. */
export const withFile = (image: Image, file: File): Image => ({
  ...image,
  files: [...image.files.filter(({ version }) => version !== file.version), file].sort((a, b) =>
    a.version < b.version ? -1 : 1,
  ),
});

export const withoutFile = (image: Image, version: string): Image => ({
  ...image,
  files: image.files.filter((file) => file.version !== version),
});
