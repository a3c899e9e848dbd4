import type { Embedded } from '../src/shadow/embedded.ts';
import type { Databases } from './databases.ts';
import type { Node } from './nodes.ts';
import type { Found } from './peer.ts';

/** What every workload has at hand. */
export interface Bench {
  readonly root: string;
  /** A folder of its own, removed at the end. */
  readonly scratch: string;
  /** Slipway's bundle, a copy that no build removes. */
  readonly program: string;
  readonly server: Embedded;
  readonly databases: Databases;
  readonly nodes: readonly Node[];
  /** The Node of the image. */
  readonly node: Node;
  readonly peers: readonly Found[];
  /** Rounds of a comparison whose runs are short. */
  readonly rounds: number;
  /** Tells a person what is under way. */
  readonly say: (text: string) => void;
}

/** What a workload found, for the page. */
export interface Findings {
  /** Markdown. */
  readonly text: string;
  /** Bars of the plot; none where it has no share in it. */
  readonly bars?: { readonly title: string; readonly bars: readonly Bar[] };
}

export interface Bar {
  readonly name: string;
  readonly ms: number;
  readonly isOurs: boolean;
}

/** A workload: what it is called on the command line and on the page, and how it is measured. */
export interface Workload {
  readonly name: string;
  readonly measure: (bench: Bench) => Promise<Findings>;
}
