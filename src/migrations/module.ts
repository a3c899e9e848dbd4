import * as nodeModule from 'node:module';
import { init, parse } from 'es-module-lexer/minimal';
import { SlipwayError } from '../core/index.ts';
import { placeAt, type Script, type Source } from '../sql/index.ts';
/** What a migration module may do with the database: the same connection, in the same transaction. */
export interface MigrationClient {
  /** Runs one statement, with parameters where given; resolves to its rows. */
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Record<string, unknown>[]; rowCount: number }>;
}

export interface MigrationModule {
  readonly up: ((context: { client: MigrationClient }) => unknown) | null;
  readonly down: ((context: { client: MigrationClient }) => unknown) | null;
}

/**
 * Loads a module from the very text that was checksummed, so that nothing but that text runs. It may import `node:`
 * modules only: what else it imported would escape the checksum.
 *
 * @throws SlipwayError (65) where it cannot be loaded, with the place where that is known.
 */
export async function loadModule({ source }: Script): Promise<MigrationModule> {
  const code = source.path.endsWith('.ts') ? stripTypes(source) : source.text.toString();
  await rejectImports(source, code);
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  pathOf.set(url, source.path);
  let namespace: Record<string, unknown>;
  try {
    namespace = (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw new SlipwayError(
      {
        exit: 'migration',
        place: thrownAt(source, error) ?? { file: source.path },
        message: `the module cannot be loaded: ${messageOf(error)}`,
        remedy: 'It must be an ECMAScript module (export function up), and import only `node:` modules.',
      },
      { cause: error },
    );
  }
  return { up: functionOf(namespace.up), down: functionOf(namespace.down) };
}

const functionOf = (value: unknown): MigrationModule['up'] =>
  typeof value === 'function' ? (value as NonNullable<MigrationModule['up']>) : null;

function stripTypes(source: Source): string {
  const strip = (nodeModule as { stripTypeScriptTypes?: (code: string) => string }).stripTypeScriptTypes;
  if (!strip) {
    throw new SlipwayError({
      exit: 'migration',
      place: { file: source.path },
      message: `Node ${process.versions.node} cannot run TypeScript`,
      remedy: 'Use Node 22.13 or later (the image has 24), or write the migration as .mjs or .sql.',
    });
  }
  try {
    return strip(source.text.toString());
  } catch (error) {
    throw new SlipwayError(
      {
        exit: 'migration',
        place: { file: source.path },
        message: `the types cannot be stripped: ${messageOf(error).split('\n')[0]}`,
        remedy: 'Only types that can be erased are allowed: no enum, namespace or parameter property.',
      },
      { cause: error },
    );
  }
}

async function rejectImports(source: Source, code: string): Promise<void> {
  await init;
  let imports: ReturnType<typeof parse>[0];
  try {
    [imports] = parse(code, source.path);
  } catch (error) {
    const at = (error as { idx?: unknown }).idx;
    throw new SlipwayError(
      {
        exit: 'migration',
        place: typeof at === 'number' ? placeAt(source, at) : { file: source.path },
        message: 'the module has a syntax error',
        remedy: `Try it: node --check ${source.path}`,
      },
      { cause: error },
    );
  }
  const foreign = imports.find(({ n, d }) => d !== -2 && !n?.startsWith('node:'));
  if (!foreign) return;
  throw new SlipwayError({
    exit: 'migration',
    place: placeAt(source, foreign.s),
    message:
      foreign.n === undefined
        ? 'it computes the name of an import when it runs'
        : `it imports "${foreign.n}"`,
    remedy:
      'A migration module imports only `node:` modules: what else it imports would escape its checksum. Copy what it needs into it.',
  });
}

/** The files of the modules that were loaded, by the URL of their text. */
const pathOf = new Map<string, string>();

interface ThrownAt {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a module's own code threw: its frames carry the data URL that it was loaded from. */
export function thrownAt(source: Source, error: unknown): ThrownAt | null {
  const frame = frameOf(error);
  return frame && { file: source.path, line: frame.line, column: frame.column };
}

/** Where the code of any module threw; null where it was none. */
export function thrownInModule(error: unknown): ThrownAt | null {
  const frame = frameOf(error);
  const file = frame ? pathOf.get(frame.url) : undefined;
  return frame === null || file === undefined ? null : { file, line: frame.line, column: frame.column };
}

function frameOf(error: unknown): { url: string; line: number; column: number } | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, url, line, column] =
    /(data:text\/javascript;base64,[A-Za-z0-9+/=]*):(\d+):(\d+)/.exec(stack) ?? [];
  return url === undefined ? null : { url, line: Number(line), column: Number(column) };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
