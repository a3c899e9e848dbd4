import { type Alteration, type ObjectChange, recreate, steps } from './common/alteration.ts';
import { clausesOf, insideBrackets, splitOuter } from './common/clauses.ts';
import { isOfClass, notMember, qualified } from './common/scoped.ts';
import { operatorName, operatorReference } from './common/signatures.ts';
import { type Families, remake } from './family.ts';
import { operatorMembers } from './operator-members.ts';

const operators = `
  SELECT 'operator', o.oid::regoperator::text, NULL::text, concat_ws(' ', 'returns', format_type(o.oprresult, NULL), 'by', o.oprcode::regproc::text,
      CASE WHEN o.oprcom <> 0 THEN 'commutator ' || o.oprcom::regoperator::text END, CASE WHEN o.oprnegate <> 0 THEN 'negator ' || o.oprnegate::regoperator::text END,
      CASE WHEN o.oprrest <> 0 THEN 'restrict ' || o.oprrest::regproc::text END, CASE WHEN o.oprjoin <> 0 THEN 'join ' || o.oprjoin::regproc::text END,
      CASE WHEN o.oprcanhash THEN 'hashes' END, CASE WHEN o.oprcanmerge THEN 'merges' END), NULL
    FROM pg_operator o JOIN space s ON s.oid = o.oprnamespace WHERE ${notMember('pg_operator', 'o')}`;

/** What belongs to a class and not to its family (PostgreSQL source, storeOperators). */
const belongsToClass = (catalog: string, own: string, of: string): string =>
  `EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${own}.oid AND d.refclassid = 'pg_opclass'::regclass${of})`;

/** The members of a family that count, in words. */
const members = (
  family: string,
  hasTypes: string,
  counts: (catalog: string, own: string) => string,
): string => `(SELECT string_agg('operator ' || m.amopstrategy || ' ' || m.amopopr::regoperator::text
          || CASE m.amoppurpose WHEN 'o' THEN (SELECT ' for order by ' || quote_ident(n.nspname) || '.' || quote_ident(o.opfname) FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace WHERE o.oid = m.amopsortfamily) ELSE '' END,
          ', ' ORDER BY m.amopstrategy, m.amopopr::regoperator::text COLLATE "C") FROM pg_amop m WHERE m.amopfamily = ${family} AND ${counts('pg_amop', 'm')}),
      (SELECT string_agg('function ' || m.amprocnum || CASE WHEN ${hasTypes} THEN ' (' || format_type(m.amproclefttype, NULL) || ', ' || format_type(m.amprocrighttype, NULL) || ')' ELSE '' END || ' ' || m.amproc::oid::regprocedure::text, ', '
          ORDER BY m.amprocnum, m.amproc::oid::regprocedure::text COLLATE "C") FROM pg_amproc m WHERE m.amprocfamily = ${family} AND ${counts('pg_amproc', 'm')})`;

/** Operator classes, each with its own members, and with those of the family that was made with it. */
const operatorClasses = `
  SELECT 'operator class', s.name || '.' || quote_ident(c.opcname) || ' using ' || a.amname, NULL::text, concat_ws(' ',
      CASE WHEN c.opcdefault THEN 'default' END, 'for type', format_type(c.opcintype, NULL),
      'family ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname),
      CASE WHEN c.opckeytype <> 0 THEN 'storage ' || format_type(c.opckeytype, NULL) END,
      ${members(
        'c.opcfamily',
        'm.amproclefttype <> m.amprocrighttype',
        (catalog, own) =>
          `(${belongsToClass(catalog, own, ' AND d.refobjid = c.oid')} OR c.opcname = f.opfname AND c.opcnamespace = f.opfnamespace AND NOT ${belongsToClass(catalog, own, '')})`,
      )}), NULL
    FROM pg_opclass c JOIN space s ON s.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_namespace n ON n.oid = f.opfnamespace
   WHERE ${notMember('pg_opclass', 'c')}`;

/** Operator families that no class of their name brought, with what was added to them. */
const operatorFamilies = `
  SELECT 'operator family', s.name || '.' || quote_ident(f.opfname) || ' using ' || a.amname, NULL::text, concat_ws(' ', 'family',
      ${members('f.oid', 'true', (catalog, own) => `NOT ${belongsToClass(catalog, own, '')}`)}), NULL
    FROM pg_opfamily f JOIN space s ON s.oid = f.opfnamespace JOIN pg_am a ON a.oid = f.opfmethod
   WHERE NOT ${isOfClass('f')} AND ${notMember('pg_opfamily', 'f')}`;

/** An operator; its commutator and negator are named, and stand once they are made themselves. */
function createOperator(name: string, text: string): string {
  const open = name.lastIndexOf('(');
  const [left = '', right = ''] = splitOuter(insideBrackets(name.slice(open)));
  const parts = clausesOf(text, [
    'returns',
    'by',
    'commutator',
    'negator',
    'restrict',
    'join',
    'hashes',
    'merges',
  ]);
  const settings = [
    ...(left.toUpperCase() === 'NONE' ? [] : [`LEFTARG = ${left}`]),
    ...(right.toUpperCase() === 'NONE' ? [] : [`RIGHTARG = ${right}`]),
    `FUNCTION = ${parts.by}`,
    ...(parts.commutator === undefined ? [] : [`COMMUTATOR = ${operatorReference(parts.commutator)}`]),
    ...(parts.negator === undefined ? [] : [`NEGATOR = ${operatorReference(parts.negator)}`]),
    ...(parts.restrict === undefined ? [] : [`RESTRICT = ${parts.restrict}`]),
    ...(parts.join === undefined ? [] : [`JOIN = ${parts.join}`]),
    ...(parts.hashes === undefined ? [] : ['HASHES']),
    ...(parts.merges === undefined ? [] : ['MERGES']),
  ];
  return `CREATE OPERATOR ${name.slice(0, open)} (${settings.join(', ')})`;
}

/** An operator class, with what is in the family that is made with it. */
function createOperatorClass(name: string, text: string): string {
  const [own = '', method = ''] = splitOuter(name, 'using');
  const parts = clausesOf(text, ['default', 'for type', 'family', 'storage']);
  const last = parts.storage ?? parts.family ?? '';
  const [, first = last, members = ''] = /^(.*?)(?: ((?:operator|function) \d+ .*))?$/s.exec(last) ?? [];
  const family = parts.storage === undefined ? first : (parts.family ?? '');
  const lines = [
    ...operatorMembers(members).map(({ added }) => added),
    ...(parts.storage === undefined ? [] : [`STORAGE ${first}`]),
  ];
  return `CREATE OPERATOR CLASS ${own}${parts.default === undefined ? '' : ' DEFAULT'} FOR TYPE ${parts['for type']} USING ${method}${
    family === own ? '' : ` FAMILY ${family}`
  } AS ${lines.join(', ')}`;
}

/** An operator family, and what was added to it and belongs to no class. */
function createOperatorFamily(name: string, text: string): readonly string[] {
  const members = operatorMembers(text.replace(/^family ?/, '')).map(({ added }) => added);
  return [
    `CREATE OPERATOR FAMILY ${name}`,
    ...(members.length > 0 ? [`ALTER OPERATOR FAMILY ${name} ADD ${members.join(', ')}`] : []),
  ];
}

const operatorKeywords = [
  'returns',
  'by',
  'commutator',
  'negator',
  'restrict',
  'join',
  'hashes',
  'merges',
] as const;

/** An operator: its estimators can be changed, all else is what it is. */
function alterOperator({ name, before, after }: ObjectChange): Alteration {
  const was = clausesOf(before.text, operatorKeywords);
  const is = clausesOf(after.text, operatorKeywords);
  const changed = operatorKeywords.filter((key) => was[key] !== is[key]);
  if (changed.some((key) => key !== 'restrict' && key !== 'join')) return recreate;
  const settings = changed.map((key) => `${key.toUpperCase()} = ${is[key] ?? 'NONE'}`);
  return steps(`ALTER OPERATOR ${operatorName(name)} SET (${settings.join(', ')})`);
}

/** What was added to an operator family, and what was taken out of it. */
function alterOperatorFamily({ name, before, after }: ObjectChange): Alteration {
  const [was, is] = [before, after].map(({ text }) => operatorMembers(text.replace(/^family ?/, '')));
  const isIn = (list: typeof was, added: string): boolean =>
    list?.some((one) => one.added === added) ?? false;
  const dropped = (was ?? []).filter(({ added }) => !isIn(is, added)).map((member) => member.dropped);
  const added = (is ?? []).filter((member) => !isIn(was, member.added)).map((member) => member.added);
  return steps(
    ...(dropped.length > 0 ? [`ALTER OPERATOR FAMILY ${name} DROP ${dropped.join(', ')}`] : []),
    ...(added.length > 0 ? [`ALTER OPERATOR FAMILY ${name} ADD ${added.join(', ')}`] : []),
  );
}

/** A class whose family was made with it: the family would stay behind. */
function dropOperatorClass(name: string, text: string): string {
  const [, base = '', method = ''] = /^(.*) using (\S+)$/s.exec(name) ?? [];
  const family = / family ((?:"(?:[^"]|"")*"|[^."\s]+)\.(?:"(?:[^"]|"")*"|[^."\s]+))/.exec(text)?.[1];
  return `DROP OPERATOR ${family === base ? 'FAMILY' : 'CLASS'} ${base} USING ${method}`;
}

const classKey = `'operator class ' || ${qualified('s.name', 'c.opcname')} || ' using ' || a.amname`;

/** The class that a member of a family belongs to; null where it belongs to the family alone. */
const ofClass = (catalog: string): string =>
  `(SELECT ${classKey} FROM pg_depend d JOIN pg_opclass c ON c.oid = d.refobjid JOIN space s ON s.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod
      WHERE d.classid = '${catalog}'::regclass AND d.objid = m.oid AND d.refclassid = 'pg_opclass'::regclass LIMIT 1)`;

export const operator = {
  operator: {
    read: [{ sql: operators, rare: 'code' }],
    rows: {
      pg_operator: `SELECT o.oid, 0, 'operator ' || o.oid::regoperator::text FROM pg_operator o JOIN space s ON s.oid = o.oprnamespace`,
    },
    create: ({ name, text }) => [createOperator(name, text)],
    alter: alterOperator,
    drop: ({ name }) => [`DROP OPERATOR ${operatorName(name)}`],
  },
  'operator family': {
    read: [{ sql: operatorFamilies, rare: 'code' }],
    rows: {
      pg_opfamily: `SELECT f.oid, 0, f.key FROM own_family f`,
      pg_amop: `SELECT m.oid, 0, coalesce(${ofClass('pg_amop')}, f.key) FROM pg_amop m JOIN own_family f ON f.oid = m.amopfamily`,
      pg_amproc: `SELECT m.oid, 0, coalesce(${ofClass('pg_amproc')}, f.key) FROM pg_amproc m JOIN own_family f ON f.oid = m.amprocfamily`,
    },
    create: ({ name, text }) => createOperatorFamily(name, text),
    alter: alterOperatorFamily,
    drop: ({ name }) => [`DROP OPERATOR FAMILY ${name}`],
  },
  'operator class': {
    read: [{ sql: operatorClasses, rare: 'code' }],
    rows: {
      pg_opclass: `SELECT c.oid, 0, 'operator class ' || ${qualified('s.name', 'c.opcname')} || ' using ' || a.amname
    FROM pg_opclass c JOIN space s ON s.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod`,
    },
    create: ({ name, text }) => [createOperatorClass(name, text)],
    alter: remake,
    drop: ({ name, text }) => [dropOperatorClass(name, text)],
  },
} satisfies Families;
