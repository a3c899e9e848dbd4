/**
 * Connects to a server, waits for it, and sends it what others ask. It says why it waits, gives a password to
 * nobody who should not see it, and quotes names and values.
 */
export { answerWithin, leastForDatabaseMs, Unanswered } from './answer.ts';
export type { Identity } from './attempt.ts';
export { clusterIdentifier } from './cluster.ts';
export { type ConnectOptions, connect, endedBy } from './connect.ts';
export { keepSettings } from './kept-settings.ts';
export { ConnectionLost } from './loss.ts';
export { noticeTeller } from './notices.ts';
export { asUtf8, identifier, literal } from './quoting.ts';
export { type Row, Session, TooLarge } from './session.ts';
export { readOnly } from './unfit.ts';
