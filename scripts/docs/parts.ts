import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitionOf } from '../../src/cli/definition.ts';
import { helpForAll, helpForCommand } from '../../src/cli/help.ts';
import { commands } from '../../src/cli/table.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Setting } from '../../src/config/setting.ts';
import { connectionSettings, settings } from '../../src/config/settings.ts';
import { exitCodes } from '../../src/core/errors.ts';
import { SlipwayError } from '../../src/core/slipway-error.ts';
import { tools } from '../../src/inspect/evidence-tools.ts';
import { outside } from '../../src/schema/catalog/outside.ts';
import { kinds } from '../../src/schema/kinds.ts';
import { lockTable, lockTableFacts } from './lock-table.ts';
import { eventsTable, schemasTable } from './schemas.ts';
import { engineScores } from './scores.ts';
import { fence, markdownTable } from './text.ts';
import { findTried, triedText } from './tried.ts';

/** The pages that may hold generated parts. */
export const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'RELEASING.md',
  'SECURITY.md',
  'docs/commands.md',
  'docs/lock-and-drift.md',
  'docs/configuration.md',
  'docs/troubleshooting.md',
  'docs/containers.md',
  'docs/many-databases.md',
  'docs/writing-migrations.md',
  'docs/safety.md',
  'docs/tasks/README.md',
  'docs/tasks/add-a-column.md',
  'docs/tasks/change-a-type.md',
  'docs/tasks/add-a-constraint.md',
  'docs/tasks/backfill.md',
  'docs/tasks/rename.md',
  'docs/platforms.md',
  'docs/autogenerate.md',
  'docs/reliability.md',
  'docs/schema.md',
  'docs/report.md',
  'docs/events.md',
  'docs/coming-from/README.md',
] as const;

/** The manifest that names exit codes. */
const jobFile = 'deploy/kubernetes/job.yaml';

/** The files of deploy/ that list exit codes. */
export const jobFiles: readonly string[] = [
  jobFile,
  'deploy/kubernetes/each.yaml',
  'deploy/kubernetes/drift.yaml',
  'deploy/podman/trading-migrate.container',
  'deploy/helm/values.yaml',
];

/** The parts that commands of their own write, as `measured.ts` does. */
export const measured: readonly string[] = [
  'faults',
  'herds',
  'poolers',
  'recovery',
  'backfill',
  'model',
  'fuzz',
];

/** The parts that follow from the source alone: name -> Markdown. */
export async function writtenParts(root: string): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['compose', fence('yaml', readFileSync(join(root, 'deploy/compose/minimal.yaml'), 'utf8'))],
    ['platform', fence('sql', readFileSync(join(root, 'examples/supabase/sql/shadow.sql'), 'utf8'))],
    ['exit-codes', exitCodeTable()],
    ['pod-failure-policy', podFailurePolicy(root)],
    ['settings-server', settingsTable(connectionSettings)],
    ['settings-own', settingsTable(settings.filter((setting) => !connectionSettings.includes(setting)))],
    ['commands', await commandTable()],
    ['help', await helpTexts()],
    ['kinds', kindsTable()],
    ['outside', outsideTable()],
    ['rooms', roomsTable(root)],
    ['tools', toolsTable()],
    ['events', eventsTable(root)],
    ['schemas', schemasTable(root)],
    ['engine-scores', engineScores(root)],
    ['locks', lockTable()],
    ['lock-facts', lockTableFacts()],
    ['tried', triedText(await findTried(root))],
    ['says-secret', fence('text', secretThatCannotBeRead())],
  ]);
}

const exitCodeTable = (): string =>
  markdownTable(
    ['code', 'meaning', 'try again?'],
    Object.values(exitCodes).map(({ code, meaning, again }) => [
      String(code),
      meaning,
      again ? '**yes**' : code < 2 ? '' : 'no',
    ]),
  );

/** The rooms of src/ from top to bottom, with what their doors say of them. */
function roomsTable(root: string): string {
  const { layers } = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8')) as { layers: string[][] };
  return markdownTable(
    ['room', 'what it is for, and what it promises'],
    layers
      .flat()
      .map((room) => [
        `\`src/${room}${room.endsWith('.ts') ? '' : '/'}\``,
        docstringOf(
          readFileSync(join(root, 'src', room, ...(room.endsWith('.ts') ? [] : ['index.ts'])), 'utf8'),
        ),
      ]),
  );
}

/** The first docstring of a file, as one line. */
const docstringOf = (text: string): string =>
  (/\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '').replaceAll(/\s*\n \*\s?/g, ' ').trim();

/** The migration tools whose tables are recognised. */
const toolsTable = (): string =>
  markdownTable(
    ['tool', 'its table', 'told by', 'also its own', 'what removes it'],
    tools.map(({ name, table, columns, isExact, told = {}, companions = {}, keep }) => {
      const { byColumn, bySchema, byCompanion } = told;
      const also = [
        ...(byColumn === undefined ? [] : [`a column \`${byColumn}\``]),
        ...(bySchema === undefined ? [] : [`the schema \`${bySchema}\``]),
        ...(byCompanion ? ['a table of its own beside it'] : []),
      ].join(' or ');
      const named = Object.keys(columns).map((column) => `\`${column}\``);
      const mark = `the columns ${named.join(', ')}${isExact ? ' and no other' : ''}`;
      return [
        name,
        `\`${table}\``,
        also === '' ? mark : `${mark}; and ${also}`,
        Object.keys(companions)
          .map((companion) => `\`${companion}\``)
          .join(', '),
        keep ?? '`DROP TABLE`',
      ];
    }),
  );

const kindsTable = (): string =>
  markdownTable(
    ['kind', 'missing', 'changed', 'extra'],
    Object.entries(kinds).map(([kind, { missing, changed, extra }]) => [kind, missing, changed, extra]),
  );

const outsideTable = (): string =>
  markdownTable(
    ['what', 'why'],
    outside.map(({ what, why }) => [what, why]),
  );

/** A Job's manifest with the exit codes that trying again cannot help. */
export function withFinalCodes(job: string): string {
  const final = Object.values(exitCodes).filter(({ code, again }) => code > 1 && !again);
  const codes = final.map(({ code }) => code);
  return job
    .replace(/^(finalExitCodes: )\[[\d, ]+\]$/m, `$1[${codes.join(', ')}]`)
    .replace(/^( +values: )\[(1, )?[\d, ]+\]$/m, (_, head, no = '') => `${head}[${no}${codes.join(', ')}]`)
    .replace(/^(RestartPreventExitStatus=)[\d ]+$/m, `$1${codes.join(' ')}`);
}

/** The lines of the Job that say which exit codes end it. */
function podFailurePolicy(root: string): string {
  const job = withFinalCodes(readFileSync(join(root, jobFile), 'utf8'));
  const lines = /^ {2}podFailurePolicy:\n(?: {4}.*\n)+/m.exec(job)?.[0];
  if (lines === undefined) throw new Error(`${jobFile} has no podFailurePolicy`);
  return fence('yaml', lines.replaceAll(/^ {2}/gm, ''));
}

const settingsTable = (listed: readonly Setting[]): string =>
  markdownTable(
    ['variable', 'flag', 'default', ''],
    listed.map(({ variable, flag, placeholder, fallback, summary, isSecret }) => [
      `\`${variable}\`${isSecret ? ' (or `_FILE`)' : ''}`,
      flag === null ? '' : `\`${flag}${placeholder === null ? '' : ` ${placeholder}`}\``,
      fallback,
      summary,
    ]),
  );

const commandTable = async (): Promise<string> =>
  markdownTable(
    ['command', ''],
    (await definitionOf(commands)).commands.map(({ name, positionals, summary }) => [
      `\`slipway ${[name, positionals].join(' ').trim()}\``,
      summary,
    ]),
  );

async function helpTexts(): Promise<string> {
  const definition = await definitionOf(commands);
  const texts = [
    `## slipway\n\n${fence('text', helpForAll(definition))}`,
    ...definition.commands.map(
      (command) => `## slipway ${command.name}\n\n${fence('text', helpForCommand(command, definition))}`,
    ),
  ];
  return texts.join('\n');
}

/** Root reads every file, so this message cannot be had by running the program wherever the pages are made. */
function secretThatCannotBeRead(): string {
  const readFile = (path: string): null => {
    if (path.startsWith('.env')) return null;
    throw Object.assign(new Error(), { code: 'EACCES' });
  };
  try {
    loadConfig({
      flags: {},
      env: { PGPASSWORD_FILE: '/run/secrets/owner_password', PGUSER: 'postgres' },
      readFile,
      modeOf: () => null,
      user: { name: null, home: null, uid: 65532 },
      isTerminal: false,
    });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return `$ slipway up\n✗ ${error.message}\n    → ${error.failure.remedy}\nexit ${error.code}`;
  }
  throw new Error('a secret file that cannot be read was accepted');
}
