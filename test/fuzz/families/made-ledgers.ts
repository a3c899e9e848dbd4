import fc from 'fast-check';
import { runCommand } from '../commands.ts';
import type { Family } from '../family.ts';
import { exitOf } from '../judge.ts';
import { type DatabaseName, openWorkshop } from '../workshop.ts';

/** Who brings an empty database to head, and what of the database changes what is made there. */
export interface MadeLedgerInput {
  readonly maker: 'superuser' | 'owner of the database' | 'role';
  /** Statements of ALTER DEFAULT PRIVILEGES. */
  readonly defaults: readonly string[];
  readonly eventTriggers: readonly EventTrigger[];
  readonly hasSchema: boolean;
}

interface EventTrigger {
  readonly on: 'ddl_command_start' | 'ddl_command_end' | 'sql_drop' | 'table_rewrite';
  /** Null: all. */
  readonly tags: readonly string[] | null;
  readonly does: keyof typeof deeds;
}

const makers = { superuser: 'fuzz', 'owner of the database': 'made_owner', role: 'made_role' } as const;
const others = ['PUBLIC', 'made_anon', 'made_group'];

/** What an event trigger does with the table `t`, where there is one. */
const deeds = {
  nothing: 'NULL;',
  raise: "RAISE EXCEPTION 'not in office hours';",
  notice: "RAISE NOTICE 'seen % %', TG_EVENT, TG_TAG;",
  secure: "EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);",
  force: "EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);",
  audit:
    "EXECUTE format('CREATE TRIGGER audit BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION public.note()', t);",
  'audit once more':
    "EXECUTE format('CREATE OR REPLACE TRIGGER audit BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION public.note()', t);",
  rule: "EXECUTE format('CREATE RULE audit AS ON UPDATE TO %s DO ALSO NOTIFY audited', t);",
  grant: "EXECUTE format('GRANT ALL ON %s TO made_anon WITH GRANT OPTION', t);",
  'grant a column': "EXECUTE format('GRANT UPDATE (checksum) ON %s TO PUBLIC', t);",
  'add a column':
    "EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS tenant text DEFAULT public.tenant()', t);",
  'add a column that must be given':
    "EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS tenant text NOT NULL', t);",
  'check it': "EXECUTE format('ALTER TABLE %s ADD CHECK (public.tenant() IS NOT NULL)', t);",
  rename: "EXECUTE format('ALTER TABLE %s RENAME TO elsewhere', t);",
  move: "EXECUTE format('ALTER TABLE %s SET SCHEMA public', t);",
  drop: "EXECUTE format('DROP TABLE %s', t);",
  'give away': 'PERFORM public.give(t);',
  'set a role': 'SET ROLE made_anon;',
  'set a path': "SET search_path = 'public'; SET standard_conforming_strings = off;",
} as const;

const tags = [
  'CREATE TABLE',
  'CREATE INDEX',
  'CREATE SCHEMA',
  'ALTER TABLE',
  'COMMENT',
  'REVOKE',
  'DROP TRIGGER',
];
const privileges = [
  'ALL',
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'TRUNCATE',
  'REFERENCES',
  'TRIGGER',
  'SELECT, INSERT',
];

const someDefault = fc
  .record({
    role: fc.constantFrom(...Object.values(makers), 'made_anon'),
    schema: fc.boolean(),
    privilege: fc.constantFrom(...privileges),
    kind: fc.constantFrom('TABLES', 'TABLES', 'TABLES', 'SCHEMAS', 'FUNCTIONS', 'SEQUENCES'),
    to: fc.constantFrom(...others),
    canGrant: fc.boolean(),
    isRevoked: fc.nat({ max: 9 }),
  })
  .map(({ role, schema, privilege, kind, to, canGrant, isRevoked }) => {
    const right = kind === 'TABLES' ? privilege : 'ALL';
    const where = `FOR ROLE ${role}${schema && kind !== 'SCHEMAS' ? ' IN SCHEMA slipway' : ''}`;
    return isRevoked === 0
      ? `ALTER DEFAULT PRIVILEGES ${where} REVOKE ALL ON ${kind} FROM ${role}`
      : `ALTER DEFAULT PRIVILEGES ${where} GRANT ${right} ON ${kind} TO ${to}${canGrant && to !== 'PUBLIC' ? ' WITH GRANT OPTION' : ''}`;
  });

const inputs: fc.Arbitrary<MadeLedgerInput> = fc.record({
  maker: fc.constantFrom(...(Object.keys(makers) as (keyof typeof makers)[])),
  defaults: fc.array(someDefault, { maxLength: 3 }),
  eventTriggers: fc.array(
    fc.record({
      on: fc.constantFrom(
        'ddl_command_end',
        'ddl_command_end',
        'ddl_command_end',
        'ddl_command_start',
        'sql_drop',
        'table_rewrite',
      ),
      tags: fc.option(fc.uniqueArray(fc.constantFrom(...tags), { minLength: 1, maxLength: 3 })),
      does: fc.constantFrom(...(Object.keys(deeds) as (keyof typeof deeds)[])),
    }),
    { maxLength: 2 },
  ) as fc.Arbitrary<readonly EventTrigger[]>,
  hasSchema: fc.boolean(),
});

/** An event trigger's function takes the tables that were made, at the end; what it does itself it lets pass. What it does
 * with the ledger it does there alone: what DDL of a migration brings about later is not what was made. */
const eventTrigger = ({ on, tags: some, does }: EventTrigger, n: number): string => `
  CREATE FUNCTION public.watch_${n}() RETURNS event_trigger LANGUAGE plpgsql AS $watch$ DECLARE t text; BEGIN
    IF current_setting('made.busy', true) = 'on' THEN RETURN; END IF;
    PERFORM set_config('made.busy', 'on', true);
    ${on === 'ddl_command_end' ? "FOR t IN SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' AND object_identity LIKE 'slipway.%' LOOP" : `FOR t IN SELECT 'slipway.ledger' WHERE ${!/\bt\)/.test(deeds[does])} LOOP`}
      ${deeds[does]}
    END LOOP;
    PERFORM set_config('made.busy', 'off', true); END $watch$;
  CREATE EVENT TRIGGER watch_${n} ON ${on}${some && on !== 'table_rewrite' ? ` WHEN TAG IN (${some.map((tag) => `'${tag}'`).join(', ')})` : ''} EXECUTE FUNCTION public.watch_${n}();`;

const writers = `SELECT g.grantee::regrole::text AS who FROM pg_class c, aclexplode(c.relacl) g
    WHERE c.oid = 'slipway.ledger'::regclass AND g.privilege_type <> 'SELECT' AND g.privilege_type <> 'MAINTAIN' AND g.grantee <> c.relowner
  UNION ALL SELECT t.tgname FROM pg_trigger t WHERE t.tgrelid = 'slipway.ledger'::regclass`;

/** What a first `up` makes where default privileges and event triggers of the database have a hand in it. */
export async function madeLedgers(): Promise<Family<MadeLedgerInput>> {
  const workshop = await openWorkshop();
  const { fuzz } = { fuzz: workshop.env('empty') };
  await workshop.query(
    'head',
    `CREATE ROLE made_anon; CREATE ROLE made_group; CREATE ROLE made_elsewhere;
     CREATE ROLE made_owner LOGIN PASSWORD '${fuzz.PGPASSWORD}'; CREATE ROLE made_role LOGIN PASSWORD '${fuzz.PGPASSWORD}'; GRANT made_anon TO made_role`,
  );
  let count = 0;
  return {
    name: 'made-ledgers',
    share: 0.005,
    isPure: false,
    inputs,
    async run({ maker, defaults, eventTriggers, hasSchema }) {
      count += 1;
      const database = `made_${count}` as DatabaseName;
      await workshop.query('head', `CREATE DATABASE ${database} OWNER made_owner`);
      try {
        const ask = async (sql: string) => (await workshop.query(database, sql)).rows;
        await ask(`GRANT CREATE ON DATABASE ${database} TO made_role; GRANT ALL ON SCHEMA public TO PUBLIC;
          CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
          CREATE FUNCTION public.tenant() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
          CREATE FUNCTION public.give(t text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE format('ALTER TABLE %s OWNER TO made_elsewhere', t); END $$;
          ${hasSchema ? 'CREATE SCHEMA slipway; GRANT ALL ON SCHEMA slipway TO made_owner, made_role;' : ''}`);
        for (const sql of defaults) await ask(sql).catch(() => undefined);
        for (const [n, one] of eventTriggers.entries()) await ask(eventTrigger(one, n));
        const options = {
          directory: workshop.project.directory,
          env: { ...fuzz, PGUSER: makers[maker], PGDATABASE: database },
        };
        const ended = await runCommand('up', options);
        const broken = [...ended.broken];
        const made =
          (await ask(`SELECT to_regclass('slipway.ledger') IS NOT NULL AS made`))[0]?.made === true;
        if (exitOf(ended) === 'ok') {
          const found = await ask(writers);
          if (found.length > 0)
            broken.push(`the ledger that was made has ${found.map(({ who }) => who).join(', ')}`);
          for (const name of ['up', 'wait']) {
            const again = await runCommand(name, options);
            if (exitOf(again) !== 'ok')
              broken.push(
                `after up ended with 0, ${name} ends with ${exitOf(again)}: ${again.said.join(' ')}`,
              );
          }
        } else if (made && (await ask('SELECT FROM slipway.ledger')).length === 0) {
          broken.push('up failed, and left a ledger without a row');
        }
        return { ...ended, broken };
      } finally {
        await workshop.query('head', `DROP DATABASE ${database} WITH (FORCE)`);
      }
    },
    destroy: () => workshop.destroy(),
  };
}
