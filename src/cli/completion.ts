import type { CommandDefinition, Definition, OptionDefinition } from './definition.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof shells)[number];

export const isShell = (word: string): word is Shell => shells.some((shell) => shell === word);

/** The script that makes a shell complete what stands behind `slipway`. */
export const scriptFor = (shell: Shell, definition: Definition): string => scripts[shell](definition);

type Offered = Pick<OptionDefinition, 'option' | 'value' | 'summary'>;

/** The options that every command has. */
const shared = ({ options, settings }: Definition): readonly Offered[] => [
  ...options,
  ...settings.flatMap(({ option, value, summary }) => (option === null ? [] : [{ option, value, summary }])),
];

/** The words that may follow a command. */
function words({ name }: CommandDefinition, { commands }: Definition): readonly string[] {
  if (name === 'completion') return shells;
  return name === 'help' ? commands.map((one) => one.name) : [];
}

const isFile = (value: string | null): boolean => value !== null && /^(?:FILE|DIR|SOURCE)\b/.test(value);

/** The options of all commands whose value is a file, and those whose value is something else. */
function withValues(definition: Definition): { readonly files: string[]; readonly others: string[] } {
  const all = [...shared(definition), ...definition.commands.flatMap(({ options }) => options)];
  const named = (wanted: readonly Offered[]): string[] =>
    [...new Set(wanted.map(({ option }) => option))].sort();
  return {
    files: named(all.filter(({ value }) => isFile(value))),
    others: named(all.filter(({ value }) => value !== null && !isFile(value))),
  };
}

function bash(definition: Definition): string {
  const { files, others } = withValues(definition);
  const offered = (command: CommandDefinition): string =>
    [
      ...words(command, definition),
      ...[...command.options, ...shared(definition)].map(({ option }) => option),
    ].join(' ');
  return `_slipway() {
  local current=\${COMP_WORDS[COMP_CWORD]} command= word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      -*) ;;
      *) command=$word; break ;;
    esac
  done
  COMPREPLY=()
  case \${COMP_WORDS[COMP_CWORD-1]} in
    ${files.join('|')}) return ;;
    ${others.join('|')}) compopt +o default; return ;;
  esac
  case $command in
${definition.commands.map((command) => `    ${command.name}) words='${offered(command)}' ;;`).join('\n')}
    *) words='${definition.commands.map(({ name }) => name).join(' ')} --help --version' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _slipway slipway`;
}

/** A text in single quotes, for bash, zsh and fish alike: no backslash and no quote is in it. */
const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '’')}'`;

function zsh(definition: Definition): string {
  const { files, others } = withValues(definition);
  const described = (name: string, summary: string): string =>
    quoted(`${name.replaceAll(':', '\\:')}:${summary}`);
  const offered = (command: CommandDefinition): string =>
    [
      ...words(command, definition).map((word) => quoted(word)),
      ...[...command.options, ...shared(definition)].map(({ option, summary }) => described(option, summary)),
    ].join(' ');
  return `#compdef slipway
_slipway() {
  local command= word
  local -a offered
  for word in $words[2,CURRENT-1]; do
    [[ $word == -* ]] || { command=$word; break }
  done
  case $words[CURRENT-1] in
    ${files.join('|')}) _files; return ;;
    ${others.join('|')}) return ;;
  esac
  case $command in
${definition.commands.map((command) => `    ${command.name}) offered=(${offered(command)}) ;;`).join('\n')}
    *) offered=(${definition.commands.map(({ name, summary }) => described(name, summary)).join(' ')} --help --version) ;;
  esac
  _describe slipway offered
}
compdef _slipway slipway`;
}

function fish(definition: Definition): string {
  const names = definition.commands.map(({ name }) => name).join(' ');
  const option = (when: string, { option, value, summary }: Offered): string => {
    const kind = value === null ? '' : isFile(value) ? ' -rF' : ' -x';
    return `complete -c slipway${when} -l ${option.slice(2)}${kind} -d ${quoted(summary)}`;
  };
  return [
    'complete -c slipway -f',
    ...shared(definition).map((one) => option('', one)),
    ...definition.commands.flatMap((command) => {
      const given = ` -n '__fish_seen_subcommand_from ${command.name}'`;
      return [
        `complete -c slipway -n 'not __fish_seen_subcommand_from ${names}' -a ${command.name} -d ${quoted(command.summary)}`,
        ...words(command, definition).map((word) => `complete -c slipway${given} -a ${word}`),
        ...command.options.map((one) => option(given, one)),
      ];
    }),
  ].join('\n');
}

const scripts: Readonly<Record<Shell, (definition: Definition) => string>> = { bash, zsh, fish };
