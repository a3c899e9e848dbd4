import type { RunningSlipway } from '../support/slipway.ts';
import type { Host } from './host.ts';
import type { After } from './wire.ts';

/** A way for a run to go wrong at a message. */
export interface Kind {
  readonly name: string;
  readonly after: After;
  /** Of how many messages one is struck, where each case takes long; the full run strikes at each. */
  readonly every: number;
  readonly env: Readonly<Record<string, string>>;
  strike(host: Host, run: RunningSlipway, clientPort: number): Promise<void>;
}

const nothing = async (): Promise<void> => {};
const ordinary = { every: 1, env: {}, strike: nothing } as const;

/** Every way, in the order of the report. */
export const kinds: readonly Kind[] = [
  { ...ordinary, name: 'connection closed before it', after: 'close' },
  { ...ordinary, name: 'connection closed after it', after: 'pass on and close' },
  {
    ...ordinary,
    name: 'kill -9 of Slipway',
    after: 'close',
    strike: async (_, run) => {
      run.kill('SIGKILL');
      await run.done;
    },
  },
  {
    ...ordinary,
    name: 'kill -9 of its server process',
    after: 'pass on',
    strike: (host, _, clientPort) => host.killBackend(clientPort),
  },
  {
    ...ordinary,
    name: 'server stopped with -m immediate',
    after: 'pass on',
    strike: (host) => host.restart(),
  },
  {
    ...ordinary,
    name: 'SIGTERM to Slipway',
    after: 'pass on',
    strike: async (_, run) => run.kill('SIGTERM'),
  },
  {
    ...ordinary,
    name: 'network black-holed',
    after: 'fall silent',
    every: 4,
    env: { SLIPWAY_RUN_TIMEOUT: '1s' },
  },
];
