import type { SqlScript, Statement } from '../sql/index.ts';
import { commentLines, discardsSettings, isSetting } from '../sql/index.ts';
import { transactionControl } from '../sql/lint.ts';
import { type StatementGroup, splitProblem } from './groups.ts';

/**
 * The texts of the files that groups go into. Each begins with its directives, and with what the statements before it
 * have set in the session; comments stay ahead of the statement that they stood ahead of.
 *
 * @throws SlipwayError (65) for a temporary table, which is gone when its file ends.
 */
export function textsOf(script: SqlScript, groups: readonly StatementGroup[]): string[] {
  refuseSections(script);
  const pieces = piecesOf(script);
  const directives = directivesIn(script).filter((line) => !/slipway:\s*no-transaction/.test(line));
  const ofTransactions = /slipway:\s*isolation\b/;
  let settings: readonly Statement[] = [];
  return groups.map(({ isOutside, isolation, statements }, at) => {
    const temporary = at < groups.length - 1 ? statements.find(isTemporary) : undefined;
    if (temporary) {
      throw splitProblem(
        script,
        temporary,
        'a temporary table, which is gone when its file ends',
        'Make it an ordinary table, and drop it in the last statement.',
      );
    }
    const header = [
      ...(isOutside ? ['-- slipway: no-transaction'] : []),
      ...(isolation === null ? [] : [`-- slipway: isolation ${isolation}`]),
      ...directives.filter((line) => !(isOutside || isolation !== null) || !ofTransactions.test(line)),
      ...settings.map(({ start, end }) => `${script.text.slice(start, end)};`),
    ];
    const body = statements.map((statement) => pieces.get(statement.start) ?? '');
    if (at === groups.length - 1) body.push(pieces.get(atEnd) ?? '');
    settings = statements.reduce(settingsAfter, settings);
    const text = body.join('').replace(/^\n+/, '').trimEnd();
    return `${[...header, text].join('\n')}\n`;
  });
}

/** The settings of the session, in order, after one more statement. */
function settingsAfter(settings: readonly Statement[], statement: Statement): readonly Statement[] {
  const { words } = statement;
  if (discardsSettings(statement)) return [];
  const said = words.join(' ');
  // RESET ALL leaves the role as it is, and RESET SESSION AUTHORIZATION all else (PostgreSQL docs, RESET).
  if (said === 'RESET ALL') return settings.filter(isAboutRole);
  if (said === 'RESET SESSION AUTHORIZATION' || said === 'SET SESSION AUTHORIZATION DEFAULT')
    return settings.filter((one) => !isAboutRole(one));
  return isKept(statement) ? [...settings, statement] : settings;
}

const isAboutRole = ({ words }: Statement): boolean =>
  /^(?:SET|RESET) (?:SESSION )?(?:ROLE|AUTHORIZATION)\b/i.test(words.slice(0, 3).join(' '));

/** Whether a statement decides about those after it in the session, its transaction's end or not. */
const isKept = (statement: Statement): boolean =>
  isSetting(statement) ||
  (statement.words[0] === 'SELECT' &&
    statement.words.slice(0, 4).some((word) => word.toLowerCase() === 'set_config') &&
    !/, true \)$/i.test(statement.words.join(' ')));

const sectionMark = /^[ \t]*--[ \t]*slipway:[ \t]*(?:keep|end)\b/gm;

/** @throws SlipwayError (65) for the first line of a section that a squash keeps: it may be of several files. */
function refuseSections(script: SqlScript): void {
  const [start] = commentLines(script, sectionMark);
  if (start !== undefined) {
    throw splitProblem(
      script,
      { start },
      'a section that a squash keeps cannot be split',
      'Take the lines keep and end out, split the file, and write them around the same statements again.',
    );
  }
}

const isTemporary = ({ words }: Statement): boolean =>
  words[0] === 'CREATE' && words.slice(1, 4).some((word) => word === 'TEMP' || word === 'TEMPORARY');

/** In the place of a statement: the comments after the last one. */
const atEnd = -1;

/** By where a statement begins: its text with the comments ahead of it, and what follows it in its line. */
function piecesOf(script: SqlScript): ReadonlyMap<number, string> {
  const { text, segments } = script;
  const dataEnds = new Map(
    segments.flatMap((segment) =>
      segment.kind === 'copy' ? [[segment.statement.start, segment.dataEnd] as const] : [],
    ),
  );
  const pieces = new Map<number, string>();
  let from = 0;
  let comments = '';
  for (const statement of script.statements) {
    const { start, end } = statement;
    const dataEnd = dataEnds.get(start);
    const to = dataEnd === undefined ? endOfLine(text, end) : lineEndAt(text, dataEnd);
    if (transactionControl(statement) !== null) {
      comments += text.slice(from, start);
      from = to;
      continue;
    }
    const piece = text.slice(from, to);
    const isEnded = dataEnd !== undefined || text.slice(end, to).includes(';');
    const whole = isEnded ? piece : `${text.slice(from, end)};${text.slice(end, to)}`;
    const ahead = start - from;
    const ended = whole.endsWith('\n') ? whole : `${whole}\n`;
    pieces.set(start, `${withoutDirectives(`${comments}${ended.slice(0, ahead)}`)}${ended.slice(ahead)}`);
    comments = '';
    from = to;
  }
  pieces.set(atEnd, withoutDirectives(`${comments}${text.slice(from)}`));
  return pieces;
}

/** After a statement's semicolon, and after its line where nothing but a comment follows there. */
function endOfLine(text: SqlScript['text'], end: number): number {
  const semicolon = /^\s*;/.exec(text.slice(end, end + 10_000))?.[0].length ?? 0;
  const lineEnd = lineEndAt(text, end + semicolon);
  const rest = text.slice(end + semicolon, lineEnd);
  return /^[ \t]*(?:--[^\n]*)?\n?$/.test(rest) ? lineEnd : end + semicolon;
}

function lineEndAt(text: SqlScript['text'], at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline + 1;
}

const directive = /^[ \t]*--[ \t]*slipway:[^\n]*\n?/gm;

/** The directives in the first comment lines of a file. */
function directivesIn({ text, statements }: SqlScript): string[] {
  const head = text.slice(0, statements.at(0)?.start ?? 0);
  return [...head.matchAll(directive)].map(([line]) => line.trim());
}

const withoutDirectives = (piece: string): string => piece.replaceAll(directive, '');
