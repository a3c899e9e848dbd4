import { discardsSettings, isSetting, parseSql, type Statement } from '../sql/index.ts';
import { runsAlone } from '../sql/lint.ts';
import type { Body } from './body.ts';
import type { Work } from './step.ts';

/** One statement of a file that runs outside of a transaction. */
export interface StatementPart {
  readonly statement: Statement;
  /** Its place in the file, from 1. */
  readonly number: number;
  /** How many the file has. */
  readonly of: number;
  /** Whether nothing but settings stands before it. */
  readonly isFirst: boolean;
  /** Whether it is run by itself; any other shares a transaction with its number in the ledger. */
  readonly isAlone: boolean;
  /** The statements before it that set something in the session. */
  readonly settings: readonly Body[];
  /** That of the file, but its body is this statement. */
  readonly work: Work;
}

/** Whether a part is all of its file, and is done when the row of its version is: the ledger need not count. */
export const isCounted = ({ of, isAlone }: StatementPart): boolean => of > 1 || !isAlone;

/** The statements of a file in order; what only sets something is a part of those after it, unless nothing follows. */
export function partsOf(work: Work): StatementPart[] {
  const { body } = work;
  if (body.kind !== 'sql') return [];
  const { script } = body;
  const sent = new Set(script.statements.map(({ start }) => start));
  const all = parseSql(script.source).statements;
  let settings: readonly Body[] = [];
  const parts: StatementPart[] = [];
  let number = 0;
  for (const statement of all) {
    const statements = all.slice(number, number + 1);
    number += 1;
    if (!sent.has(statement.start)) continue;
    const { start, end } = statement;
    const only: Body = {
      kind: 'sql',
      script: { ...script, statements, segments: [{ kind: 'sql', start, end, statements }] },
    };
    if (isSetting(statement) && number < all.length) {
      settings = [...settings, only];
      continue;
    }
    parts.push({
      statement,
      number,
      of: all.length,
      isFirst: parts.length === 0,
      isAlone: runsAlone(statement),
      settings,
      work: {
        ...work,
        body: only,
        title: all.length === 1 ? work.title : `${work.title}, statement ${number} of ${all.length}`,
        proof: number === all.length ? work.proof : null,
      },
    });
    if (discardsSettings(statement)) settings = [];
  }
  return parts;
}
