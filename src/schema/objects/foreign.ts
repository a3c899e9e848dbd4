import { literal } from '../../postgres/index.ts';
import {
  type Alteration,
  type AlterStep,
  manual,
  type ObjectChange,
  step,
  steps,
} from './common/alteration.ts';
import { clausesOf, insideBrackets } from './common/clauses.ts';
import { alterOptionList, createOptions, readLiteral } from './common/foreign-options.ts';
import { asLiteral, foreignOptions } from './common/foreign-options-sql.ts';
import { notMember } from './common/scoped.ts';
import { dropByName, type Families } from './family.ts';

const foreignServers = `
  SELECT 'foreign data wrapper', quote_ident(w.fdwname), NULL::text, concat_ws(' ', CASE WHEN w.fdwhandler <> 0 THEN 'handler ' || w.fdwhandler::regproc::text END,
      CASE WHEN w.fdwvalidator <> 0 THEN 'validator ' || w.fdwvalidator::regproc::text END, ${foreignOptions('w.fdwoptions')}), NULL
    FROM pg_foreign_data_wrapper w WHERE ${notMember('pg_foreign_data_wrapper', 'w')}
  UNION ALL
  SELECT 'foreign server', quote_ident(v.srvname), NULL::text, concat_ws(' ', 'wrapper ' || quote_ident(w.fdwname), 'type ' || ${asLiteral('v.srvtype')}, 'version ' || ${asLiteral('v.srvversion')}, ${foreignOptions('v.srvoptions')}), NULL
    FROM pg_foreign_server v JOIN pg_foreign_data_wrapper w ON w.oid = v.srvfdw WHERE ${notMember('pg_foreign_server', 'v')}`;

/** A foreign data wrapper. */
function createWrapper(name: string, text: string): string {
  const parts = clausesOf(text, ['handler', 'validator', 'options']);
  return [
    `CREATE FOREIGN DATA WRAPPER ${name}`,
    ...(parts.handler === undefined ? [] : [`HANDLER ${parts.handler}`]),
    ...(parts.validator === undefined ? [] : [`VALIDATOR ${parts.validator}`]),
    ...createOptions(insideBrackets(parts.options)),
  ].join(' ');
}

/** A foreign server. */
function createServer(name: string, text: string): string {
  const parts = clausesOf(text, ['wrapper', 'type', 'version', 'options']);
  return [
    `CREATE SERVER ${name}`,
    ...(parts.type === undefined ? [] : [`TYPE ${literal(readLiteral(parts.type))}`]),
    ...(parts.version === undefined ? [] : [`VERSION ${literal(readLiteral(parts.version))}`]),
    `FOREIGN DATA WRAPPER ${parts.wrapper}`,
    ...createOptions(insideBrackets(parts.options)),
  ].join(' ');
}

/** A foreign data wrapper's functions and options. */
function alterForeignDataWrapper({ name, before, after }: ObjectChange): Alteration {
  const keywords = ['handler', 'validator', 'options'] as const;
  const was = clausesOf(before.text, keywords);
  const is = clausesOf(after.text, keywords);
  const options = alterOptionList(insideBrackets(was.options), insideBrackets(is.options));
  const changes = [
    ...(['handler', 'validator'] as const)
      .filter((key) => was[key] !== is[key])
      .map((key) => (is[key] === undefined ? `NO ${key.toUpperCase()}` : `${key.toUpperCase()} ${is[key]}`)),
    ...(options === null ? [] : [options]),
  ];
  return steps(`ALTER FOREIGN DATA WRAPPER ${name} ${changes.join(' ')}`);
}

/** A foreign server's version and options; user mappings hang on it, so that it is never made again. */
function alterForeignServer({ name, before, after }: ObjectChange): Alteration {
  const keywords = ['wrapper', 'type', 'version', 'options'] as const;
  const was = clausesOf(before.text, keywords);
  const is = clausesOf(after.text, keywords);
  if (was.wrapper !== is.wrapper || was.type !== is.type)
    return manual(
      "a server's wrapper and type cannot be changed, and to make it again would lose its user mappings",
    );
  if (was.version !== is.version && is.version === undefined)
    return manual("a server's version cannot be taken away");
  const options = alterOptionList(insideBrackets(was.options), insideBrackets(is.options));
  const list: AlterStep[] = [
    ...(was.version === is.version
      ? []
      : [step(`ALTER SERVER ${name} VERSION ${literal(readLiteral(is.version ?? "''"))}`)]),
    ...(options === null ? [] : [step(`ALTER SERVER ${name} ${options}`)]),
  ];
  return { way: 'steps', steps: list };
}

export const foreign = {
  'foreign data wrapper': {
    read: [{ sql: foreignServers, rare: 'others' }],
    rows: {
      pg_foreign_data_wrapper: `SELECT w.oid, 0, 'foreign data wrapper ' || quote_ident(w.fdwname) FROM pg_foreign_data_wrapper w`,
    },
    create: ({ name, text }) => [createWrapper(name, text)],
    alter: alterForeignDataWrapper,
    drop: dropByName,
  },
  'foreign server': {
    read: [{ sql: foreignServers, rare: 'others' }],
    rows: {
      pg_foreign_server: `SELECT v.oid, 0, 'foreign server ' || quote_ident(v.srvname) FROM pg_foreign_server v`,
    },
    create: ({ name, text }) => [createServer(name, text)],
    alter: alterForeignServer,
    drop: ({ name }) => [`DROP SERVER ${name}`],
  },
} satisfies Families;
