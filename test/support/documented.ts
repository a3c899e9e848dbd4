import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { aliases, commands } from '../../src/cli/table.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'schemas');
const validators = new Map<string, ValidateFunction>();

const schemas = new Map<string, Schema>();

type Schema = { readonly oneOf?: unknown; readonly definitions: Readonly<Record<string, unknown>> };

function schemaOf(name: string): Schema {
  const schema = schemas.get(name) ?? JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'));
  schemas.set(name, schema);
  return schema;
}

/** A validator by the schema that users are given; of the log, for one event. */
function validatorOf(name: string, event?: string): ValidateFunction {
  const key = `${name} ${event}`;
  const known = validators.get(key);
  if (known) return known;
  const { oneOf, ...schema } = schemaOf(name);
  const ajv = addFormats.default(new Ajv.default({ allErrors: true, allowUnionTypes: true }));
  const made = ajv.compile(
    event === undefined ? schemaOf(name) : { ...schema, allOf: [{ $ref: `#/definitions/${event}` }] },
  );
  validators.set(key, made);
  return made;
}

/** What of a value is not as its schema says; null: nothing. */
export function contradiction(name: string, value: unknown): string | null {
  const validate = validatorOf(name);
  return validate(value) ? null : JSON.stringify(validate.errors, null, 1);
}

/** What of a line of the log is not as the schema of its event says; null: nothing. */
export function contradictionOfLine(line: Readonly<Record<string, unknown>>): string | null {
  const event = String(line.event);
  if (!Object.hasOwn(schemaOf('log').definitions, event)) return `no event is called ${event}`;
  const validate = validatorOf('log', event);
  return validate(line) ? null : JSON.stringify(validate.errors, null, 1);
}

/** The command of a command line. */
function commandOf(args: readonly string[]): string {
  const name = args.find((word) => Object.hasOwn(commands, word) || Object.hasOwn(aliases, word)) ?? 'up';
  return aliases[name]?.([])[0] ?? name;
}

/** @throws Error where a run printed or logged what docs/schemas does not say. */
export function expectDocumented(
  args: readonly string[],
  { stdout, logs }: { readonly stdout: string; readonly logs: readonly Readonly<Record<string, unknown>>[] },
): void {
  for (const line of logs) {
    const problem = line.event === undefined ? null : contradictionOfLine(line);
    if (problem)
      throw new Error(`not as docs/schemas/log.schema.json says: ${JSON.stringify(line)}\n${problem}`);
  }
  const command = commandOf(args);
  if (!args.includes('--json') || command === 'completion') return;
  const result = parsed(stdout);
  const problem = result === undefined ? null : contradiction(command, result);
  if (problem) throw new Error(`not as docs/schemas/${command}.schema.json says: ${stdout}\n${problem}`);
}

/** A result that was cut off is nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
