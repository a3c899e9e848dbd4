import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { makeProject } from '../../support/project.ts';
import { slipway } from '../../support/slipway.ts';
import { canary } from '../canary.ts';
import { runCommand } from '../commands.ts';
import { openFakeServer, type Recording, record } from '../fake-server.ts';
import type { Family, Observed } from '../family.ts';
import { openWorkshop } from '../workshop.ts';
import { type AnswersInput, answersInputs, scriptOf } from './answers.ts';
import { commandLineInputs } from './command-lines.ts';
import { directiveInputs } from './directives.ts';
import { type LedgerInput, layLedger, ledgerInputs } from './ledgers.ts';
import { lockInputs } from './locks.ts';
import { lay, nameInputs } from './names.ts';
import { sourceInputs } from './sources.ts';
import { urlInputs } from './urls.ts';
import { variableInputs } from './variables.ts';

/** A run of the program as it is shipped: with which words, variables and files. */
interface Run {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Path in an otherwise empty folder -> content, Latin-1. */
  readonly files: Readonly<Record<string, string>>;
  /** Runs in the workshop's project, on this ledger. */
  readonly ledger?: LedgerInput;
  /** Is answered by a fake server, in the workshop's project. */
  readonly answers?: AnswersInput;
  /** A folder `migrations/` of such names. */
  readonly names?: Parameters<typeof lay>[1];
}

const mostMs = 30_000;
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const baseline = '-- slipway: version 20250101000000\nSELECT 1;\n';
/** Nobody listens on the port of tcpmux. */
const nowhere = { PGHOST: '127.0.0.1', PGPORT: '1', SLIPWAY_WAIT_TIMEOUT: '0' };
/** What no process can be given. */
const withoutNul = (text: string): string =>
  Buffer.from(text.replaceAll('\0', '')).subarray(0, 100_000).toString('utf8');

/** Inputs of every other family, each as a run of the program. */
const runs = (root: string, rows: number): fc.Arbitrary<Run> =>
  fc.oneof(
    urlInputs.map(({ variable, isFile, text }): Run => {
      const name = variable === '--from' ? 'DATABASE_URL' : variable;
      return isFile
        ? { args: ['plan'], env: { [`${name}_FILE`]: 'secret' }, files: { secret: utf8(text) } }
        : { args: ['plan', '--json'], env: { [name]: withoutNul(text) }, files: {} };
    }),
    variableInputs.map(
      ({ env, files }): Run => ({
        args: ['plan'],
        env: Object.fromEntries(
          env
            .filter(([name]) => name !== '' && !name.includes('=') && !name.startsWith('NODE_'))
            .map(([name, text]) => [name, withoutNul(text)]),
        ),
        files: Object.fromEntries(
          files.flatMap(([path, file]) =>
            'text' in file && path.startsWith('.env') ? [[path, utf8(file.text)]] : [],
          ),
        ),
      }),
    ),
    commandLineInputs
      .filter((argv) => !argv.includes('demo'))
      .map((argv): Run => ({ args: argv.map(withoutNul), env: nowhere, files: {} })),
    sourceInputs(root).map(
      ({ latin1, as }): Run => ({
        args: ['plan'],
        env: nowhere,
        files:
          as === 'baseline'
            ? { 'sql/baseline.sql': utf8(baseline) + latin1 }
            : {
                'sql/baseline.sql': baseline,
                [`migrations/20250102000000_a.${as === 'module' ? 'mjs' : 'sql'}`]: latin1,
              },
      }),
    ),
    nameInputs.map((names): Run => ({ args: ['plan'], env: nowhere, files: {}, names })),
    directiveInputs.map(
      ({ text }): Run => ({
        args: ['plan'],
        env: nowhere,
        files: { 'sql/baseline.sql': baseline + utf8(text) },
      }),
    ),
    lockInputs(root).map(
      ({ lock, texts }): Run => ({
        args: ['plan'],
        env: nowhere,
        files: {
          'sql/baseline.sql': baseline,
          'sql/schema.lock.json': utf8(lock),
          'sql/schema.snapshot.json': utf8(texts),
        },
      }),
    ),
    ledgerInputs(rows).map(
      (ledger): Run => ({
        args: [
          ledger.command,
          ...Object.entries(ledger.flags).map(([name, value]) =>
            value === true ? `--${name}` : `--${name}=${value}`,
          ),
        ],
        env: ledger.env,
        files: {},
        ledger,
      }),
    ),
    answersInputs.map(
      (answers): Run => ({
        args: [answers.command],
        env: { PGSSLMODE: answers.sslmode },
        files: {},
        answers: { ...answers, changes: answers.changes.filter(({ kind }) => kind !== 'insert') },
      }),
    ),
  );

/** A small share of every family's input, given to the program as it is shipped. */
export async function bundle(root: string): Promise<Family<Run>> {
  const workshop = await openWorkshop();
  const fake = await openFakeServer();
  const folder = makeProject();
  const recording: Recording = await record(workshop.port, (port) =>
    runCommand('plan', {
      directory: workshop.project.directory,
      env: { ...workshop.env('head'), PGPORT: String(port) },
    }),
  );
  return {
    name: 'bundle',
    share: 0.008,
    isPure: false,
    inputs: runs(root, workshop.rows.length),
    async run({ args, env, files, ledger, answers, names }): Promise<Observed> {
      rmSync(folder.directory, { recursive: true, force: true });
      mkdirSync(folder.directory);
      for (const [path, latin1] of Object.entries(files)) {
        mkdirSync(dirname(join(folder.directory, path)), { recursive: true });
        writeFileSync(join(folder.directory, path), Buffer.from(latin1, 'latin1'));
      }
      if (names) {
        mkdirSync(join(folder.directory, 'sql'));
        lay(folder.directory, names);
      }
      if (ledger) await layLedger(workshop, ledger);
      if (answers) fake.play(scriptOf(recording, answers));
      const server = ledger
        ? workshop.env(ledger.database)
        : answers
          ? { ...workshop.env('head'), PGPORT: String(fake.port) }
          : {};
      const result = await slipway(args, {
        cwd: ledger || answers ? workshop.project.directory : folder.directory,
        env: { SLIPWAY_WAIT_TIMEOUT: '0', SLIPWAY_LOCK_TIMEOUT: '0', ...server, ...env },
        signal: AbortSignal.timeout(mostMs),
      });
      const broken = [
        ...(result.signal === null
          ? []
          : [`a signal ended it: ${result.signal}, after ${Math.round(result.ms)} ms`]),
        ...(answers && fake.received.includes(canary) ? ['the password was sent in clear text'] : []),
      ];
      return { error: null, said: [result.stdout, result.stderr], broken, exitCode: result.code ?? -1 };
    },
    async destroy() {
      folder.destroy();
      await fake.close();
      await workshop.destroy();
    },
  };
}
