/**
 * Makes throw-away databases, on a server or an embedded one, and replays files on them. A shadow is removed when
 * its work ends, or by a later run after a kill.
 */
export type { Building } from './building.ts';
export { completeCopy } from './complete-copy.ts';
export { type Embedded, startEmbedded } from './embedded.ts';
export { measureBody } from './measure.ts';
export { ownPart, type Platform, platformFile, schemasOf } from './platform.ts';
export { onShadow, type Replayed, replay, replayAnd, replayOne, upTo } from './replay.ts';
export { type Elsewhere, elsewhere, replayElsewhere } from './replay-elsewhere.ts';
export { type Shadow, type Template, withShadow } from './shadow.ts';
export { areApart, bothOf } from './side-by-side.ts';
