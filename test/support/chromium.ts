import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian's browser, which `.ci/engine.sh` installs; null where there is none. */
export function findChromium(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path)) ?? null;
}

/** So that it asks nothing of any network and keeps nothing; as root it has no sandbox. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--hide-scrollbars',
];

/**
 * Runs the browser once, with a profile of its own.
 *
 * @returns what it wrote to stdout. @throws Error where it fails, or takes longer than a minute.
 */
export async function runChromium(chromium: string, words: readonly string[]): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), 'slipway-chromium-'));
  try {
    const { stdout } = await run(chromium, [...flags, `--user-data-dir=${profile}`, ...words], {
      timeout: 60_000,
      killSignal: 'SIGKILL',
      maxBuffer: 64 << 20,
      env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
    });
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
