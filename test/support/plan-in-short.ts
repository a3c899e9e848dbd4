import type { Plan } from '../../src/plan/types.ts';
import { numberOf } from './migration-set.ts';

/** A plan in one line, versions by their numbers. */
export function inShort(planned: Plan): string {
  switch (planned.kind) {
    case 'upToDate': {
      const ahead = planned.ahead.length > 0 ? `, ahead ${planned.ahead.map(numberOf).join(' ')}` : '';
      const newer =
        planned.newerBaseline === null ? '' : `, newer baseline ${numberOf(planned.newerBaseline)}`;
      return `at ${planned.version && numberOf(planned.version)}${ahead}${newer}`;
    }
    case 'run':
      return `from ${planned.from && numberOf(planned.from)}: ${planned.steps
        .map(
          ({ kind, migration }) =>
            `${kind} ${migration.kind === 'baseline' ? 'baseline ' : ''}${numberOf(migration.version)}`,
        )
        .join(', ')}`;
    case 'adopt':
      return `adopt ${numberOf(planned.version)}: ${planned.steps
        .map(({ kind, migration }) => `${kind} ${numberOf(migration.version)}`)
        .join(', ')}`;
    case 'refused': {
      const { refusal } = planned;
      switch (refusal.kind) {
        case 'drift':
          return `refused: drift ${numberOf(refusal.version)}`;
        case 'disagree':
          return `refused: ${refusal.disagreements
            .map(({ kind, version, carriedBy, start }) =>
              [kind, numberOf(version), carriedBy, start && `within ${numberOf(start)}`]
                .filter(Boolean)
                .join(' '),
            )
            .join(', ')}`;
        case 'ahead':
          return `refused: ahead ${[
            ...refusal.versions.map(numberOf),
            ...(refusal.newerBaseline === null ? [] : [`newer baseline ${numberOf(refusal.newerBaseline)}`]),
          ].join(' ')}, head ${numberOf(refusal.head)}`;
        case 'interrupted':
          return `refused: interrupted ${numberOf(refusal.row.version)}, ${refusal.migration ? 'with' : 'without'} file`;
        case 'newerLedger':
          return `refused: format ${refusal.format}`;
        case 'corrupt':
          return `refused: corrupt, ${refusal.problems.join(' and ')}`;
        case 'unmanaged':
        case 'droppingBaseline':
          return `refused: ${refusal.kind}, ${refusal.found.map(({ name }) => name).join(' ')}`;
      }
    }
  }
}
