import type { SlipwayError } from './errors.ts';
import type { Migration } from './model.ts';
import type { SqlScript } from './sql.ts';

export declare function lint(
  migration: Pick<Migration, 'kind' | 'source' | 'directives'>,
  script: SqlScript,
): SlipwayError | null;
