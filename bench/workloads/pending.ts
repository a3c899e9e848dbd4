import type { Findings, Workload } from '../bench.ts';
import { smallHistory } from '../history.ts';
import { unitOf } from '../peer.ts';
import { commandOn, prepare, toolsOf } from '../prepared.ts';
import { fillNearAndFar } from './delays.ts';

const length = 500;

/** Small migrations, each in a transaction of its own where the tool has that. */
export const pending: Workload = {
  name: 'pending',
  async measure(bench): Promise<Findings> {
    const history = smallHistory(length);
    const tools = toolsOf(bench).map((peer) => {
      bench.say(`${length} pending migrations, laid out for ${peer.name}`);
      return prepare(bench, peer, history);
    });
    try {
      return await fillNearAndFar(bench, {
        title: `${length} small migrations`,
        floor: 'Slipway',
        rounds: 3,
        delaysMs: [0, 1],
        ways: tools.map((prepared) => ({
          name: `${prepared.peer.name}${unitOf(prepared.peer)}`,
          command: (target) => commandOn(bench.node, prepared, target),
        })),
      });
    } finally {
      for (const { remove } of tools) remove();
    }
  },
};
