import type { Place } from './errors.ts';
import type { Source } from './model.ts';

export declare function placeAt(source: Source, offset: number): Place;
export declare function excerptAt(source: Source, offset: number, length?: number): string[];
