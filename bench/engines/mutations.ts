import { groups } from '../../test/fixtures/mutations/all.ts';

/** A change that engines are scored on. */
export interface Mutation {
  readonly group: string;
  readonly apply: string;
  /** The oldest major that has it. */
  readonly since: number;
}

/** The changes that engines are scored on, by group: those that the snapshot's own test makes. */
export const mutations: readonly Mutation[] = Object.entries(groups).flatMap(([group, changes]) =>
  changes.map(({ apply, since }) => ({ group, apply, since })),
);
