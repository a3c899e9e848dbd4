import { after, type Contents, keyColumn, type Statement, sqlOf } from './contents.ts';
import { withRow } from './database.ts';
import type { Site } from './site.ts';
import type { Act, Outcome, World } from './world.ts';

async function byHand(
  world: World,
  site: Site,
  statement: Statement,
  undoing: readonly Statement[],
): Promise<Outcome | null> {
  const made = after(statement, world.database);
  if (made === null) return null;
  await site.sql(sqlOf(statement));
  return {
    label: `by hand: ${sqlOf(statement)}`,
    world: { ...world, database: { ...world.database, ...made }, undoing },
    codes: [],
    problems: [],
  };
}

/** Tables and columns that everything depends on stay. */
const mayGo = (object: string): boolean =>
  !/^table (?:trace|base)$|^column (?:trace|base)\.(?:id|kind|step)$|^column (?!base)/.test(object);

const drift: Act = (world, draw, site) => {
  const { objects } = world.database;
  const object = draw.one([...objects.keys()].filter(mayGo));
  if (object === undefined) return null;
  return byHand(world, site, { does: 'drop', object }, [
    ...world.undoing,
    ...makingOf(object, world.database),
  ]);
};

/** What makes an object as it is now. */
function makingOf(object: string, { objects }: Contents): Statement[] {
  const [kind = '', name = ''] = object.split(' ');
  const definition = objects.get(object) ?? '';
  if (kind === 'table') {
    const columns = [...objects]
      .filter(([other]) => other.startsWith(`column ${name}.`))
      .map(([other, type]): [string, string] => [other.slice(`column ${name}.`.length), type]);
    return [{ does: 'create table', table: name, columns }];
  }
  if (kind === 'column') {
    const [table = '', column = ''] = name.split('.');
    return [{ does: 'add column', table, column, definition }];
  }
  const [, unique, table = '', columns = ''] = /^(unique )?on (\w+) \((.*?)\)/.exec(definition) ?? [];
  return [
    {
      does: 'create index',
      index: name,
      table,
      columns: columns.split(', '),
      isUnique: unique !== undefined,
      isConcurrent: false,
    },
  ];
}

const change: Act = (world, draw, site) => {
  const column = draw.one(
    [...world.database.objects.keys()].filter((object) => /^column base\.[an]/.test(object)),
  );
  if (column === undefined) return null;
  const name = column.slice('column base.'.length);
  const was = /'(.*)'/.exec(world.database.objects.get(column) ?? '')?.[1] ?? null;
  const set = (value: string | null): Statement => ({
    does: 'set default',
    table: 'base',
    column: name,
    value,
  });
  return byHand(world, site, set('by hand'), [...world.undoing, set(was)]);
};

const extra: Act = (world, draw, site) => {
  const table = `extra_${draw.below(3)}`;
  return byHand(world, site, { does: 'create table', table, columns: [['id', keyColumn]] }, [
    ...world.undoing,
    { does: 'drop', object: `table ${table}` },
  ]);
};

/** Inside a table that the lock knows: rows alike are refused by it. */
const inside: Act = (world, draw, site) => {
  const tables = [...world.database.objects.keys()].filter((object) => /^table (?:base|t_)/.test(object));
  const table = draw.one(tables)?.slice('table '.length);
  if (table === undefined) return null;
  const index = `inside_${table}`;
  return byHand(
    world,
    site,
    { does: 'create index', index, table, columns: ['id'], isUnique: true, isConcurrent: false },
    [...world.undoing, { does: 'drop', object: `index ${index}` }],
  );
};

const undo: Act = (world, _, site) => {
  const statement = world.undoing.at(-1);
  return statement ? byHand(world, site, statement, world.undoing.slice(0, -1)) : null;
};

const dropLedger: Act = async (world, _, site) => {
  if (world.database.rows.length === 0) return null;
  await site.sql('DROP SCHEMA slipway CASCADE');
  return {
    label: 'by hand: the ledger is dropped',
    world: { ...world, database: { ...world.database, rows: [] } },
    codes: [],
    problems: [],
  };
};

const forgetRow: Act = async (world, _, site) => {
  const newest = world.database.rows.at(-1);
  if (newest === undefined) return null;
  await site.sql(`DELETE FROM slipway.ledger WHERE version = '${newest.version}'`);
  return {
    label: `by hand: the ledger's row of ${newest.version} is deleted`,
    world: { ...world, database: { ...world.database, rows: world.database.rows.slice(0, -1) } },
    codes: [],
    problems: [],
  };
};

/** As a kill in the middle of a long build leaves it: the row is running, and the index is there and invalid. */
const interrupt: Act = async (world, _, site) => {
  const { rows, objects } = world.database;
  const newest = rows.at(-1);
  const index = `i_${newest?.version}`;
  const definition = objects.get(`index ${index}`);
  if (newest === undefined || definition === undefined || definition.endsWith(' invalid')) return null;
  await site.sql(
    `UPDATE slipway.ledger SET state = 'running', finished_at = NULL WHERE version = '${newest.version}';
     UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.${index}'::regclass`,
  );
  const begun = withRow(world.database, { ...newest, state: 'running' });
  return {
    label: `as a build of ${index} that was cut off`,
    world: {
      ...world,
      database: { ...begun, objects: new Map(objects).set(`index ${index}`, `${definition} invalid`) },
    },
    codes: [],
    problems: [],
  };
};

/** What people do to a database without Slipway, and accidents. */
export const handiwork: Readonly<Record<string, Act>> = {
  drift,
  change,
  extra,
  inside,
  undo,
  dropLedger,
  forgetRow,
  interrupt,
};
