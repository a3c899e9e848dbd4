import { drift, type Mutation, orders, people } from './mutations.ts';

export const constraints: readonly Mutation[] = [
  drift(
    '- constraint hard.people.name_long',
    people('DROP CONSTRAINT name_long'),
    people('ADD CONSTRAINT name_long CHECK (length(name) > 2) NOT VALID'),
  ),
  drift(
    '~ constraint hard.people.name_long',
    people('VALIDATE CONSTRAINT name_long'),
    people('DROP CONSTRAINT name_long, ADD CONSTRAINT name_long CHECK (length(name) > 2) NOT VALID'),
  ),
  drift(
    '~ constraint hard.people.name_long',
    people('DROP CONSTRAINT name_long, ADD CONSTRAINT name_long CHECK (length(name) > 3) NOT VALID'),
    people('DROP CONSTRAINT name_long, ADD CONSTRAINT name_long CHECK (length(name) > 2) NOT VALID'),
  ),
  drift(
    ['- constraint hard.people.name_long', '+ constraint hard.people.name_longer'],
    people('RENAME CONSTRAINT name_long TO name_longer'),
    people('RENAME CONSTRAINT name_longer TO name_long'),
  ),
  drift(
    '~ constraint hard.orders.orders_code',
    orders('DROP CONSTRAINT orders_code, ADD CONSTRAINT orders_code UNIQUE (code, person)'),
    orders(
      'DROP CONSTRAINT orders_code, ADD CONSTRAINT orders_code UNIQUE (code, person) DEFERRABLE INITIALLY DEFERRED',
    ),
  ),
  drift(
    '~ constraint hard.orders.orders_person',
    orders('ALTER CONSTRAINT orders_person NOT DEFERRABLE'),
    orders('ALTER CONSTRAINT orders_person DEFERRABLE INITIALLY DEFERRED'),
  ),
  drift(
    '~ constraint hard.orders.orders_person',
    orders('ALTER CONSTRAINT orders_person DEFERRABLE INITIALLY IMMEDIATE'),
    orders('ALTER CONSTRAINT orders_person DEFERRABLE INITIALLY DEFERRED'),
  ),
  drift(
    '~ constraint hard.orders.orders_self',
    orders('VALIDATE CONSTRAINT orders_self'),
    orders(
      'DROP CONSTRAINT orders_self, ADD CONSTRAINT orders_self FOREIGN KEY (alias) REFERENCES hard.people (id) NOT VALID',
    ),
  ),
  drift(
    '~ constraint hard.orders.orders_self',
    orders(
      'DROP CONSTRAINT orders_self, ADD CONSTRAINT orders_self FOREIGN KEY (alias) REFERENCES hard.people (id) ON DELETE SET NULL NOT VALID',
    ),
    orders(
      'DROP CONSTRAINT orders_self, ADD CONSTRAINT orders_self FOREIGN KEY (alias) REFERENCES hard.people (id) NOT VALID',
    ),
  ),
  drift(
    '~ constraint hard.orders.orders_overlap',
    orders(
      'DROP CONSTRAINT orders_overlap, ADD CONSTRAINT orders_overlap EXCLUDE USING gist (person WITH =, during WITH &&) WHERE (amount > 1)',
    ),
    orders(
      'DROP CONSTRAINT orders_overlap, ADD CONSTRAINT orders_overlap EXCLUDE USING gist (person WITH =, during WITH &&) WHERE (amount > 0)',
    ),
  ),
  drift(
    '- constraint hard.orders.orders_overlap',
    orders('DROP CONSTRAINT orders_overlap'),
    orders(
      'ADD CONSTRAINT orders_overlap EXCLUDE USING gist (person WITH =, during WITH &&) WHERE (amount > 0)',
    ),
  ),
  drift(
    '- constraint hard.orders.orders_pk',
    orders('DROP CONSTRAINT orders_pk'),
    orders('ADD CONSTRAINT orders_pk PRIMARY KEY (id) INCLUDE (amount) WITH (fillfactor = 90)'),
  ),
  drift(
    '~ constraint hard.parent.only_here',
    "ALTER TABLE hard.parent DROP CONSTRAINT only_here, ADD CONSTRAINT only_here CHECK (label <> 'x')",
    "ALTER TABLE hard.parent DROP CONSTRAINT only_here, ADD CONSTRAINT only_here CHECK (label <> 'x') NO INHERIT",
  ),
  drift(
    '+ constraint hard.people.surplus',
    people('ADD CONSTRAINT surplus CHECK (age < 200)'),
    people('DROP CONSTRAINT surplus'),
  ),
  drift(
    '~ column hard.people.age',
    people('ADD CONSTRAINT aged NOT NULL age NOT VALID'),
    people('DROP CONSTRAINT aged'),
    18,
  ),
  drift(
    '~ constraint hard.orders.orders_person',
    orders('ALTER CONSTRAINT orders_person NOT ENFORCED'),
    orders('ALTER CONSTRAINT orders_person ENFORCED'),
    18,
  ),
];
