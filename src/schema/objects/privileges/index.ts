import { steps } from '../common/alteration.ts';
import { type Families, withAnother } from '../family.ts';
import { alterPrivileges } from './alter.ts';
import { changeDefaultPrivileges, createOwner, createPrivileges } from './create.ts';
import { grants, ownership } from './read.ts';
import { rightsOn } from './text.ts';

export const privileges = {
  owner: {
    read: [{ sql: ownership, ofRights: true }],
    create: ({ name, text }, graph) => createOwner(name, text, graph),
    alter: ({ name, after }, context) =>
      steps(...createOwner(name, after.text, { ...context.after, role: '' })),
    drop: withAnother,
  },
  privileges: {
    read: [{ sql: grants, ofRights: true }],
    create: ({ name }, graph) => createPrivileges(name, graph),
    alter: ({ name, before, after }, context) =>
      steps(...alterPrivileges(name, before, rightsOn(after, context.before.major), context.after.snapshot)),
    drop: ({ name }, { snapshot }) =>
      alterPrivileges(name, snapshot.get(`privileges ${name}`) ?? null, null, snapshot).map(({ sql }) => sql),
  },
  'default privileges': {
    read: [{ sql: grants, ofRights: true }],
    create: ({ name, text }, graph) => changeDefaultPrivileges(name, null, text, graph),
    alter: ({ name, before, after }, context) =>
      steps(...changeDefaultPrivileges(name, before.text, after.text, context.after)),
    drop: ({ name, text }, graph) => changeDefaultPrivileges(name, text, null, graph),
  },
} satisfies Families;
