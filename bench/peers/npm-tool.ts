import type { Found, Peer, Unavailable } from '../peer.ts';
import type { NoPackages, Packages } from './packages.ts';

/** What makes a peer of the packages, or says why there is none. */
export type NpmTool = (installed: Packages | NoPackages) => Found;

/**
 * A tool that npm has.
 *
 * @param name as its users write it.
 * @param setUp makes what the peer has beside its name, or says why this machine cannot run it.
 */
export const npmTool =
  (name: string, setUp: (packages: Packages) => Omit<Peer, 'name'> | Omit<Unavailable, 'name'>): NpmTool =>
  (installed) => ({ name, ...('why' in installed ? installed : setUp(installed)) });
