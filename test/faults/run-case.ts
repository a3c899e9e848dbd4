import { exitCodes } from '../../src/core/errors.ts';
import { takeLeaks } from '../support/leaks.ts';
import { type SlipwayResult, startSlipway } from '../support/slipway.ts';
import type { FaultCase } from './cases.ts';
import type { Host } from './host.ts';
import { kinds } from './kinds.ts';
import { halfDone, isAtHead, needsPerson } from './oracle.ts';
import { openFaultWire, type WireMessage } from './wire.ts';

/** What came of a fault; the problems are empty where all is well. */
export interface Verdict {
  readonly id: string;
  readonly kind: string;
  readonly sort: string;
  /** Whether the run got to that message. */
  readonly isReached: boolean;
  /** How the run ended that was struck: its exit code or its signal. */
  readonly ended: string;
  /** Whether the next run said, rightly, that a person has to inspect a step. */
  readonly isForPerson: boolean;
  readonly halfApplied: readonly string[];
  readonly notConverged: readonly string[];
  readonly falseZero: readonly string[];
}

const listed = new Set<number>(Object.values(exitCodes).map(({ code }) => code));
/** No run takes that long: it hangs. */
const longestRunMs = 60_000;
/** Without TLS, so that the wire can read along. */
const env = { PGSSLMODE: 'disable', SLIPWAY_WAIT_TIMEOUT: '20s', SLIPWAY_LOCK_TIMEOUT: '20s' };

let runs = 0;

/** Runs `up` with one fault, judges what it left, and runs it again undisturbed. */
export async function runCase(host: Host, directory: string, one: FaultCase): Promise<Verdict> {
  const kind = kinds.find(({ name }) => name === one.kind);
  if (kind === undefined) throw new Error(`no kind ${one.kind}`);
  runs += 1;
  const database = `fault_${runs}`;
  await host.create(database);
  let release = (): void => {};
  const isStarted = new Promise<void>((resolve) => {
    release = resolve;
  });
  const wire = await openFaultWire(host.port, {
    direction: one.direction,
    at: one.at,
    after: kind.after,
    strike: async (clientPort) => {
      await isStarted;
      await kind.strike(host, run, clientPort);
    },
  });
  const signal = AbortSignal.timeout(longestRunMs);
  const run = startSlipway(['up'], {
    cwd: directory,
    env: { ...host.env(database), PGPORT: String(wire.port), ...env, ...kind.env },
    signal,
  });
  release();
  try {
    const struck = await run.done;
    if (kind.after === 'fall silent') wire.reset();
    const facts = await host.facts(database);
    const verdict = {
      id: one.id,
      kind: one.kind,
      sort: one.sort,
      isReached: wire.hasStruck,
      ended: String(struck.code ?? struck.signal),
      halfApplied: halfDone(facts),
      falseZero: struck.code === 0 && !isAtHead(facts) ? ['the run that was struck'] : [],
    };
    const next = await startSlipway(['up'], {
      cwd: directory,
      env: { ...host.env(database), ...env },
      signal: AbortSignal.timeout(longestRunMs),
    }).done;
    const after = await host.facts(database);
    const isForPerson = next.code === exitCodes.interrupted.code && needsPerson(after);
    return {
      ...verdict,
      isForPerson,
      halfApplied: [...verdict.halfApplied, ...halfDone(after)],
      notConverged: [
        ...(isListed(struck, kind.name)
          ? []
          : [
              `the run that was struck ended with ${verdict.ended}${signal.aborted ? ', it hung' : ''}: ${last(struck)}`,
            ]),
        ...(next.code === 0 || isForPerson
          ? []
          : [`the next run ended with ${next.code ?? next.signal}: ${last(next)}`]),
        ...takeLeaks().map(({ message }) => message),
      ],
      falseZero: [...verdict.falseZero, ...(next.code === 0 && !isAtHead(after) ? ['the next run'] : [])],
    };
  } finally {
    await wire.close();
    await host.drop(database);
  }
}

/** A run of Slipway ends with a code of its contract, never by a signal that it was not killed with; 70 is a bug. */
const isListed = ({ code }: SlipwayResult, kind: string): boolean =>
  code === null ? kind === 'kill -9 of Slipway' : listed.has(code) && code !== exitCodes.bug.code;

const last = ({ stderr, logs }: SlipwayResult): string => logs.at(-1)?.msg ?? stderr.slice(-300);

/** The messages of a run that nothing happens to. */
export async function messagesOf(host: Host, directory: string): Promise<readonly WireMessage[]> {
  const database = 'fault_none';
  await host.create(database);
  const wire = await openFaultWire(host.port, null);
  try {
    const { code, stderr } = await startSlipway(['up'], {
      cwd: directory,
      env: { ...host.env(database), PGPORT: String(wire.port), ...env },
    }).done;
    const facts = await host.facts(database);
    if (code !== 0 || !isAtHead(facts) || halfDone(facts).length > 0)
      throw new Error(`an undisturbed run ended with ${code}: ${halfDone(facts)}\n${stderr}`);
    return wire.messages;
  } finally {
    await wire.close();
    await host.drop(database);
  }
}
