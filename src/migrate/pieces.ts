import type { StatementImpact } from '../impact/index.ts';
import type { Segment, SqlScript, Statement } from '../sql/index.ts';
import type { Body } from './body.ts';

/** What is run, and measured, as one. */
export interface Piece extends Pick<StatementImpact, 'start' | 'end' | 'words'> {
  readonly body: Body;
}

/** The statements of a file; rows that are inserted one after the other are one, and so is all that a module does. */
export function piecesOf(body: Body): Piece[] {
  if (body.kind === 'module') return [{ start: 0, end: 0, words: [], body }];
  return body.script.segments.flatMap((segment) =>
    segment.kind === 'copy'
      ? [{ ...spanOf(segment.statement), body: only(body.script, segment) }]
      : sqlPieces(body.script, segment),
  );
}

function sqlPieces(script: SqlScript, { statements }: Segment & { readonly kind: 'sql' }): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  while (from < statements.length) {
    const first = statements.at(from) as Statement;
    let to = from + 1;
    while (first.words[0] === 'INSERT' && statements.at(to)?.words[0] === 'INSERT') to += 1;
    const { end } = statements.at(to - 1) as Statement;
    const segment: Segment = { kind: 'sql', start: first.start, end, statements: statements.slice(from, to) };
    pieces.push({ ...spanOf(first), body: only(script, segment) });
    from = to;
  }
  return pieces;
}

const spanOf = ({ start, end, words }: Statement): Pick<Piece, 'start' | 'end' | 'words'> => ({
  start,
  end,
  words,
});

const only = (script: SqlScript, segment: Segment): Body => ({
  kind: 'sql',
  script: { ...script, segments: [segment] },
});

/** Whether nobody can tell from an empty table what a statement locks: it runs code, which may look at rows. */
export const dependsOnRows = ([first = '']: readonly string[]): boolean => first === 'DO' || first === 'CALL';
