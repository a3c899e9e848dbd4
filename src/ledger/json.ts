import { literal } from '../postgres/index.ts';

/** A value as a jsonb literal. */
export const json = (value: object): string => `${literal(JSON.stringify(value))}::jsonb`;
