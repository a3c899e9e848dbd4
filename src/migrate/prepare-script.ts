import { SlipwayError, throwAll } from '../core/index.ts';
import type { Log } from '../log/index.ts';
import { parseSql, type Script } from '../sql/index.ts';
import { leftOut } from '../sql/left-out.ts';
import { type LintedKind, lint } from '../sql/lint.ts';
import type { Body } from './body.ts';
import { leaveOut } from './dump.ts';

/**
 * Makes a script ready to run, and finds before anything runs what can be known of it by reading.
 *
 * @param log is told what of it is not sent; null: nobody is.
 * @throws SlipwayError (65) naming file, line and column.
 */
export async function prepareScript(
  script: Script,
  kind: LintedKind,
  direction: 'up' | 'down' = 'up',
  log: Log | null = null,
): Promise<Body> {
  if (script.directives.repeat && (script.format !== 'sql' || direction === 'down')) {
    throw new SlipwayError({
      exit: 'migration',
      place: { file: script.source.path },
      message: `${script.format === 'sql' ? 'a down file' : 'a module'} cannot be repeated`,
      remedy:
        script.format === 'sql'
          ? 'Remove the directive repeat: a version is undone in one transaction.'
          : 'Write the one statement as .sql; or remove the directive repeat.',
    });
  }
  if (script.format === 'sql') {
    const parsed = parseSql(script.source);
    throwAll(lint({ kind, source: script.source, directives: script.directives }, parsed));
    return { kind: 'sql', script: leaveOut(parsed, leftOut(parsed), log) };
  }
  if (script.directives.noTransaction) {
    throw new SlipwayError({
      exit: 'migration',
      place: { file: script.source.path },
      message: 'a module cannot be no-transaction',
      remedy: 'Write its statements as .sql: those can be counted, and checked after an interruption.',
    });
  }
  const { loadModule } = await import('../migrations/module.ts');
  const module = await loadModule(script);
  const run = module[direction];
  if (run) return { kind: 'module', source: script.source, run };
  throw new SlipwayError({
    exit: 'migration',
    place: { file: script.source.path },
    message: `the module does not export a function "${direction}"`,
    remedy: `Write: export async function ${direction}({ client }) { await client.query('...'); }`,
  });
}
