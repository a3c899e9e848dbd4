import { createdWith } from '../brought-by.ts';
import { dropByName, type Families } from '../family.ts';
import { alterSequence } from './alter.ts';
import { createSequence, persistenceOf } from './create.ts';
import { sequences } from './read.ts';

export const sequence = {
  sequence: {
    read: [{ sql: sequences }],
    create: (object, graph) =>
      createdWith(`sequence ${object.name}`, graph) === null
        ? [createSequence(object.name, object.text, persistenceOf(object, graph) === 'UNLOGGED')]
        : [],
    alter: alterSequence,
    drop: dropByName,
  },
} satisfies Families;
