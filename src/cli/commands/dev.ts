import { isatty } from 'node:tty';
import { nowMs, SlipwayError } from '../../core/index.ts';
import { type Answer, answerLines, buildingLine, dev, eventOfAnswer, watchingLine } from '../../dev/index.ts';
import { styler } from '../../log/index.ts';
import { type CommandOptions, command } from '../command.ts';
import type { DevEnded } from '../results.ts';

const options = {
  from: {
    type: 'string',
    placeholder: 'FILE',
    summary: 'watch a SQL file that describes the desired schema, and show what turns head into it',
  },
  rename: {
    type: 'string',
    placeholder: 'TABLE.OLD=NEW',
    isList: true,
    summary: 'with --from: as `new --from` takes it',
  },
  keep: {
    type: 'string',
    placeholder: 'PATTERN',
    isList: true,
    summary: 'with --from: as `new --from` takes it',
  },
} as const satisfies CommandOptions;

export const devCommand = command({
  summary: 'try the newest migration at each save, on a scratch database',
  positionals: '',
  options,
  description:
    'Builds a scratch database at the version before the newest migration, on SLIPWAY_SHADOW_URL or an embedded PostgreSQL, and watches the files. At each save it applies the migration to a copy of that database, tries its down file, and shows what they do to the schema or where they fail. On a terminal it shows that in words; elsewhere as events of the JSON log (watching, answer). It writes no file, and Ctrl-C leaves nothing behind.',
  isEndless: true,
  async run(context) {
    const { config, log, isJson, signal } = context;
    const isShown = !isJson && config.logFormat === 'pretty' && isatty(1);
    const startedAt = nowMs();
    let answers = 0;
    let watched = '';
    const answered = (answer: Answer): void => {
      answers += 1;
      if (isShown) context.print(['', ...answerLines(answer, styler)].join('\n'));
      else {
        const { fields, words } = eventOfAnswer(answer);
        log.info(fields, words);
      }
    };
    // What a module's timers throw, and its process.exit(), is the module's failure, and ends no watch.
    context.onStray((error) => {
      const { failure } = error;
      if (failure.exit !== 'migration') context.abort(error);
      else answered({ kind: 'failed', file: failure.place?.file ?? watched, failure, ms: 0 });
    });
    try {
      return await dev(context, {
        building: (trial) => {
          if (isShown) context.print(styler.dim(buildingLine(trial)));
          else log.info({ event: 'preparing' }, buildingLine(trial));
        },
        watching: (trial, server) => {
          const { subject, below } = trial;
          const file = subject.kind === 'source' ? subject.file : subject.migration.source.path;
          watched = file;
          if (isShown) return context.print(watchingLine(trial, server));
          const ms = Math.round(nowMs() - startedAt);
          log.info(
            { event: 'watching', file, at: below.head === '' ? null : below.head, server, ms },
            watchingLine(trial, server),
          );
        },
        answered,
      });
    } catch (error) {
      // It runs until it is told to end.
      if (!signal.aborted || !(signal.reason instanceof SlipwayError)) throw error;
      if (isJson) context.print(JSON.stringify({ answers } satisfies DevEnded));
      return signal.reason.code;
    } finally {
      context.onStray(null);
    }
  },
});
