import { SlipwayError } from '../core/index.ts';
import { documentedLocks, type Measured, type StatementImpact } from '../impact/index.ts';
import {
  dependsOnRows,
  Gauge,
  type Piece,
  piecesOf,
  readRelations,
  resolveTargets,
} from '../migrate/measuring.ts';
import { type Body, runBody } from '../migrate/own-script.ts';
import type { Session } from '../postgres/index.ts';

/**
 * Runs a body and tells what each of its statements locks, of the relations that are there when it begins. Inside of a
 * transaction it reads what the session holds after each statement (`pg_locks`), which tables have another file
 * (`relfilenode`), and which were read as a whole. Locks are held to the end of the transaction: what a statement takes
 * that an earlier one has taken already is told of the earlier one. Outside of a transaction each statement gets one of
 * its own; what cannot have one is told by its reference page.
 *
 * An empty table gives the same answers as a full one for a plain statement. What a block, a function or a trigger does
 * may depend on rows, and is seen by `up` alone.
 *
 * @param session with the settings that the body is to find.
 * @throws BodyFailure, ConnectionLost as `runBody`, and leaves the transaction as that does.
 */
export async function measureBody(session: Session, body: Body): Promise<Measured> {
  const file = new MeasuredFile();
  await file.run(session, body);
  return file.measured ?? { kind: 'measured', statements: [] };
}

/** A file that is measured while it runs, in one body or in several, one after the other. */
export class MeasuredFile {
  /** The oids of the relations that were there when it began. */
  #among: ReadonlySet<string> | null = null;
  /** What its statements so far lock; null where none ran. */
  measured: Measured | null = null;

  /** As `measureBody`, of the next part of the file. */
  async run(session: Session, body: Body): Promise<void> {
    this.#among ??= new Set((await readRelations(session)).keys());
    const next = await measureAmong(session, body, this.#among);
    this.measured = this.measured === null ? next : joined(this.measured, next);
  }
}

const joined = (one: Measured, other: Measured): Measured =>
  one.kind === 'unknown'
    ? one
    : other.kind === 'unknown'
      ? other
      : { kind: 'measured', statements: [...one.statements, ...other.statements] };

async function measureAmong(session: Session, body: Body, among: ReadonlySet<string>): Promise<Measured> {
  const statements: StatementImpact[] = [];
  const isInside = session.client.getTransactionStatus() === 'T';
  const gauge = isInside ? await Gauge.begin(session, { among, hears: true }) : null;
  for (const piece of piecesOf(body)) {
    if (gauge) {
      statements.push(await measureOn(gauge, session, piece));
      continue;
    }
    const alone = await measureAlone(session, piece, among);
    if (alone === null) {
      return {
        kind: 'unknown',
        reason:
          'it runs outside of a transaction, may commit by itself, and is no statement whose locks are documented',
      };
    }
    statements.push(alone);
  }
  return { kind: 'measured', statements };
}

const measureOn = async (
  gauge: Gauge,
  session: Session,
  { body, ...span }: Piece,
): Promise<StatementImpact> => ({
  ...span,
  relations: await gauge.during(span.words, () => runBody(session, body)),
  waitsForAll: false,
});

/** A statement outside of a transaction; null where it cannot be told what it locks. It is run in any case. */
async function measureAlone(
  session: Session,
  piece: Piece,
  among: ReadonlySet<string>,
): Promise<StatementImpact | null> {
  const { body, ...span } = piece;
  const documented = documentedLocks(span.words);
  if (documented) {
    const relations = await resolveTargets(session, documented, among);
    await runBody(session, body);
    return { ...span, relations, waitsForAll: span.words.includes('CONCURRENTLY') };
  }
  if (dependsOnRows(span.words)) {
    await runBody(session, body);
    return null;
  }
  await session.run('BEGIN');
  try {
    const measured = await measureOn(await Gauge.begin(session, { among, hears: true }), session, piece);
    await session.run('COMMIT');
    return measured;
  } catch (error) {
    if (session.isLost || !(error instanceof SlipwayError)) throw error;
    await session.run('ROLLBACK');
    await runBody(session, body);
    return null;
  }
}
