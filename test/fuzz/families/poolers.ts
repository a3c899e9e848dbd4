import fc from 'fast-check';
import type { ExitName } from '../../../src/core/errors.ts';
import { isPassing, type PoolerMessage, poolerMessage } from '../../../src/postgres/pooler-messages.ts';
import { message, objection } from '../../support/lying-server.ts';
import { poolerTexts } from '../../support/pooler-texts.ts';
import { makeProject } from '../../support/project.ts';
import { canary } from '../canary.ts';
import { runCommand } from '../commands.ts';
import { openFakeServer } from '../fake-server.ts';
import type { Family } from '../family.ts';
import { exitOf } from '../judge.ts';

/** What a pooler says, and when. */
export interface PoolerInput {
  readonly severity: 'FATAL' | 'ERROR';
  readonly code: string;
  readonly text: string;
  /** To the login, or in place of the answer to a query. */
  readonly to: 'login' | 'query';
  /** Whether it says after it that the session goes on. */
  readonly goesOn: boolean;
  readonly command: 'plan' | 'up' | 'wait' | 'status';
}

const listed = fc.constantFrom(...poolerTexts).map(({ severity, code, text }) => ({ severity, code, text }));
const invented = fc.record({
  severity: fc.constantFrom('FATAL' as const, 'ERROR' as const),
  code: fc.constantFrom('08000', '08001', '08004', '08006', '08P01', '58000', 'XX000', '53300', '57P01'),
  text: fc.oneof(
    fc.string({ maxLength: 60 }).map((text) => text.replaceAll('\0', '')),
    fc
      .constantFrom(...poolerTexts)
      .chain(({ text }) => fc.nat({ max: text.length }).map((at) => text.slice(0, at))),
  ),
});

const inputs: fc.Arbitrary<PoolerInput> = fc
  .tuple(
    fc.oneof(listed, invented),
    fc.record({
      to: fc.constantFrom('login' as const, 'query' as const),
      goesOn: fc.boolean(),
      command: fc.constantFrom('plan' as const, 'up' as const, 'wait' as const, 'status' as const),
    }),
  )
  .map(([said, when]) => ({ ...said, ...when }));

/** How a run that is told this must end; null: as it likes, as long as it is no bug. */
function due({ code, text, severity, to, command }: PoolerInput): ExitName | null {
  const word = poolerMessage({ code, message: text });
  if (word !== null) return command === 'wait' && to === 'query' && !isPassing(word) ? null : exits[word];
  const isClass08 = code.startsWith('08') && (to === 'login' || severity === 'FATAL');
  return isClass08 && text.trim() !== '' ? 'temporary' : null;
}

const exits: Readonly<Record<PoolerMessage, ExitName>> = {
  full: 'temporary',
  serverDown: 'temporary',
  stopping: 'temporary',
  limit: 'temporary',
  statementMode: 'config',
  setUp: 'config',
  login: 'denied',
};

/** What poolers and proxies say of themselves, at a login and in place of an answer. */
export async function poolers(): Promise<Family<PoolerInput>> {
  const fake = await openFakeServer();
  const project = makeProject({ 'migrations/20250101000000_a.sql': 'CREATE TABLE public.a ();\n' });
  const granted = Buffer.concat([message('K', 1, 2), message('Z', 'I')]);
  return {
    name: 'poolers',
    share: 0.006,
    isPure: false,
    inputs,
    async run(input) {
      const { severity, code, text, to, goesOn, command } = input;
      const said = Buffer.concat([objection(severity, code, text), ...(goesOn ? [message('Z', 'I')] : [])]);
      fake.play({
        tls: Buffer.from('N'),
        authentication: [{ bytes: message('R', 0), waits: false }],
        greeting: to === 'login' ? said : granted,
        answers: [said],
      });
      const ended = await runCommand(command, {
        directory: project.directory,
        env: {
          PGHOST: '127.0.0.1',
          PGPORT: String(fake.port),
          PGUSER: 'fuzz',
          PGPASSWORD: canary,
          PGDATABASE: 'fuzz',
          PGSSLMODE: 'disable',
        },
        flags: command === 'wait' ? { timeout: '0' } : {},
      });
      const expected = due(input);
      const exit = exitOf(ended);
      const isOther = expected !== null && exit !== expected;
      return {
        ...ended,
        ...(exit === '?' && expected === null ? { error: null, exit: 'objection' } : {}),
        broken: [...ended.broken, ...(isOther ? [`it ended with ${exit} in place of ${expected}`] : [])],
      };
    },
    async destroy() {
      await fake.close();
      project.destroy();
    },
  };
}
