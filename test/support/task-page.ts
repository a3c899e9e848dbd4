import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'tasks');

/** What a page of docs/tasks/ shows under one heading. */
export interface Deploy {
  /** The migrations, path -> SQL. */
  readonly files: Readonly<Record<string, string>>;
  /** The statements of the application that serves while the files run; empty: that of before. */
  readonly serving: readonly string[];
  /** Those of the application that replaces it afterwards; empty: it goes on. */
  readonly next: readonly string[];
}

/** A page of docs/tasks/, taken apart. */
export interface TaskPage {
  /** What is shown as the wrong way. */
  readonly naive: string;
  /** What `slipway check` says of that, a line each. */
  readonly said: readonly string[];
  /** In their order; what stands before the first heading is one, too, where it has files. */
  readonly deploys: readonly Deploy[];
  readonly text: string;
}

/** What stands in a block of code, and the path that the line before it names. */
interface Block {
  readonly language: string;
  readonly code: string;
  readonly path: string | null;
}

const blocksOf = (text: string): Block[] =>
  [...text.matchAll(/(?:`(migrations\/\d{14}_\w+\.sql)`:\n\n)?^```(\w+)\n(.*?)^```/gms)].map(
    ([, path = null, language = '', code = '']) => ({ path, language, code }),
  );

const statementsOf = (code: string): string[] =>
  code
    .trim()
    .split(/;\n?/)
    .filter((one) => one !== '');

function deployOf(section: string): Deploy {
  const blocks = blocksOf(section).filter(({ language }) => language === 'sql');
  const first = blocks.findIndex(({ path }) => path !== null);
  const application = (some: readonly Block[]): string[] =>
    some.flatMap(({ path, code }) => (path === null ? statementsOf(code) : []));
  return {
    files: Object.fromEntries(blocks.flatMap(({ path, code }) => (path === null ? [] : [[path, code]]))),
    serving: application(blocks.slice(0, first)),
    next: application(blocks.slice(first)),
  };
}

/**
 * Reads a page of docs/tasks/: under "In one statement" stands the wrong way, under each "Deploy N" the files, with what
 * the application runs before them and after them.
 *
 * @param name of the page, e.g. `rename`.
 */
export function readTaskPage(name: string): TaskPage {
  const text = readFileSync(join(folder, `${name}.md`), 'utf8');
  const [intro = '', ...sections] = text.split(/^## /m);
  const wrong = blocksOf(sections.find((section) => section.startsWith('In one statement')) ?? '');
  const inLanguage = (wanted: string): string =>
    wrong.flatMap(({ language, code }) => (language === wanted ? [code] : [])).join('');
  return {
    naive: inLanguage('sql'),
    said: inLanguage('text')
      .split('\n')
      .filter((line) => line !== ''),
    deploys: [intro, ...sections.filter((section) => section.startsWith('Deploy '))]
      .map(deployOf)
      .filter(({ files }) => Object.keys(files).length > 0),
    text,
  };
}

/** The baseline with the tables that all of the pages change. */
export function taskTables(): string {
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  return blocksOf(text).find(({ language }) => language === 'sql')?.code ?? '';
}
