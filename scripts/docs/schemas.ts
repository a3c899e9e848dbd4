import { join } from 'node:path';
import { createGenerator, type Definition, type Schema } from 'ts-json-schema-generator';
import type { Results } from '../../src/cli/results.ts';
import type { Events } from '../../src/log/events.ts';
import { markdownTable } from './text.ts';

/** Where the schemas lie, beside the pages; the npm package has them as well. */
export const schemaFolder = 'docs/schemas';

/** The types that the schemas are made of, each with its file. */
const types = {
  Results: 'src/cli/results.ts',
  Events: 'src/log/events.ts',
  Lock: 'src/lockfile/lockfile.ts',
} as const;

/** JSON Schema, draft 7, as far as it is made here. */
type Node = Definition & { readonly properties?: Readonly<Record<string, Node>> };

interface Whole {
  readonly root: Node;
  readonly definitions: Readonly<Record<string, Node>>;
}

const cache = new Map<string, Readonly<Record<keyof typeof types, Whole>>>();

/** The schemas of the types, as their files say. */
function generated(root: string): Readonly<Record<keyof typeof types, Whole>> {
  const made = cache.get(root) ?? generate(root);
  cache.set(root, made);
  return made;
}

function generate(root: string): Readonly<Record<keyof typeof types, Whole>> {
  const generator = createGenerator({
    path: join(root, `{${Object.values(types).join(',')}}`),
    tsconfig: join(root, 'tsconfig.json'),
    skipTypeCheck: true,
    topRef: false,
    expose: 'export',
    jsDoc: 'extended',
    additionalProperties: false,
    sortProps: false,
  });
  const whole = (type: keyof typeof types): Whole => {
    const { $schema: _, definitions = {}, ...root } = generator.createSchema(type) as Schema;
    return tidy({ root, definitions }) as Whole;
  };
  return { Results: whole('Results'), Events: whole('Events'), Lock: whole('Lock') };
}

/** With each description on one line. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === 'description' && typeof part === 'string' ? part.replaceAll(/\s+/g, ' ') : tidy(part),
    ]),
  );
}

/** A schema of its own, with what it refers to. */
function schemaOf(name: string, title: string, node: Node, definitions: Whole['definitions']): string {
  const { description, ...rest } = node;
  return `${JSON.stringify(
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: `${name}.schema.json`,
      title,
      ...(description === undefined ? {} : { description }),
      ...rest,
      definitions: Object.fromEntries(
        [...referredIn(node, definitions)].sort().map((key) => [key, definitions[key]]),
      ),
    },
    null,
    2,
  )}\n`;
}

function referredIn(
  node: unknown,
  definitions: Whole['definitions'],
  found = new Set<string>(),
): Set<string> {
  for (const [, pointer = ''] of JSON.stringify(node).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)) {
    const name = decodeURIComponent(pointer);
    if (found.has(name)) continue;
    found.add(name);
    referredIn(definitions[name], definitions, found);
  }
  return found;
}

/** Every schema: path -> text. */
export function writtenSchemas(root: string): ReadonlyMap<string, string> {
  const { Results, Lock } = generated(root);
  const texts = new Map<string, string>();
  const put = (name: keyof Results | 'log' | 'lock', text: string): void =>
    void texts.set(`${schemaFolder}/${name}.schema.json`, text);
  for (const [name, node] of Object.entries(Results.root.properties ?? {})) {
    const command = name as keyof Results;
    put(command, schemaOf(command, `slipway ${command} --json`, node, Results.definitions));
  }
  put('log', logSchema(root));
  const editable = { ...Lock.root.properties, $schema: { type: 'string' } } as const;
  const lock = { ...Lock.root, properties: editable } as Node;
  put('lock', schemaOf('lock', 'The lock file of Slipway', lock, Lock.definitions));
  return texts;
}

interface EventSchema {
  readonly name: keyof Events;
  readonly when: string;
  readonly levels: readonly string[];
  readonly fields: Readonly<Record<string, Node>>;
  readonly required: readonly string[];
}

/** The events, in the order of their table. */
function events(root: string): EventSchema[] {
  const { Events } = generated(root);
  return Object.entries(Events.root.properties ?? {}).map(([name, node]) => {
    const { level, fields } = node.properties ?? {};
    const shapes = (fields?.anyOf ?? [fields]) as readonly Node[];
    return {
      name: name as keyof Events,
      when: node.description ?? '',
      levels: ([level?.const ?? level?.enum].flat() as string[]).filter(Boolean),
      fields: Object.assign({}, ...shapes.map((shape) => shape?.properties ?? {})),
      required: (shapes[0]?.required ?? []).filter((field) =>
        shapes.every((shape) => shape.required?.includes(field)),
      ),
    };
  });
}

function logSchema(root: string): string {
  const all = events(root);
  const { definitions } = generated(root).Events;
  const common = { time: { type: 'string', format: 'date-time' }, msg: { type: 'string' } };
  const named = { type: 'string', description: 'With `--each`: the name of the database.' };
  const shapes = all.map(({ name, when, levels, fields, required }) => [
    name,
    {
      type: 'object',
      description: when,
      properties: {
        level: levels.length === 1 ? { const: levels[0] } : { enum: levels },
        ...common,
        event: { const: name },
        ...fields,
        database: fields.database ? { anyOf: [fields.database, named] } : named,
      },
      required: ['level', 'time', 'event', 'msg', ...required],
      additionalProperties: false,
    },
  ]);
  const node = { oneOf: all.map(({ name }) => ({ $ref: `#/definitions/${name}` })) } as Node;
  return schemaOf('log', 'A line of the log, as JSON', node, {
    ...definitions,
    ...Object.fromEntries(shapes),
  });
}

/** The events as a table. */
export const eventsTable = (root: string): string =>
  markdownTable(
    ['event', 'level', 'said when', 'fields'],
    events(root).map(({ name, levels, when, fields, required }) => [
      `\`${name}\``,
      levels.join(' or '),
      when,
      Object.entries(fields)
        .map(([field, node]) => fieldText(field, node, required.includes(field)))
        .join('<br>'),
    ]),
  );

function fieldText(field: string, node: Node, isRequired: boolean): string {
  const optional = isRequired ? '' : ', not always';
  const said = node.description === undefined ? '' : `: ${node.description}`;
  return `\`${field}\` (${typeText(node)}${optional})${said}`;
}

function typeText({ type, const: constant, enum: values, anyOf, items, $ref }: Node): string {
  if (constant !== undefined) return JSON.stringify(constant);
  if (values) return values.map((value) => JSON.stringify(value)).join(' or ');
  if (anyOf) return anyOf.map((part) => typeText(part as Node)).join(' or ');
  if ($ref) return 'object';
  if (type === 'array' && items && !Array.isArray(items)) return `list of ${typeText(items as Node)}`;
  return [type].flat().join(' or ');
}

/** The schemas of what the commands print, with their files. */
export const schemasTable = (root: string): string =>
  markdownTable(
    ['what', 'its schema'],
    [...writtenSchemas(root)].map(([path, text]) => [
      String((JSON.parse(text) as { title: string }).title),
      `[${path}](schemas/${path.slice(schemaFolder.length + 1)})`,
    ]),
  );
