import { connectionSettings, type Setting, settings } from '../config/index.ts';
import { exitCodes, version } from '../core/index.ts';
import type { Command } from './command.ts';
import { commands } from './table.ts';

const common: readonly (readonly [string, string])[] = [
  ['--json', 'the result as JSON on stdout; the log stays on stderr'],
  ['--debug', 'log everything, with stack traces'],
  ['--help', 'this text, or that of a command'],
  ['--version', 'the version'],
];

/** The text of `slipway --help`. */
export async function helpForAll(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]): Promise<[string, string]> => {
      const { positionals, summary } = await load();
      return [positionals === '' ? name : `${name} ${positionals}`, summary];
    }),
  );
  const own = settings.filter((setting) => !connectionSettings.includes(setting));
  return [
    `slipway ${version}: waits for PostgreSQL, brings its schema to the version in this image, proves it, exits`,
    '',
    'Usage: slipway COMMAND [OPTION...]',
    ...section('Commands', lines),
    ...section('Options of every command', common),
    ...section('The server', connectionSettings.map(variableLine)),
    ...section('Settings, by variable or by option', own.map(variableLine)),
    ...section(
      'Exit codes (* try again)',
      Object.values(exitCodes).map(({ code, meaning, again }) => [`${code}${again ? ' *' : ''}`, meaning]),
    ),
  ].join('\n');
}

/** The text of `slipway COMMAND --help`. */
export function helpForCommand(name: string, command: Command): string {
  const own = Object.entries(command.options).map(([option, { placeholder, summary }]): [string, string] => [
    `--${option}${placeholder ? ` ${placeholder}` : ''}`,
    summary,
  ]);
  const positionals = command.positionals === '' ? '' : ` ${command.positionals}`;
  return [
    `Usage: slipway ${name}${positionals} [OPTION...]`,
    '',
    ...wrap(command.description, 100),
    ...(own.length > 0 ? section('Options', own) : []),
    ...section('Options of every command', common),
    ...section('Settings', settings.filter(({ flag }) => flag !== null).map(variableLine)),
  ].join('\n');
}

function variableLine({
  variable,
  flag,
  placeholder,
  fallback,
  summary,
  isSecret,
}: Setting): [string, string] {
  const option = flag === null ? '' : `, ${flag}${placeholder ? ` ${placeholder}` : ''}`;
  const file = isSecret ? ' (or _FILE)' : '';
  return [`${variable}${file}${option}`, fallback === '' ? summary : `${summary} [${fallback}]`];
}

function section(title: string, lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(46, Math.max(...lines.map(([name]) => name.length)));
  return [
    '',
    `${title}:`,
    ...lines.flatMap(([name, text]) =>
      name.length > width
        ? [`  ${name}`, `  ${' '.repeat(width)}  ${text}`]
        : [`  ${name.padEnd(width)}  ${text}`],
    ),
  ];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
