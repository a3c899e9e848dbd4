import { count, type Failure, formatPlace, type Place, printableName, sayBatches } from '../core/index.ts';
import { tools } from '../inspect/evidence-tools.ts';
import type { FoundRelation, Match } from '../inspect/index.ts';
import { isContrary } from '../inspect/match.ts';
import { type LedgerRow, type Repeated, type Resumption, resumptionOf } from '../ledger/index.ts';
import { remedyBelowBaseline } from '../lockfile/problems.ts';
import type { Migration, Version } from '../migrations/index.ts';
import type { Comparison, Difference } from '../schema/compare/index.ts';
import { describeDifferences } from '../schema/compare/text.ts';
import { openingWords, parseSql, placeAt } from '../sql/index.ts';
import { ignorePatterns } from './passing-objects.ts';
import type { Disagreement, Refusal } from './types.ts';

/** Says a refusal to a person: what, why, what to do, and which exit. */
export function explainRefusal(refusal: Refusal): Failure {
  switch (refusal.kind) {
    case 'unmanaged':
      return explainUnmanaged(refusal.found, refusal.match);
    case 'drift': {
      return {
        exit: 'drift',
        message: `the schema does not match ${refusal.version}: ${countDifferences(refusal.comparison)}`,
        detail: listDifferences(refusal.comparison, ({ severity }) => severity === 'drift'),
        remedy: `Nothing was touched. ${acceptedBefore(refusal)}${passing(refusal.comparison)}${staying(refusal)}Somebody changed the schema by hand: put it back (slipway repair --write-fix FILE writes the SQL), or make the change a migration. SLIPWAY_ON_DRIFT=warn lets it pass.`,
      };
    }
    case 'droppingBaseline':
      return {
        exit: 'unmanaged',
        message: `the baseline contains DROP, TRUNCATE or DELETE, and the database is not empty: it holds ${count(refusal.found.length, 'relation')}`,
        detail: listRelations(refusal.found),
        remedy:
          'Nothing was touched. Remove those statements from the baseline: an empty database needs none.',
      };
    case 'corrupt':
      return {
        exit: 'corrupt',
        message:
          refusal.problems.length === 1
            ? `the ledger cannot be trusted: ${refusal.problems[0]}`
            : `the ledger cannot be trusted, for ${refusal.problems.length} reasons`,
        detail: refusal.problems.length === 1 ? undefined : refusal.problems,
        remedy: `Nothing was touched. See who made or changed it; then correct it as the owner: ${refusal.cures.join(' ')} (\`slipway repair\` shows more, and puts right what is proved.) Or name another schema for the ledger with SLIPWAY_SCHEMA.`,
      };
    case 'newerLedger':
      return {
        exit: 'newer',
        message: `the ledger has format ${refusal.format}, which a newer Slipway wrote`,
        remedy: 'Nothing was touched. Use the newer image.',
      };
    case 'ahead':
      return {
        exit: 'newer',
        message: describeAhead(refusal),
        remedy: 'Use the newer image, or let it pass with SLIPWAY_ON_AHEAD=warn.',
      };
    case 'interrupted':
      return explainInterrupted(refusal);
    case 'disagree':
      return {
        exit: 'disagree',
        message:
          refusal.disagreements.length === 1
            ? describe(refusal.disagreements[0] as Disagreement)
            : `files and ledger disagree about ${refusal.disagreements.length} versions`,
        detail: refusal.disagreements.length === 1 ? undefined : refusal.disagreements.map(describe),
        remedy: [
          'Nothing was touched.',
          ...new Set(refusal.disagreements.map(remedyFor)),
          ...(refusal.isStranger ? [ofAnother] : []),
        ].join(' '),
      };
  }
}

function explainInterrupted({ row, migration }: Refusal & { kind: 'interrupted' }): Failure {
  if (row.repeated) return explainUnfinished(row, row.repeated);
  const resumption: Resumption = migration ? resumptionOf(migration, row) : { kind: 'unknown' };
  const title = `${row.version}_${row.name}`;
  if (migration && row.steps && resumption.kind === 'person') {
    return {
      exit: 'interrupted',
      place: placeOf(migration, resumption.statement),
      message: `${describeStatement(migration, resumption)} of ${title} was started by "${row.appliedBy}" and never finished`,
      remedy:
        'It ran outside of a transaction, and nothing shows how far it got: read what it does, and finish it by hand or undo it. Then say which: `slipway repair --apply --statement done`, or `--statement again`; the next `slipway up` goes on from there.',
    };
  }
  if (migration && row.steps && resumption.kind === 'edited') {
    return {
      exit: 'interrupted',
      place: { file: migration.source.path },
      message: `${title} has run ${resumption.statements} of its ${resumption.of} statements, and the file was edited there`,
      remedy:
        'Restore these statements as they were: what comes after them may be edited, and the next `slipway up` goes on with it.',
    };
  }
  return {
    exit: 'interrupted',
    place: migration ? { file: migration.source.path } : undefined,
    message: `${title} was started at ${row.startedAt} by "${row.appliedBy}" and never finished`,
    remedy:
      'It ran outside of a transaction, so it may be half done. `slipway repair` compares the schema with the lock file; `slipway repair --apply` marks the migration as done if all of it is there, and clears it if none of it is.',
  };
}

/** A statement of a file by its number and how it begins, without what it holds as values. */
export function describeStatement(
  { source }: Pick<Migration, 'source'>,
  { statement, of }: { readonly statement: number; readonly of: number },
): string {
  const found = parseSql(source).statements.at(statement - 1);
  return `statement ${statement} of ${of}${found ? ` (${openingWords(found)})` : ''}`;
}

function placeOf({ source }: Migration, statement: number): Place {
  const found = parseSql(source).statements.at(statement - 1);
  return found ? placeAt(source, found.start) : { file: source.path };
}

/** What is repeated, and not to be gone on with by these files. */
const explainUnfinished = ({ version, name }: LedgerRow, repeated: Repeated): Failure => ({
  exit: 'interrupted',
  message: `${version}_${name} is not finished: ${sayBatches(repeated)} so far`,
  remedy: `Its batches are committed, and \`slipway up\` of an image that has the file goes on where it stopped. If nothing is left to do: slipway repair --apply --as ${version}.`,
});

const ofAnother =
  'Or does this database belong to another application? This image has none of the versions in the ledger. If several applications share a database, give each a name of its own: SLIPWAY_APP.';

function explainUnmanaged(found: readonly FoundRelation[], match: Match | null): Failure {
  const holds = `the database holds ${count(found.length, 'relation')} and no ledger row of this app`;
  const byHand = 'If you know that its schema matches a version: slipway adopt --as VERSION --unverified.';
  switch (match?.kind) {
    case undefined:
      return {
        exit: 'unmanaged',
        message: `${holds}: it was not made by Slipway`,
        detail: listRelations(found),
        remedy: `Nothing was touched. There is no lock file to compare its schema with: make it from the files (slipway check --write) and deploy it with them; then up adopts a database whose schema matches a version. ${byHand} If you do not need this database: use an empty one. Is it the right database?`,
      };
    case 'one':
      return {
        exit: 'unmanaged',
        message: `${holds}; its schema matches ${match.version}`,
        detail: listRelations(found),
        remedy: 'Nothing was touched, since SLIPWAY_ADOPT=never. To adopt it: slipway adopt',
      };
    case 'several':
      return {
        exit: 'unmanaged',
        message: `${holds}; its schema matches ${match.versions.join(' and ')}, which differ only in data`,
        remedy: `Nothing was touched. Say which version it is: slipway adopt --as ${match.versions.join(' (or ')}${')'.repeat(match.versions.length - 1)}`,
      };
    case 'none':
      return {
        exit: 'unmanaged',
        message: `${holds}, and its schema matches no known version; the closest is ${match.closest}`,
        detail: listDifferences(match.comparison, isContrary),
        remedy: `Nothing was touched. To bring the schema to ${match.closest}: slipway adopt --write-fix FILE writes the SQL; read it; slipway adopt --fix FILE runs it. Or accept the difference: slipway adopt --as ${match.closest} --unverified. Is it the right database?`,
      };
  }
}

/** How a database is ahead of an image, in a sentence without a full stop. */
function describeAhead({ head, versions, newerBaseline }: Omit<Refusal & { kind: 'ahead' }, 'kind'>): string {
  const ahead = `whose head is ${head}: it has ${versions.join(', ')}`;
  if (newerBaseline === null) return `the database is ahead of this image, ${ahead}`;
  const made = describeNewer(newerBaseline);
  return versions.length > 0 ? `${made}; it is ahead of this image, ${ahead}` : made;
}

/** That a database began with a baseline which may have taken in files of this image, or not. */
export const describeNewer = (baseline: Version): string =>
  `the database was made by an image with a newer baseline, ${baseline}, and the ledger does not record which files that baseline includes`;

/** One disagreement in a sentence without a full stop, naming version and file. */
function describe({ kind, version, name, path, carriedBy, start, repeated }: Disagreement): string {
  const file = path === null ? `${version}_${name}` : formatPlace({ file: path });
  switch (kind) {
    case 'edited':
      if (repeated) return `${file} was edited before it was finished: ${sayBatches(repeated)} so far`;
      return start === undefined
        ? `${file} was edited after it was applied`
        : `${file} differs from what was applied: the database started from the baseline ${start}, which includes it with other content`;
    case 'notTakenIn':
      return `${file} was never applied: the database started from the baseline ${start}, which does not include it`;
    case 'missing':
      if (start !== undefined)
        return `${version} was applied, as part of the baseline ${start}, but its file is not in this image`;
      return `${version}_${name} was applied, but its file is not in this image`;
    case 'outOfOrder':
      return `${file} is older than the newest applied version, and was not applied itself`;
    case 'editedSuperseded':
      return `${file} was edited after it was squashed into the baseline: it no longer makes the baseline's schema`;
    case 'belowBaseline':
      return `${file} is not newer than the baseline, and the baseline does not include it`;
    case 'behindBaseline':
      return carriedBy === undefined
        ? `the database is older than the baseline ${version}, and this image lacks the versions between them`
        : `the database lacks ${version}, which this image no longer contains (the last one that did is ${carriedBy})`;
  }
}

function remedyFor({ kind, version, name, path, carriedBy, start, repeated }: Disagreement): string {
  switch (kind) {
    case 'notTakenIn':
      return name === 'baseline'
        ? `This image is from another branch: use one that has the files of the baseline ${start}.`
        : `If a branch was merged late, give the file a newer version: slipway new --restamp ${path}. If this image is from another branch, use one that has the files of the baseline ${start}.`;
    case 'edited':
      if (repeated)
        return `Restore the file as it was when it began; or, if its rows so far are right with the new text as well: slipway repair --apply --accept-edit ${version}, and \`slipway up\` goes on with it.`;
      if (start !== undefined)
        return 'Use the image whose files were squashed into the baseline, or restore the file as it was then.';
      return 'Restore the file as it was applied, and write the change as a new migration: slipway new NAME. If only comments or blank space changed: slipway repair.';
    case 'missing':
      return 'Restore the file from version control: a migration that was applied stays.';
    case 'outOfOrder':
      return 'Give the file a newer version: slipway new --restamp FILE. Or apply it late with SLIPWAY_ALLOW_OUT_OF_ORDER=on.';
    case 'editedSuperseded':
      return 'Restore the file as it was when it was squashed, and write the change as a new migration: slipway new NAME.';
    case 'belowBaseline':
      return `${remedyBelowBaseline('FILE', false)}.`;
    case 'behindBaseline':
      return carriedBy === undefined
        ? 'First run the last image from before the baseline was rolled forward.'
        : `Run image ${carriedBy} first.`;
  }
}

/** What to do about what was accepted by hashes that cannot be compared any more. */
function acceptedBefore({ outdated = [], version }: Refusal & { kind: 'drift' }): string {
  if (outdated.length === 0) return '';
  const named = outdated.slice(0, mostNamed).map(printableName).join(', ');
  const more = outdated.length > mostNamed ? `, and ${outdated.length - mostNamed} more` : '';
  return `An older Slipway accepted the differences of ${named}${more} by hashes that this version cannot compare. See the differences; if they may stay, accept them again: slipway adopt --as ${version} --unverified. Otherwise: `;
}

const mostNamed = 5;

/** What to do about objects that come and go, ahead of what helps against a change by hand. */
function passing(comparison: Comparison): string {
  const patterns = ignorePatterns(comparison).map((pattern) => JSON.stringify(pattern));
  return patterns.length === 0
    ? ''
    : `If such tables come and go, as partitions do, exclude them from the comparison: add ${patterns.join(', ')} to options.ignore in the lock file, and rebuild the image. Otherwise: `;
}

/** What to do about extra objects that are to stay; an earlier Slipway did not inspect them. */
function staying({ version, comparison }: Refusal & { kind: 'drift' }): string {
  const extra = comparison.differences.filter(
    ({ kind, severity }) => kind === 'extra' && severity === 'drift',
  );
  if (extra.length === 0) return '';
  const patterns = extra.slice(0, mostPatterns).map(({ object }) => JSON.stringify(object));
  const more = extra.length > patterns.length ? ', ...' : '';
  return `To keep what is extra, name it in options.ignore of the lock file (${patterns.join(', ')}${more}) and rebuild the image, or accept the differences as they are: slipway adopt --as ${version} --unverified. Otherwise: `;
}

const mostPatterns = 5;

/** How many objects are listed as different, and how many of them decide nothing; an object may differ in two ways. */
function countDifferences({ differences }: Comparison): string {
  const all = new Set(differences.map(({ object }) => object));
  const drifted = new Set(
    differences.filter(({ severity }) => severity === 'drift').map(({ object }) => object),
  );
  const reported = all.size - drifted.size;
  const differ = `${count(all.size, 'object')} ${all.size === 1 ? 'differs' : 'differ'}`;
  return reported === 0
    ? differ
    : `${differ}, of which ${reported} ${reported === 1 ? 'is' : 'are'} only reported`;
}

const mostLines = 40;

/**
 * Differences in words: in the order of their tables where there is room for all, else first what stands in the way.
 */
function listDifferences(
  comparison: Comparison,
  isFirst: (difference: Difference) => boolean,
): readonly string[] {
  const all = describeDifferences(comparison);
  if (all.length <= mostLines) return all;
  const { differences } = comparison;
  const first = describeDifferences({ differences: differences.filter(isFirst), unverified: [] });
  const rest = { ...comparison, differences: differences.filter((difference) => !isFirst(difference)) };
  return shortened([...first, ...describeDifferences(rest)]);
}

/** The first lines of a difference: where all of it differs, the rest says no more. */
const shortened = (lines: readonly string[]): readonly string[] =>
  lines.length <= mostLines
    ? lines
    : [...lines.slice(0, mostLines), `and ${lines.length - mostLines} lines more: slipway status --drift`];

const mostListed = 20;

/** The first relations of a list, each with what it is; the version tables of other tools are named as such. */
export function listRelations(found: readonly FoundRelation[]): string[] {
  const lines = found.slice(0, mostListed).map(({ schema, name, kind }) => {
    const tool = tools
      .filter(({ table, isCommonName }) => table === name && !isCommonName)
      .map((tool) => tool.name)
      .join(' or ');
    return `${schema}.${name} (${kind}${tool ? `, the version table of ${tool}` : ''})`;
  });
  return found.length > mostListed ? [...lines, `and ${found.length - mostListed} more`] : lines;
}
