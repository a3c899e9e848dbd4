import pg from 'pg';
import type { ConnInfo, Host } from '../config/index.ts';
import { SlipwayError } from '../core/index.ts';
import type { AnswerLimit } from './answer.ts';
import { type Attempt, attempt, type FailedAttempt, type Identity } from './attempt.ts';
import { ConnectionLost } from './loss.ts';
import { literal } from './quoting.ts';
import type { Session } from './session.ts';
import { oldestMajor } from './unfit.ts';

/**
 * What a role or a database may have set that decides how our text is read, or that ends a session or a statement of
 * ours, and what it is to be. A limit to a transaction is there from 17 on (PostgreSQL docs 20.11.1).
 */
const settings = {
  standard_conforming_strings: 'on',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};
const since17 = { transaction_timeout: '0' };

type Settings = Readonly<Record<string, string>>;

/**
 * As `attempt`, with these settings in the start-up message, where they come before any text of ours, are stronger than
 * the role's and the database's, and are what RESET ALL goes back to. A pooler that takes no such options gets them in
 * a message of their own, which is the first.
 *
 * @param timeoutMs for one try, milliseconds.
 * @param limitOf how long an answer to that message is waited for.
 * @throws SlipwayError (75) where it does not come.
 */
export async function attemptFirmly(
  conn: ConnInfo,
  host: Host,
  identity: Identity,
  { timeoutMs, limitOf }: { readonly timeoutMs: number; readonly limitOf: (session: Session) => AnswerLimit },
): Promise<Attempt> {
  for (const wanted of [{ ...settings, ...since17 }, settings]) {
    const outcome = await attempt(withOptions(conn, wanted), host, identity, timeoutMs);
    // There are poolers that take options, and pass none of them on.
    if ('session' in outcome && outcome.session.reported('standard_conforming_strings') !== 'off')
      return { session: asFirm(outcome.session) };
    if ('session' in outcome) return bySetting(outcome.session, host, limitOf);
    const code = codeOf(outcome.failed);
    if (!isAboutOptions(code)) return outcome;
    if (code !== undefinedObject) break;
  }
  const plain = await attempt(conn, host, identity, timeoutMs);
  if ('failed' in plain || majorOf(plain.session) < oldestMajor) return plain;
  return bySetting(plain.session, host, limitOf);
}

async function bySetting(
  session: Session,
  host: Host,
  limitOf: (session: Session) => AnswerLimit,
): Promise<Attempt> {
  session.limitAnswers(limitOf(session));
  try {
    await session.run(setting(session));
    return { session: asFirm(session) };
  } catch (error) {
    session.destroy();
    if (error instanceof SlipwayError) throw error;
    const said = error instanceof ConnectionLost ? (error.objection ?? error) : error;
    return { failed: { host, error: said, stage: 'answered', isTimeout: false } };
  }
}

const asFirm = (session: Session): Session => {
  session.isFirm = true;
  return session;
};

/** What the person asks for in PGOPTIONS stays, where it is not one of these. */
const withOptions = (conn: ConnInfo, wanted: Settings): ConnInfo => ({
  ...conn,
  options: [conn.options ?? '', ...Object.entries(wanted).map(([name, value]) => `-c ${name}=${value}`)]
    .join(' ')
    .trim(),
});

const majorOf = ({ greeting }: Session): number => Number.parseInt(greeting.version, 10);

const setting = (session: Session): string =>
  `SELECT ${Object.entries(majorOf(session) >= 17 ? { ...settings, ...since17 } : settings)
    .map(([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, false)`)
    .join(', ')}`;

const codeOf = ({ error }: FailedAttempt): string =>
  error instanceof pg.DatabaseError ? (error.code ?? '') : '';

const undefinedObject = '42704';

/** What poolers and servers say of options in a start-up message that they do not take. */
const isAboutOptions = (code: string): boolean => /^(?:08P01|42|22|0A|55P02)/.test(code);
