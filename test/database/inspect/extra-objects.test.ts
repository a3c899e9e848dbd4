import { readFileSync } from 'node:fs';
import { hashText } from '../../../src/schema/catalog/snapshot.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const version = '20250101000000';
const baseline = `-- slipway: version ${version}
CREATE SCHEMA shop;
CREATE TABLE shop.goods (id int PRIMARY KEY, name text, price int);
CREATE TABLE shop.sales (id int, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE shop.sales_1 PARTITION OF shop.sales FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE shop.base (n int);
CREATE TABLE shop.heir () INHERITS (shop.base);
CREATE VIEW shop.cheap AS SELECT id FROM shop.goods WHERE price < 10;
CREATE FUNCTION shop.act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(new, old); END';
`;
const files = { 'sql/baseline.sql': baseline };
const rows = `INSERT INTO shop.goods VALUES (1, 'one', 1), (2, 'two', 20);
  INSERT INTO shop.sales VALUES (1, '2025-05-05'); INSERT INTO shop.base VALUES (1); INSERT INTO shop.heir VALUES (2)`;
const countRows = `SELECT (SELECT count(*)::int FROM shop.goods) AS goods, (SELECT count(*)::int FROM shop.sales) AS sales,
  (SELECT count(*)::int FROM shop.base) AS base`;
const ran = (made: Scene, line: string) => made.run(line, shadowOf(made));
const fixOf = ({ project }: Scene) => readFileSync(project.path('fix.sql'), 'utf8');

/** A database at head with rows in it, and its lock. */
async function atHead(more: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const made = await scene({ ...files, ...more });
  await writeLock(made);
  expectSuccess(await made.run('up'));
  await made.database.query(rows);
  return made;
}

/** The same, made by hand: it is not managed. */
async function byHand(sql: string): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  await made.database.query(`${baseline}; ${rows}; ${sql}`);
  return made;
}

interface Extra {
  readonly sql: string;
  /** What is said of it, and of what it brings along. */
  readonly objects: readonly string[];
  /** What takes it away, in this order. */
  readonly fix: readonly string[];
}

const trigger = (on: string, when = 'BEFORE INSERT'): string =>
  `CREATE TRIGGER spy ${when} ON ${on} FOR EACH ROW EXECUTE FUNCTION shop.act()`;

/** Routines that the lock does not know, which whoever writes a row runs. */
const routine = `CREATE OR REPLACE FUNCTION shop.run(x anyelement) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'`;
const running: Readonly<Record<string, Extra>> = {
  'an index of an expression that runs such a routine': {
    sql: `${routine}; CREATE INDEX spy ON shop.goods (shop.run(id))`,
    objects: ['index shop.goods.spy'],
    fix: ['DROP INDEX shop.spy;'],
  },
  'an index with a predicate that runs one': {
    sql: `${routine}; CREATE INDEX spy ON shop.goods (id) WHERE shop.run(id) = 1`,
    objects: ['index shop.goods.spy'],
    fix: ['DROP INDEX shop.spy;'],
  },
  'an index by an operator of its own': {
    sql: `CREATE OR REPLACE FUNCTION shop.same(a int, b int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN a = b; END'; CREATE OPERATOR shop.~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = shop.same); CREATE INDEX spy ON shop.goods (id) WHERE id OPERATOR(shop.~~~) 1`,
    objects: ['index shop.goods.spy'],
    fix: ['DROP INDEX shop.spy;'],
  },
  'a default that runs one': {
    sql: `${routine}; ALTER TABLE shop.goods ADD spy int DEFAULT shop.run(1)`,
    objects: ['column shop.goods.spy'],
    fix: ['ALTER TABLE shop.goods ALTER COLUMN spy DROP DEFAULT;'],
  },
  'a generated column that runs one': {
    sql: `${routine}; ALTER TABLE shop.goods ADD spy int GENERATED ALWAYS AS (shop.run(id)) STORED`,
    objects: ['column shop.goods.spy'],
    fix: ['ALTER TABLE shop.goods ALTER COLUMN spy DROP EXPRESSION;'],
  },
  'a trigger that runs one, in a partition that the lock does not know': {
    sql: `CREATE TABLE shop.spying PARTITION OF shop.sales FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); CREATE OR REPLACE FUNCTION shop.hit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER spy BEFORE INSERT ON shop.spying FOR EACH ROW EXECUTE FUNCTION shop.hit()`,
    objects: ['trigger shop.spying.spy'],
    fix: ['DROP TRIGGER spy ON shop.spying;'],
  },
  'in an heir of an heir': {
    sql: `CREATE TABLE shop.spied () INHERITS (shop.heir); CREATE TABLE shop.spies () INHERITS (shop.spied); CREATE OR REPLACE FUNCTION shop.hit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER spy BEFORE UPDATE ON shop.spies FOR EACH ROW EXECUTE FUNCTION shop.hit()`,
    objects: ['trigger shop.spies.spy'],
    fix: ['DROP TRIGGER spy ON shop.spies;'],
  },
};

const restraining: Readonly<Record<string, Extra>> = {
  'a permissive policy': {
    sql: 'CREATE POLICY spy ON shop.goods USING (true)',
    objects: ['policy shop.goods.spy'],
    fix: ['DROP POLICY spy ON shop.goods;'],
  },
  'a rule': {
    sql: 'CREATE RULE spy AS ON DELETE TO shop.goods DO INSTEAD NOTHING',
    objects: ['rule shop.goods.spy'],
    fix: ['DROP RULE spy ON shop.goods;'],
  },
  'a rule on a view': {
    sql: 'CREATE RULE spy AS ON INSERT TO shop.cheap DO INSTEAD NOTHING',
    objects: ['rule shop.cheap.spy'],
    fix: ['DROP RULE spy ON shop.cheap;'],
  },
  'a trigger': {
    sql: trigger('shop.goods'),
    objects: ['trigger shop.goods.spy'],
    fix: ['DROP TRIGGER spy ON shop.goods;'],
  },
  'a trigger on a view': {
    sql: trigger('shop.cheap', 'INSTEAD OF INSERT'),
    objects: ['trigger shop.cheap.spy'],
    fix: ['DROP TRIGGER spy ON shop.cheap;'],
  },
  'a trigger on a partition': {
    sql: trigger('shop.sales_1'),
    objects: ['trigger shop.sales_1.spy'],
    fix: ['DROP TRIGGER spy ON shop.sales_1;'],
  },
  'a trigger on a partitioned table': {
    sql: trigger('shop.sales'),
    objects: ['trigger shop.sales.spy'],
    fix: ['DROP TRIGGER spy ON shop.sales;'],
  },
  'a CHECK': {
    sql: 'ALTER TABLE shop.goods ADD CONSTRAINT spy CHECK (price > 0) NOT VALID',
    objects: ['constraint shop.goods.spy'],
    fix: ['ALTER TABLE shop.goods DROP CONSTRAINT spy;'],
  },
  'a CHECK that an heir has of its own as well': {
    sql: 'ALTER TABLE shop.heir ADD CONSTRAINT spy CHECK (n > 0); ALTER TABLE shop.base ADD CONSTRAINT spy CHECK (n > 0)',
    objects: ['constraint shop.base.spy', 'constraint shop.heir.spy'],
    fix: ['ALTER TABLE shop.base DROP CONSTRAINT spy;', 'ALTER TABLE shop.heir DROP CONSTRAINT spy;'],
  },
  'a UNIQUE, and a foreign key that depends on it': {
    sql: 'ALTER TABLE shop.goods ADD CONSTRAINT spy UNIQUE (price), ADD CONSTRAINT spying FOREIGN KEY (id) REFERENCES shop.goods (price) NOT VALID',
    objects: ['constraint shop.goods.spy', 'constraint shop.goods.spying'],
    fix: ['ALTER TABLE shop.goods DROP CONSTRAINT spying;', 'ALTER TABLE shop.goods DROP CONSTRAINT spy;'],
  },
  'an EXCLUDE': {
    sql: 'ALTER TABLE shop.goods ADD CONSTRAINT spy EXCLUDE (price WITH =)',
    objects: ['constraint shop.goods.spy'],
    fix: ['ALTER TABLE shop.goods DROP CONSTRAINT spy;'],
  },
  'a unique index': {
    sql: 'CREATE UNIQUE INDEX spy ON shop.goods (price)',
    objects: ['unique index shop.goods.spy'],
    fix: ['DROP INDEX shop.spy;'],
  },
  'a column that holds no NULL': {
    sql: 'ALTER TABLE shop.goods ADD spy int NOT NULL DEFAULT 1; ALTER TABLE shop.goods ALTER spy DROP DEFAULT',
    objects: ['column shop.goods.spy'],
    fix: ['ALTER TABLE shop.goods ALTER COLUMN spy DROP NOT NULL;'],
  },
  'one that partitions inherit': {
    sql: 'ALTER TABLE shop.sales ADD spy int NOT NULL DEFAULT 1; ALTER TABLE shop.sales ALTER spy DROP DEFAULT',
    objects: ['column shop.sales.spy', 'column shop.sales_1.spy'],
    // That of the parent goes through to its partitions.
    fix: ['ALTER TABLE shop.sales ALTER COLUMN spy DROP NOT NULL;'],
  },
};
const deciding = { ...restraining, ...running };

/** The objects of the lines that begin with `+` and say no more than that they are extra. */
const extras = (detail: unknown): string[] =>
  (detail as string[]).flatMap((line) => /^ *\+ (.*?): extra(?:$|: )/.exec(line)?.[1] ?? []);

test.each(Object.entries(deciding))(
  '%s, extra in what the lock knows, is drift and goes by a fix',
  async (_, extra) => {
    const made = await atHead();
    await made.database.query(extra.sql);
    const before = await made.database.query(countRows);
    const failure = expectFailure(await made.run('up'), {
      code: 85,
      names: new RegExp(
        `^the schema does not match ${version}: (?:${extra.objects.length} objects? differs?|\\d+ objects differ, of which \\d+ (?:is|are) only reported)$`,
      ),
      remedy: new RegExp(
        `name it in options.ignore of the lock file \\("${extra.objects[0]}".*slipway adopt --as ${version} --unverified.*slipway repair --write-fix FILE`,
      ),
    });
    expect(extras(failure.detail)).toEqual(extra.objects);
    expect((await made.run('drift --strict')).code).toBe(1);
    expectSuccess(await ran(made, 'repair --write-fix fix.sql'));
    const lines = fixOf(made)
      .split('\n')
      .filter((line) => !line.startsWith('--') && line !== '');
    expect(lines).toEqual(extra.fix);
    expect(fixOf(made).match(/^-- Takes away what is extra: /gm)).toHaveLength(extra.fix.length);
    for (const object of extra.objects.slice(0, extra.fix.length))
      expect(fixOf(made)).toContain(`-- Takes away what is extra: ${object}`);
    expectSuccess(await ran(made, 'repair --fix fix.sql'));
    expect(await made.database.query(countRows)).toEqual(before);
    expectSuccess(await made.run('up'));
  },
);

test('the same stand against an adoption: 80 with all of them; a fix takes them away', async () => {
  const made = await byHand(
    `${Object.values(restraining)
      .map(({ sql }, n) => sql.replaceAll(/\bspy/g, `spy${n}`))
      .join('; ')}; CREATE TABLE shop.more (x int)`,
  );
  const before = await made.database.query(countRows);
  const failure = expectFailure(await made.run('up'), {
    code: 80,
    names: /and its schema matches no known version; the closest is 20250101000000$/,
    remedy: /adopt --write-fix FILE.*adopt --as 20250101000000 --unverified/,
  });
  const wanted = Object.values(restraining)
    .flatMap(({ objects }, n) => objects.map((object) => object.replace(/\bspy/, `spy${n}`)))
    .sort();
  expect(extras(failure.detail).sort()).toEqual(wanted);
  const { drift } = JSON.parse(expectSuccess(await made.run('status --drift --json')).stdout);
  const named = drift.differences.filter(({ kind }: { kind: string }) => kind === 'extra');
  expect(named.map(({ object }: { object: string }) => object).sort()).toEqual(
    [...wanted, 'table shop.more'].sort(),
  );
  expectSuccess(await ran(made, 'adopt --write-fix fix.sql'));
  expectSuccess(await ran(made, 'adopt --fix fix.sql'));
  expect(await made.database.query(countRows)).toEqual(before);
  expectSuccess(await made.run('up'));
});

const told: Readonly<Record<string, readonly [sql: string, object: string, strict?: 0]>> = {
  'a table': ['CREATE TABLE shop.more (x int NOT NULL UNIQUE)', 'table shop.more'],
  'a table elsewhere': ['CREATE SCHEMA other; CREATE TABLE other.more (x int)', 'table other.more', 0],
  'a column with a default': [
    'ALTER TABLE shop.goods ADD more int NOT NULL DEFAULT 1',
    'column shop.goods.more',
  ],
  'an identity': [
    'ALTER TABLE shop.goods ADD more int GENERATED ALWAYS AS IDENTITY',
    'column shop.goods.more',
  ],
  'an index': ['CREATE INDEX more ON shop.goods (price)', 'index shop.goods.more'],
  'a partition, with what is in it': [
    "CREATE TABLE shop.sales_2 PARTITION OF shop.sales FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); CREATE TRIGGER more BEFORE INSERT ON shop.sales_2 FOR EACH ROW EXECUTE FUNCTION shop.act()",
    'table shop.sales_2',
  ],
  'an heir': ['CREATE TABLE shop.heir_2 (CHECK (n > 0)) INHERITS (shop.base)', 'table shop.heir_2'],
  'a foreign key that points in from outside': [
    'CREATE TABLE shop.more (x int REFERENCES shop.goods)',
    'table shop.more',
  ],
  'a trigger that an extension fires': [
    'CREATE EXTENSION moddatetime; ALTER TABLE shop.goods ADD at timestamptz; CREATE TRIGGER more BEFORE UPDATE ON shop.goods FOR EACH ROW EXECUTE FUNCTION moddatetime(at)',
    'trigger shop.goods.more',
  ],
};

test('what runs such a routine stands against an adoption, too', async () => {
  const made = await byHand(Object.values(running)[0]?.sql ?? '');
  const failure = expectFailure(await made.run('up'), { code: 80, names: /no known version/, remedy: /./ });
  expect(extras(failure.detail)).toContain('index shop.goods.spy');
});

test('a column of a domain that runs such a routine is drift, and is left to a person', async () => {
  const made = await atHead();
  await made.database.query(
    `${routine}; CREATE DOMAIN shop.lower AS int CHECK (shop.run(VALUE) = 1); CREATE DOMAIN shop.upper AS shop.lower; ALTER TABLE shop.goods ADD spy shop.upper`,
  );
  const failure = expectFailure(await made.run('up'), {
    code: 85,
    names: /4 objects differ, of which 3 are/,
    remedy: /./,
  });
  expect(extras(failure.detail)).toEqual(['column shop.goods.spy']);
  expectSuccess(await ran(made, 'repair --write-fix fix.sql'));
  expect(fixOf(made)).toContain('its type or expression can reject rows');
});

test('what runs only what the lock, PostgreSQL or an extension has is told', async () => {
  const own = `CREATE FUNCTION shop.own(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';`;
  const made = await scene({ 'sql/baseline.sql': `${baseline}${own}` });
  await writeLock(made);
  expectSuccess(await made.run('up'));
  await made.database.query(`CREATE EXTENSION citext SCHEMA shop; CREATE TYPE shop.mood AS ENUM ('a');
    CREATE INDEX i1 ON shop.goods (shop.own(id)); CREATE INDEX i2 ON shop.goods (lower(name)) WHERE name <> 'shop.run(';
    CREATE INDEX i3 ON shop.goods ((name::shop.citext)); ALTER TABLE shop.goods ADD m shop.mood DEFAULT 'a';
    CREATE SEQUENCE shop.s; ALTER TABLE shop.goods ADD n int DEFAULT nextval('shop.s'::regclass)`);
  expectSuccess(await made.run('drift'));
  expectSuccess(await made.run('up'));
});

describe('who owns a table, and no more', () => {
  const climb = (schema: string): string =>
    `CREATE FUNCTION ${schema}.climb() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`;

  test('makes no trigger of an extension out of one of their own', async () => {
    const made = await atHead();
    const owner = await made.database.connect();
    const [{ role } = { role: '' }] = await made.database.query<{ role: string }>(
      `SELECT 'owner_' || substr(md5(current_database()), 1, 12) AS role`,
    );
    try {
      await made.database.query(
        `CREATE ROLE ${role}; GRANT CREATE ON DATABASE ${made.database.name} TO ${role}; ALTER SCHEMA shop OWNER TO ${role}; ALTER TABLE shop.goods OWNER TO ${role}`,
      );
      await owner.query(`SET SESSION AUTHORIZATION ${role}; CREATE EXTENSION citext SCHEMA shop; ${climb('shop')};
        ALTER EXTENSION citext ADD FUNCTION shop.climb();
        CREATE TRIGGER spy BEFORE INSERT ON shop.goods FOR EACH ROW EXECUTE FUNCTION shop.climb()`);
      const failure = expectFailure(await made.run('up'), {
        code: 85,
        names: /3 objects differ, of which 2 are/,
        remedy: /./,
      });
      expect(extras(failure.detail)).toEqual(['trigger shop.goods.spy']);
    } finally {
      await owner.end();
      await made.database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    }
  });
});

test.each(Object.entries(told))('%s, extra, is only told', async (_, [sql, object, strict = 1]) => {
  const made = await atHead();
  await made.database.query(sql);
  expect(expectSuccess(await made.run('up')).logs).toMatchObject([{ event: 'done' }]);
  const status = JSON.parse(expectSuccess(await made.run('status --drift --json')).stdout);
  expect(status.schema).toMatchObject({ kind: 'compared', drifted: 0 });
  expect(status.drift.differences).toContainEqual(
    expect.objectContaining({ kind: 'extra', object, severity: 'reported' }),
  );
  expectSuccess(await made.run('drift'));
  expect((await made.run('drift --strict')).code).toBe(strict);
});

/** What is in no schema, with what takes it away again. */
const inNoSchema: readonly (readonly [object: string, sql: string, undo: string])[] = [
  [
    'event trigger watch',
    `CREATE FUNCTION other.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
     CREATE EVENT TRIGGER watch ON ddl_command_start EXECUTE FUNCTION other.watch()`,
    'DROP EVENT TRIGGER watch; DROP FUNCTION other.watch()',
  ],
  ['publication pub', 'CREATE PUBLICATION pub FOR TABLE shop.goods', 'DROP PUBLICATION pub'],
  ['publication pub', 'CREATE PUBLICATION pub FOR ALL TABLES', 'DROP PUBLICATION pub'],
  [
    'subscription sub',
    "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.example' PUBLICATION pub WITH (connect = false, slot_name = NONE)",
    'DROP SUBSCRIPTION sub',
  ],
  [
    'database setting search_path',
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = other', current_database()); END $$`,
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database()); END $$`,
  ],
  [
    'database setting work_mem of postgres',
    `DO $$ BEGIN EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET work_mem = 8192', current_database()); END $$`,
    `DO $$ BEGIN EXECUTE format('ALTER ROLE postgres IN DATABASE %I RESET ALL', current_database()); END $$`,
  ],
  [
    'user mapping public on away',
    'CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far; CREATE USER MAPPING FOR public SERVER away',
    'DROP FOREIGN DATA WRAPPER far CASCADE',
  ],
  ['extension citext', 'CREATE EXTENSION citext SCHEMA shop', 'DROP EXTENSION citext'],
  [
    'language spoken',
    'CREATE LANGUAGE spoken HANDLER pg_catalog.plpgsql_call_handler',
    'DROP LANGUAGE spoken',
  ],
  [
    'access method heap_2',
    'CREATE ACCESS METHOD heap_2 TYPE TABLE HANDLER pg_catalog.heap_tableam_handler',
    'DROP ACCESS METHOD heap_2',
  ],
  ['cast point as text', 'CREATE CAST (point AS text) WITH INOUT', 'DROP CAST (point AS text)'],
];

/** The same, of which everything stands in a schema that the lock has nothing in. */
const elsewhere: typeof inNoSchema = [
  ['extension citext', 'CREATE EXTENSION citext SCHEMA other', 'DROP EXTENSION citext'],
  ['publication pub', 'CREATE PUBLICATION pub FOR TABLE other.more', 'DROP PUBLICATION pub'],
  [
    'cast other.kind as text',
    'CREATE CAST (other.kind AS text) WITH INOUT',
    'DROP CAST (other.kind AS text)',
  ],
];

test.each([
  ['what is in no schema, extra, is told, and counts strictly', inNoSchema, 1],
  ['what is about another schema alone is told, and does not count strictly', elsewhere, 0],
])('%s', async (_, rows, strict) => {
  const made = await atHead();
  await made.database.query(
    "CREATE SCHEMA other; CREATE TABLE other.more (x int); CREATE TYPE other.kind AS ENUM ('a')",
  );
  const found: unknown[] = [];
  for (const [object, sql, undo] of rows) {
    await made.database.query(sql);
    const { code, stdout } = await made.run('drift --strict --json');
    const { differences } = JSON.parse(stdout).drift;
    const one = differences.find((difference: { object: string }) => difference.object === object);
    found.push([object, one?.kind, one?.severity, code, (await made.run('drift')).code]);
    await made.database.query(undo);
  }
  expect(found).toEqual(rows.map(([object]) => [object, 'extra', 'reported', strict, 0]));
  expectSuccess(await made.run('drift --strict'));
});

test('in an unmanaged database they are told, and it is adopted', async () => {
  const made = await byHand('CREATE TABLE shop.more (x int)');
  expect((await made.run('status --drift')).stdout).toMatch(
    /^ {2}\+ table shop\.more: extra \(reported only\)$/m,
  );
  const { logs } = expectSuccess(await made.run('up'));
  expect(logs).toContainEqual(
    expect.objectContaining({
      event: 'adopted',
      extra: 1,
      msg: expect.stringMatching(/; 1 extra object \(slipway status --drift\)$/),
    }),
  );
});

const spy = 'CREATE POLICY spy ON shop.goods USING (true)';
const spyText = 'permissive for all to public using (true)';

test('what is to stay is accepted as it is: absent, and what is there; another one is drift again', async () => {
  const made = await atHead();
  await made.database.query(spy);
  expectFailure(await made.run('up'), { code: 85, names: /1 object differs/, remedy: /--unverified/ });
  const before = await made.database.query(countRows);
  const { stdout } = expectSuccess(await made.run(`adopt --as ${version} --unverified --json`));
  expect(JSON.parse(stdout)).toMatchObject({ adopted: version, recorded: 0, accepted: 1, verified: false });
  expect(await made.ledger()).toMatchObject([
    { version, origin: 'applied', accepted: { objects: { 'policy shop.goods.spy': hashText(spyText) } } },
  ]);
  expectSuccess(await made.run('up'));
  expectSuccess(await made.run('drift --strict'));
  expect(await made.database.query(countRows)).toEqual(before);
  await made.database.query('ALTER POLICY spy ON shop.goods USING (false)');
  const failure = expectFailure(await made.run('up'), { code: 85, names: /1 object differs/, remedy: /./ });
  expect(extras(failure.detail)).toEqual(['policy shop.goods.spy']);
});

test('so it is with an adoption', async () => {
  const made = await byHand(spy);
  expectFailure(await made.run(`adopt --as ${version}`), { code: 80, names: /./, remedy: /--unverified/ });
  const { stdout } = expectSuccess(await made.run(`adopt --as ${version} --unverified --json`));
  expect(JSON.parse(stdout)).toMatchObject({ recorded: 1, accepted: 1 });
  expect(await made.ledger()).toMatchObject([
    { accepted: { verified: false, objects: { 'policy shop.goods.spy': hashText(spyText) } } },
  ]);
  expectSuccess(await made.run('up'));
});

test('a ledger from before, which accepted what was missing and says nothing of what is extra, goes on', async () => {
  const made = await byHand('ALTER TABLE shop.goods DROP name');
  expectSuccess(await made.run(`adopt --as ${version} --unverified`));
  await made.database.query(spy);
  const failure = expectFailure(await made.run('up'), { code: 85, names: /1 object differs/, remedy: /./ });
  expect(extras(failure.detail)).toEqual(['policy shop.goods.spy']);
  expectSuccess(await made.run('adopt --unverified'));
  expectSuccess(await made.run('up'));
});

/** Lets the lock ignore some objects. */
function ignoring(made: Scene, pattern: string): void {
  const file = 'sql/schema.lock.json';
  const text = readFileSync(made.project.path(file), 'utf8');
  made.project.write(file, text.replace('"ignore": []', `"ignore": ${JSON.stringify([pattern])}`));
}

test('what the lock ignores is no drift, nor in the way of an adoption', async () => {
  const made = await atHead();
  await made.database.query(spy);
  ignoring(made, 'policy shop.goods.*');
  expectSuccess(await made.run('up'));
  expectSuccess(await made.run('drift --strict'));
  await made.database.query('DROP SCHEMA slipway CASCADE');
  expectSuccess(await made.run('up'));
});

describe('an event trigger that changes what `up` makes', () => {
  const watch = (
    act: string,
  ): string => `CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $watch$
    DECLARE made record;
    BEGIN FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' AND schema_name = 'shop' LOOP
      EXECUTE format('${act}', made.objid::regclass); END LOOP; END $watch$;
    CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE EVENT TRIGGER "Ensure" ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.watch()`;
  const auditing = watch(
    'CREATE TRIGGER audit AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION public.audit()',
  );
  const securing = watch('ALTER TABLE %s ENABLE ROW LEVEL SECURITY');
  const small = {
    'sql/baseline.sql': `-- slipway: version ${version}\nCREATE SCHEMA shop;\n`,
    'migrations/20250102000000_b.sql': 'CREATE TABLE shop.b (x int);\n',
  };
  const whole = { 'sql/baseline.sql': `${small['sql/baseline.sql']}CREATE TABLE shop.b (x int);\n` };

  test.each([
    ['adds a trigger, in a migration', small, auditing, '  + trigger shop.b.audit: extra'],
    ['adds a trigger, in the baseline', whole, auditing, '  + trigger shop.b.audit: extra'],
    ['enables row security', small, securing, '  ~ table shop.b: changed'],
  ])('%s: 65 that names it, and nothing is kept', async (_, of, sql, line) => {
    const made = await scene(of);
    await writeLock(made);
    await made.database.query(sql);
    const failure = expectFailure(await made.run('up'), {
      code: 65,
      names: /the schema after it is not what the lock expects$/,
      remedy:
        /^It was rolled back\. This database has the event trigger "Ensure", which acts on .*ALTER EVENT TRIGGER "Ensure" DISABLE;/,
    });
    expect(failure.detail).toContain(line);
    expect(await made.database.query(`SELECT to_regclass('shop.b') AS made`)).toEqual([{ made: null }]);
    await made.database.query('ALTER EVENT TRIGGER "Ensure" DISABLE');
    expectSuccess(await made.run('up'));
  });

  test('what the lock ignores of it passes', async () => {
    const made = await scene(small);
    await writeLock(made);
    ignoring(made, 'trigger *.audit');
    await made.database.query(auditing);
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('drift'));
  });

  test('what a migration has made it do is in the lock', async () => {
    const made = await scene({ ...small, 'sql/baseline.sql': `${small['sql/baseline.sql']}${auditing};\n` });
    await writeLock(made);
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('drift --strict'));
  });
});
