import type { Families } from '../family.ts';
import { revokeDefaults } from '../privileges/create.ts';
import { alterType } from './alter.ts';
import { createType } from './create.ts';
import { baseTypes, composites, domains, enums, ranges } from './read.ts';

export const type = {
  type: {
    read: [
      { sql: [enums, domains, composites].join('\nUNION ALL\n') },
      { sql: [ranges, baseTypes].join('\nUNION ALL\n'), rare: 'code' },
    ],
    create: ({ name, text }, graph) => {
      const statements = createType(name, text);
      return statements === null ? null : [...statements, ...revokeDefaults(`type ${name}`, graph)];
    },
    alter: alterType,
    drop: ({ name, text }) => [`DROP ${text.startsWith('domain') ? 'DOMAIN' : 'TYPE'} ${name}`],
  },
} satisfies Families;
