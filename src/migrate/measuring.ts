/**
 * What tells what a statement locks: `up` looks before it commits, and a shadow while it replays.
 */
export { Gauge } from './gauge.ts';
export { readRelations } from './known-relations.ts';
export { resolveTargets } from './measured-targets.ts';
export { dependsOnRows, type Piece, piecesOf } from './pieces.ts';
