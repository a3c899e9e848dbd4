import { sqlOf, steps } from '../common/alteration.ts';
import { type Families, withAnother } from '../family.ts';
import {
  alterPartitionConstraint,
  alterPartitionIndex,
  isOwnKey,
  partitionLacks,
  switchPartitionTrigger,
} from './alter.ts';
import { partitionConstraints, partitionIndexes, partitionIndexOptions, partitionTriggers } from './read.ts';

/** How partitions differ from what their parents have. */
export const partition = {
  'partition key': {
    read: [{ sql: partitionIndexes, rare: 'partitions' }],
    create: () => null,
    alter: () => partitionLacks,
    drop: withAnother,
  },
  'partition index': {
    read: [{ sql: partitionIndexes, rare: 'partitions' }],
    create: () => null,
    alter: () => partitionLacks,
    drop: withAnother,
  },
  'partition index options': {
    read: [{ sql: partitionIndexOptions, rare: 'partitions' }],
    // A constraint of its own comes to stand for its parent's index as it is attached.
    create: ({ name, text }) => (isOwnKey(text) ? [] : sqlOf(alterPartitionIndex(name, null, text))),
    alter: ({ name, before, after }) => alterPartitionIndex(name, before.text, after.text),
    drop: ({ name, text }) => sqlOf(alterPartitionIndex(name, text, null)),
  },
  'partition constraint': {
    read: [{ sql: partitionConstraints, rare: 'partitions' }],
    create: ({ name, text }) => sqlOf(alterPartitionConstraint(name, null, text)),
    alter: ({ name, before, after }) => alterPartitionConstraint(name, before.text, after.text),
    drop: ({ name, text }) => sqlOf(alterPartitionConstraint(name, text, null)),
  },
  'partition trigger': {
    read: [{ sql: partitionTriggers, rare: 'partitions' }],
    create: ({ name, text }, { snapshot }) => [switchPartitionTrigger(name, text, snapshot)],
    alter: ({ name, after }, context) =>
      steps(switchPartitionTrigger(name, after.text, context.after.snapshot)),
    drop: withAnother,
  },
} satisfies Families;
