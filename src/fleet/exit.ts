import { type ExitName, exitCodes } from '../core/index.ts';

/**
 * The exit of a whole list, of those of its databases: that of a signal first; else one that trying again does not
 * help, of several the one with the smallest code; 75 only where nothing but that is in the way, so that a Job is tried
 * again exactly when that can help; 1 where every database has answered; 0 where all is well.
 */
export function exitOf(exits: readonly ExitName[]): ExitName {
  const ended = exits.find((exit) => exitCodes[exit].again && exit !== 'temporary');
  const final = exits.filter((exit) => !exitCodes[exit].again && exitCodes[exit].code > exitCodes.no.code);
  const [smallest] = final.sort((a, b) => exitCodes[a].code - exitCodes[b].code);
  const last = (['temporary', 'no'] as const).find((exit) => exits.includes(exit));
  return ended ?? smallest ?? last ?? 'ok';
}
