/** A random history of a schema: what its migrations do, one after the other. */

interface Column {
  readonly name: string;
  readonly type: Type;
  readonly isNotNull: boolean;
}

interface Table {
  readonly name: string;
  readonly key: 'integer' | 'serial' | 'identity';
  readonly columns: readonly Column[];
  /** The table that its column `up` points to. */
  readonly up: string | null;
  /** Every number that a row had, those that were deleted since included. */
  readonly ids: readonly number[];
}

interface Type {
  readonly sql: string;
  readonly values: readonly string[];
}

const types: readonly Type[] = [
  { sql: 'integer', values: ['0', '-7', '2147483647'] },
  { sql: 'bigint', values: ['1', '9007199254740993'] },
  { sql: 'numeric(12,2)', values: ['0.10', '-3.00', '1234567890.12'] },
  { sql: 'double precision', values: ["'NaN'", '0.1', '1e-300'] },
  { sql: 'text', values: ["'plain'", "'it''s'", `E'two\\nlines'`, `E'\\r\\t\\\\'`, "''", "'ä😀'"] },
  { sql: 'varchar(20)', values: ["'short'", "'-- no comment'"] },
  { sql: 'character(5)', values: ["'ab'", "'abcde'"] },
  { sql: 'boolean', values: ['true', 'false'] },
  { sql: 'date', values: ["'2024-02-29'", "'infinity'"] },
  { sql: 'timestamptz', values: ["'2024-01-01 00:00:00+02'", "'2024-06-30 12:00:00.123456+00'"] },
  { sql: 'interval', values: ["'1 day -02:03:04'", "'1 year'"] },
  { sql: 'jsonb', values: [`'{"a": [1, null]}'`, "'[]'"] },
  { sql: 'text[]', values: [`'{a,"b,c",NULL}'`, "'{}'"] },
  { sql: 'bytea', values: [`'\\x00ff'`] },
  { sql: 'uuid', values: ["'6b4b3f6e-4a8e-4a57-8d3e-0d4c8d3f0a01'"] },
  { sql: 'model.mood', values: ["'sad'", "'so so'"] },
];

/** Types that every value of another goes into. */
const wider: Readonly<Record<string, string>> = {
  integer: 'bigint',
  'varchar(20)': 'text',
  'numeric(12,2)': 'numeric(14,3)',
};

/** The schema as a history has it so far; each step changes it and says how, in SQL. */
export class Model {
  readonly #random: () => number;
  readonly #tables = new Map<string, Table>();
  readonly #views = new Map<string, string>();
  #names = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** What a history begins with. */
  begin(): string[] {
    return ['CREATE SCHEMA model', "CREATE TYPE model.mood AS ENUM ('sad', 'so so')", ...this.#createTable()];
  }

  /** The statements of the next migration. */
  step(): string[] {
    const statements: string[] = [];
    const changes = 1 + this.#below(3);
    while (statements.length < changes) {
      const change = this.#one([
        () => this.#createTable(),
        () => this.#onTable((table) => this.#alter(table)),
        () => this.#onTable((table) => this.#alter(table)),
        () => this.#onTable((table) => this.#drop(table)),
        () => this.#onTable((table) => this.#insert(table)),
        () => this.#onTable((table) => this.#insert(table)),
        () => this.#onTable((table) => this.#update(table)),
        () => this.#onTable((table) => this.#other(table)),
      ]);
      statements.push(...change());
    }
    return statements;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #one<T>(things: readonly T[]): T {
    return things[this.#below(things.length)] as T;
  }

  #name(kind: string): string {
    this.#names += 1;
    return this.#below(8) === 0 ? `"${kind} Nr ${this.#names}"` : `${kind}_${this.#names}`;
  }

  #onTable(work: (table: Table) => string[]): string[] {
    const tables = [...this.#tables.values()];
    return tables.length === 0 ? this.#createTable() : work(this.#one(tables));
  }

  #put(table: Table): void {
    this.#tables.set(table.name, table);
  }

  #isViewed = ({ name }: Table): boolean => [...this.#views.values()].includes(name);

  #createTable(): string[] {
    const columns = Array.from({ length: 1 + this.#below(4) }, () => this.#column());
    const table: Table = {
      name: `model.${this.#name('things')}`,
      key: this.#one(['integer', 'serial', 'identity'] as const),
      columns: columns.map(({ column }) => column),
      up: null,
      ids: [],
    };
    const up = [...this.#tables.keys(), table.name][this.#below(this.#tables.size + 3)] ?? null;
    const key = {
      integer: 'id integer PRIMARY KEY',
      serial: 'id serial PRIMARY KEY',
      identity: `id integer GENERATED ${this.#one(['ALWAYS', 'BY DEFAULT'])} AS IDENTITY PRIMARY KEY`,
    }[table.key];
    const reference = up === null ? [] : [`up integer REFERENCES ${up} (id)`];
    const made = { ...table, up };
    this.#put(made);
    return [
      `CREATE TABLE ${table.name} (\n  ${[key, ...columns.map(({ sql }) => sql), ...reference].join(',\n  ')}\n)`,
      ...(this.#below(2) === 0 ? this.#insert(made) : []),
    ];
  }

  #column(): { column: Column; sql: string } {
    const type = this.#one(types);
    const fallback = this.#below(2) === 0 ? this.#one(type.values) : null;
    const isNotNull = fallback !== null && this.#below(2) === 0;
    const name = this.#name('value');
    return {
      column: { name, type, isNotNull },
      sql: [
        name,
        type.sql,
        ...(isNotNull ? ['NOT NULL'] : []),
        ...(fallback ? [`DEFAULT ${fallback}`] : []),
      ].join(' '),
    };
  }

  #alter(table: Table): string[] {
    const { name, columns } = table;
    const column = columns.length > 0 ? this.#one(columns) : null;
    const alter = (what: string): string[] => [`ALTER TABLE ${name} ${what}`];
    const replace = (next: Column | null): void =>
      this.#put({ ...table, columns: columns.flatMap((one) => (one === column ? (next ?? []) : one)) });
    const choice = this.#below(7);
    if (choice === 0 || column === null) {
      const added = this.#column();
      this.#put({ ...table, columns: [...columns, added.column] });
      return alter(`ADD ${added.sql}`);
    }
    if (choice === 1) return alter(`ALTER ${column.name} SET DEFAULT ${this.#one(column.type.values)}`);
    if (choice === 2) return alter(`ALTER ${column.name} DROP DEFAULT`);
    if (choice === 3) {
      replace({ ...column, isNotNull: false });
      return alter(`ALTER ${column.name} DROP NOT NULL`);
    }
    if (this.#isViewed(table)) return [];
    if (choice === 4) {
      replace(null);
      return alter(`DROP ${column.name}`);
    }
    if (choice === 5) {
      const next = this.#name('renamed');
      replace({ ...column, name: next });
      return alter(`RENAME ${column.name} TO ${next}`);
    }
    const type = wider[column.type.sql];
    if (type === undefined) return [];
    replace({ ...column, type: { ...column.type, sql: type } });
    return alter(`ALTER ${column.name} TYPE ${type}`);
  }

  #drop(table: Table): string[] {
    if (this.#below(2) === 0) return this.#rename(table);
    this.#tables.delete(table.name);
    for (const [view, of] of this.#views) if (of === table.name) this.#views.delete(view);
    for (const other of this.#tables.values()) if (other.up === table.name) this.#put({ ...other, up: null });
    return [`DROP TABLE ${table.name} CASCADE`];
  }

  #rename(table: Table): string[] {
    const next = this.#name('renamed');
    this.#tables.delete(table.name);
    const name = `model.${next}`;
    this.#put({ ...table, name, up: table.up === table.name ? name : table.up });
    for (const other of this.#tables.values()) if (other.up === table.name) this.#put({ ...other, up: name });
    for (const [view, of] of this.#views) if (of === table.name) this.#views.set(view, name);
    return [`ALTER TABLE ${table.name} RENAME TO ${next}`];
  }

  #insert(table: Table): string[] {
    const { name, key, columns, ids, up } = table;
    const isNumbered = key === 'serial' && ids.length === 0 && this.#below(2) === 0;
    const first = Math.max(0, ...ids) + 1;
    const added = Array.from({ length: 1 + this.#below(3) }, (_, n) => first + n);
    const lines = added.map((id) => {
      const values = columns.map(({ type, isNotNull }) =>
        !isNotNull && this.#below(5) === 0 ? 'NULL' : this.#one(type.values),
      );
      // Of this very statement: whichever row comes first, the other one is not there yet.
      const above = up === name && this.#below(2) === 0 ? String(this.#one(added)) : 'NULL';
      return `(${[...(isNumbered ? [] : [id]), ...values, ...(up === null ? [] : [above])].join(', ')})`;
    });
    const names = [
      ...(isNumbered ? [] : ['id']),
      ...columns.map((column) => column.name),
      ...(up === null ? [] : ['up']),
    ];
    if (names.length === 0) return [];
    this.#put({ ...table, ids: [...ids, ...added] });
    const forced = key === 'identity' ? ' OVERRIDING SYSTEM VALUE' : '';
    return [
      `INSERT INTO ${name} (${names.join(', ')})${forced} VALUES ${lines.join(', ')}`,
      ...(up === null || up === name
        ? []
        : [`UPDATE ${name} SET up = (SELECT min(o.id) FROM ${up} o) WHERE id = ${first}`]),
    ];
  }

  #update({ name, columns, ids }: Table): string[] {
    const [column] = columns;
    if (!column || ids.length === 0) return [];
    return [
      `UPDATE ${name} SET ${column.name} = ${this.#one(column.type.values)} WHERE id = ${this.#one(ids)}`,
    ];
  }

  #other(table: Table): string[] {
    const { name, columns } = table;
    const column = columns.find(({ type }) => type.sql !== 'jsonb');
    const choice = this.#below(5);
    if (choice === 0 && column)
      return [`CREATE INDEX ${this.#name('by')} ON ${name} (${column.name}, id DESC)`];
    if (choice === 1) {
      const view = this.#name('view');
      this.#views.set(view, name);
      return [
        `CREATE VIEW model.${view} AS SELECT id, ${column?.name ?? '1 AS one'} FROM ${name} WHERE id > 0`,
      ];
    }
    if (choice === 2) return [`COMMENT ON TABLE ${name} IS ${this.#one(["'known'", "'it''s'", 'NULL'])}`];
    if (choice === 3)
      return [
        `ALTER TABLE ${name} ADD CONSTRAINT ${this.#name('check')} CHECK (id > -${1 + this.#below(9)})`,
      ];
    const isPointedTo = [...this.#tables.values()].some(({ up }) => up === name);
    return isPointedTo ? [] : [`DELETE FROM ${name} WHERE id = ${1 + this.#below(3)}`];
  }
}
