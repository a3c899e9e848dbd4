import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import type { History } from './history.ts';
import type { Node } from './nodes.ts';
import { type Command, isAvailable, type Peer, type Target } from './peer.ts';
import { slipwayPeer } from './slipway.ts';

/** A tool with a history laid out for it. */
export interface Prepared {
  readonly peer: Peer;
  readonly folder: string;
  remove(): void;
}

/** Slipway without and with a lock file, then every other tool that there is. */
export const toolsOf = ({ program, peers }: Bench): Peer[] => [
  slipwayPeer({ program, isLocked: false }),
  slipwayPeer({ program, isLocked: true }),
  ...peers.filter(isAvailable),
];

/** Lays out a history for a tool, in a folder of its own. */
export function prepare({ scratch }: Bench, peer: Peer, history: History): Prepared {
  const folder = mkdtempSync(join(scratch, 'project-'));
  peer.prepare(folder, history);
  return { peer, folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** The tool's command, on that Node where it runs on one. */
export function commandOn(node: Node, { peer, folder }: Prepared, target: Target): Command {
  const command = peer.command(folder, target);
  return peer.runsOn === 'node' ? { ...command, program: node.path } : command;
}
