/**
 * Reads a result file of jest and prints `PASSED FAILED SKIPPED`. A test file that could not run counts as a
 * failure, and so does a run that failed for another reason or left no result.
 * usage: node tally.mjs RESULT EXIT_CODE
 */
import { readFileSync } from 'node:fs';

const [, , file = '', exitCode] = process.argv;

function tally() {
  let result;
  try {
    result = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [0, 1, 0];
  }
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const atLeast = exitCode === '0' ? 0 : 1;
  return [result.numPassedTests, Math.max(failed, atLeast), result.numPendingTests + result.numTodoTests];
}

process.stdout.write(`${tally().join(' ')}\n`);
