import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSecret, linesWithSecret } from './secrets.ts';

/** The folder in which all processes of a test run note what they searched; unset where nobody counts. */
const folderVariable = 'SLIPWAY_TEST_LEAKS';

/** A secret was seen where none may be. */
export class SecretLeak extends Error {
  override readonly name = 'SecretLeak';
}

const leaks: SecretLeak[] = [];

/** Hands over the leaks that this test file has had so far, and forgets them. */
export const takeLeaks = (): readonly SecretLeak[] => leaks.splice(0);

function note(file: 'runs' | 'leaks', line: string): void {
  const folder = process.env[folderVariable];
  if (folder !== undefined) appendFileSync(join(folder, file), `${line}\n`);
}

/** Searches a text; a secret in it is noted, for the test that is running and for the end of all of them. */
export function searchForSecrets(place: string, text: string): SecretLeak | null {
  const form = findSecret(text);
  if (form === null) return null;
  const leak = new SecretLeak(`a secret, ${form}, in ${place}:\n${linesWithSecret(text)}`);
  leaks.push(leak);
  note('leaks', JSON.stringify(leak.message));
  return leak;
}

/** Something that has ended: how, and what it wrote. */
export interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Searches what a run of Slipway wrote, and counts the run. @throws SecretLeak */
export function searchRun(title: string, { code, stdout, stderr }: Ended): void {
  note('runs', String(code));
  const found = [
    searchForSecrets(`stdout of ${title}`, stdout),
    searchForSecrets(`stderr of ${title}`, stderr),
  ].find((leak) => leak !== null);
  if (found) throw found;
}

/** Has all processes that are started from here on count. */
export function startCounting(): void {
  process.env[folderVariable] = mkdtempSync(join(tmpdir(), 'slipway-leaks-'));
}

/** What was counted: the runs, those of them that did not end with 0, and the leaks. */
export function stopCounting(): { readonly runs: number; readonly failed: number; readonly leaks: string[] } {
  const folder = process.env[folderVariable] ?? '';
  const lines = (file: string): string[] => {
    try {
      return readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  };
  const codes = lines('runs');
  const found = lines('leaks').map((line) => JSON.parse(line) as string);
  rmSync(folder, { recursive: true, force: true });
  return { runs: codes.length, failed: codes.filter((code) => code !== '0').length, leaks: found };
}
