import { drift, type Mutation, reported } from './mutations.ts';

const touch = 'FOR EACH ROW EXECUTE FUNCTION hard.touch()';
const onTable = (kind: string, name: string, rest: string): Mutation =>
  drift(
    `+ ${kind} hard.${name}.surplus`,
    `CREATE ${kind.toUpperCase()} surplus ${rest.replace('%', `hard.${name}`)}`,
    `DROP ${kind.toUpperCase()} surplus ON hard.${name}`,
  );
const constraint = (table: string, definition: string, since = 14): Mutation =>
  drift(
    `+ constraint ${table}.surplus`,
    `ALTER TABLE ${table} ADD CONSTRAINT surplus ${definition}`,
    `ALTER TABLE ${table} DROP CONSTRAINT surplus`,
    since,
  );
const neededIn = (tables: readonly string[]): Mutation =>
  drift(
    tables.map((table) => `+ column ${table}.surplus`),
    `ALTER TABLE ${tables[0]} ADD surplus integer NOT NULL DEFAULT 1; ALTER TABLE ${tables[0]} ALTER surplus DROP DEFAULT`,
    `ALTER TABLE ${tables[0]} DROP surplus`,
  );
const column = (found: Mutation, definition: string): Mutation => ({
  ...found,
  found: '+ column hard.people.surplus',
  apply: `ALTER TABLE hard.people ADD surplus ${definition}`,
  undo: 'ALTER TABLE hard.people DROP surplus',
});
const [told, deciding] = [reported('', '', ''), drift('', '', '')];

/** Only a table that is made again has columns that are inherited alone. */
const childAgain = `ALTER TABLE hard.child RENAME TO left_child;
  CREATE TABLE hard.child (more boolean DEFAULT true) INHERITS (hard.parent, hard.other_parent);
  INSERT INTO hard.child SELECT * FROM ONLY hard.left_child; DROP TABLE hard.left_child`;

/** What is extra inside a relation of the schema, on plain, partitioned and inherited tables, partitions and views. */
export const extra: readonly Mutation[] = [
  onTable('policy', 'people', 'ON % USING (true)'),
  onTable('policy', 'events', 'ON % AS RESTRICTIVE FOR SELECT USING (false)'),
  onTable('policy', 'events_2024', 'ON % FOR DELETE TO pg_monitor USING (true)'),
  onTable('policy', 'child', 'ON % FOR INSERT WITH CHECK (id > 1)'),
  onTable('rule', 'people', 'AS ON DELETE TO % DO INSTEAD NOTHING'),
  onTable('rule', 'child', 'AS ON UPDATE TO % DO INSTEAD NOTHING'),
  onTable('rule', 'adults', 'AS ON INSERT TO % DO INSTEAD NOTHING'),
  onTable('trigger', 'people', `BEFORE INSERT ON % ${touch}`),
  onTable('trigger', 'events', `AFTER DELETE ON % ${touch}`),
  onTable('trigger', 'events_2024', `BEFORE UPDATE ON % ${touch}`),
  onTable('trigger', 'events_2025', `AFTER INSERT ON % ${touch}`),
  onTable('trigger', 'parent', `BEFORE INSERT OR UPDATE ON % ${touch}`),
  onTable('trigger', 'child', `BEFORE DELETE ON % ${touch}`),
  onTable('trigger', 'adults', `INSTEAD OF INSERT ON % ${touch}`),
  drift(
    '+ trigger hard.people.surplus',
    `CREATE CONSTRAINT TRIGGER surplus AFTER INSERT ON hard.people DEFERRABLE INITIALLY DEFERRED ${touch}`,
    'DROP TRIGGER surplus ON hard.people',
  ),
  constraint('hard.people', 'CHECK (age < 201) NOT VALID'),
  constraint('hard.people', 'UNIQUE (id, ratio)'),
  constraint('hard.orders', 'EXCLUDE (id WITH =)'),
  constraint('hard.orders', 'FOREIGN KEY (alias) REFERENCES hard.people (id) NOT VALID'),
  constraint('hard.events', 'CHECK (device < 2000000)'),
  constraint('hard.events_2024', 'CHECK (device < 2000000)'),
  constraint('hard.events_2024', 'UNIQUE (at, reading)'),
  constraint('hard.parent', 'CHECK (id < 2000000)'),
  constraint('hard.parent', 'CHECK (id < 2000000) NO INHERIT'),
  constraint('hard.child', 'CHECK (id < 2000000)'),
  {
    ...constraint('hard.people', 'CHECK (age < 202) NOT ENFORCED', 18),
    severity: 'reported',
  },
  // They are inherited as well, and the CHECK rejects nothing more.
  reported(
    [
      '+ column origin hard.child.extra',
      '+ column origin hard.child.id',
      '+ column origin hard.child.label',
      '+ constraint hard.child.parent_id_check',
    ],
    'ALTER TABLE hard.child NO INHERIT hard.parent, NO INHERIT hard.other_parent; ALTER TABLE hard.child INHERIT hard.parent, INHERIT hard.other_parent',
    childAgain,
  ),
  reported(
    '+ column origin hard.child.extra',
    'ALTER TABLE hard.child NO INHERIT hard.other_parent; ALTER TABLE hard.child INHERIT hard.other_parent',
    childAgain,
  ),
  drift(
    '+ unique index hard.people.surplus',
    'CREATE UNIQUE INDEX surplus ON hard.people (id, ratio) WHERE ratio > 0.5',
    'DROP INDEX hard.surplus',
  ),
  drift(
    '+ unique index hard.events.surplus',
    'CREATE UNIQUE INDEX surplus ON hard.events (at, device, reading)',
    'DROP INDEX hard.surplus',
  ),
  drift(
    '+ unique index hard.child.surplus',
    'CREATE UNIQUE INDEX surplus ON hard.child (id) WHERE id < 0',
    'DROP INDEX hard.surplus',
  ),
  drift(
    '+ unique index hard.totals.surplus',
    'CREATE UNIQUE INDEX surplus ON hard.totals (person, total)',
    'DROP INDEX hard.surplus',
  ),
  column(deciding, "text NOT NULL GENERATED ALWAYS AS (coalesce(name::text, '')) STORED"),
  column(told, 'text GENERATED ALWAYS AS (lower(name::text)) STORED'),
  column(told, 'integer NOT NULL DEFAULT 7'),
  column(told, 'bigint GENERATED BY DEFAULT AS IDENTITY'),
];

/** Columns that hold no NULL and that nothing fills: a migration cannot add them where there are rows. */
export const needed: readonly Mutation[] = [
  neededIn(['hard.people']),
  neededIn([
    'hard.events',
    'hard.events_2024',
    'hard.events_2025',
    'hard.events_2025_0',
    'hard.events_2025_1',
    'hard.events_rest',
  ]),
  neededIn(['hard.parent', 'hard.child']),
  neededIn(['hard.child']),
];
