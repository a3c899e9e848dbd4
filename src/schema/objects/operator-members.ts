import { splitOuter } from './common/clauses.ts';

/** One member of an operator family or class, as it is added and as it is taken out of a family. */
interface OperatorMember {
  /** `OPERATOR 1 < (integer, bigint)`, `FUNCTION 1 (integer, bigint) f(integer,bigint)`. */
  readonly added: string;
  /** `OPERATOR 1 (integer, bigint)`. */
  readonly dropped: string;
}

/** The members that a description lists: `operator 1 <(integer,bigint), ... function 1 (integer, bigint) f(...)`. */
export const operatorMembers = (text: string): OperatorMember[] =>
  splitOuter(text.replaceAll(/(?:^|,) ?(?=function \d)| (?=function \d+ )/g, ', ')).map((member) => {
    const [, number = '', name = '', types = '', rest = ''] =
      /^operator (\d+) ([^(]*)\((.*?)\)( for order by .*)?$/s.exec(member) ?? [];
    if (number !== '')
      return {
        added: `OPERATOR ${number} ${name} (${splitOuter(types).join(', ')})${rest.replace(' for order by ', ' FOR ORDER BY ')}`,
        dropped: `OPERATOR ${number} (${splitOuter(types).join(', ')})`,
      };
    const [, at = '', of = '', call = ''] = /^function (\d+) (?:(\(.*?\)) )?(.*)$/s.exec(member) ?? [];
    return {
      added: `FUNCTION ${at} ${of === '' ? '' : `${of} `}${call}`,
      dropped: `FUNCTION ${at} ${of}`,
    };
  });
