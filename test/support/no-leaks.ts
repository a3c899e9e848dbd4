import { takeLeaks } from './leaks.ts';
import { endHosts } from './warm.ts';

/** A secret that got out fails the test in which it did, also one that did not inspect the run. */
function assertNone(): void {
  const [leak] = takeLeaks();
  if (leak) throw leak;
}

afterEach(assertNone);
afterAll(assertNone);
afterAll(endHosts);
