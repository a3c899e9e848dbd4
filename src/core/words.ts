/** How many of a thing there are: `1 row`, `2 rows`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** A number with its thousands apart: `60,000`. */
export const grouped = (n: number): string => String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

/** How much of a repeated file is done: `12 batches, 60,000 rows`. */
export const sayBatches = ({ batches, rows }: { readonly batches: number; readonly rows: number }): string =>
  `${grouped(batches)} ${batches === 1 ? 'batch' : 'batches'}, ${grouped(rows)} ${rows === 1 ? 'row' : 'rows'}`;

/** A span of milliseconds in seconds: `1.5 s`. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
