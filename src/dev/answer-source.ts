import { join } from 'node:path';
import { findDesiredSchema, type GenerateRequest, generateOn, readHead } from '../autogenerate/index.ts';
import { SlipwayError } from '../core/index.ts';
import { namesOf, versionAt } from '../migrations/names.ts';
import type { Answer } from './answer.ts';
import { failureOfFiles, type ScratchCopy } from './scratch.ts';
import type { TrialSubject } from './watched.ts';

/** Writes the migration that leads from head to a desired schema, on a copy of the scratch database, and shows it. */
export async function answerSource(
  { app, shadow, building }: ScratchCopy,
  request: GenerateRequest,
  { file }: TrialSubject & { kind: 'source' },
  sinceSave: () => number,
): Promise<Answer> {
  const inside = { ...request, signal: app.signal, ask: null };
  const made = await generate(inside, { shadow, building }).catch(failureOfFiles);
  if (made instanceof SlipwayError) return { kind: 'failed', file, failure: made.failure, ms: sinceSave() };
  const { up, down, problems } = made;
  return { kind: 'generated', file, up, down, problems, ms: sinceSave() };
}

async function generate(
  request: GenerateRequest,
  copy: Pick<ScratchCopy, 'shadow' | 'building'>,
): Promise<Pick<Answer & { kind: 'generated' }, 'up' | 'down' | 'problems'>> {
  const { config } = request;
  const desired = await findDesiredSchema(request);
  const head = readHead(request);
  const version = versionAfter(head.set.head);
  const names = namesOf(version, 'change');
  const target = {
    version,
    name: 'change',
    up: join(config.migrations, names.up),
    down: join(config.migrations, names.down),
  };
  const outcome = await generateOn(request, desired, target, { ...copy, ...head, phase: () => undefined });
  return outcome.kind === 'same' ? { up: null, down: null, problems: [] } : outcome;
}

/** Any version that is newer than head: the migration is shown, and not written. */
function versionAfter(head: string): string {
  const now = versionAt(new Date());
  return head < now ? now : '99991231235959';
}
