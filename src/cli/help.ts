import type { CommandDefinition, Definition, OptionDefinition, SettingDefinition } from './definition.ts';

/** The text of `slipway --help`. */
export function helpForAll({ version, commands, options, settings, exitCodes }: Definition): string {
  return [
    `slipway ${version}: waits for PostgreSQL, brings its schema to the version in this image, proves it, exits`,
    '',
    'Usage: slipway COMMAND [OPTION...]',
    ...section(
      'Commands',
      commands.map(({ name, positionals, summary }) => [`${name} ${positionals}`.trim(), summary]),
    ),
    ...section('Options of every command', options.map(optionLine)),
    ...section('The server', settings.filter(({ isConnection }) => isConnection).map(settingLine)),
    ...section(
      'Settings, by variable or by option',
      settings.filter(({ isConnection }) => !isConnection).map(settingLine),
    ),
    ...section(
      'Exit codes (* try again)',
      exitCodes.map(({ code, meaning, again }) => [`${code}${again ? ' *' : ''}`, meaning]),
    ),
  ].join('\n');
}

/** The text of `slipway COMMAND --help`. */
export function helpForCommand(command: CommandDefinition, { options, settings }: Definition): string {
  return [
    `Usage: ${['slipway', command.name, command.positionals].join(' ').trim()} [OPTION...]`,
    '',
    ...wrap(command.description, 100),
    ...(command.options.length > 0 ? section('Options', command.options.map(optionLine)) : []),
    ...section('Options of every command', options.map(optionLine)),
    ...section('Settings', settings.filter(({ option }) => option !== null).map(settingLine)),
  ].join('\n');
}

const optionLine = ({ option, value, summary }: OptionDefinition): [string, string] => [
  value === null ? option : `${option} ${value}`,
  summary,
];

function settingLine({ variable, option, value, isSecret, ...setting }: SettingDefinition): [string, string] {
  const byOption = option === null ? '' : `, ${option}${value ? ` ${value}` : ''}`;
  const file = isSecret ? ' (or _FILE)' : '';
  const { summary, default: fallback } = setting;
  return [`${variable}${file}${byOption}`, fallback === '' ? summary : `${summary} [${fallback}]`];
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
