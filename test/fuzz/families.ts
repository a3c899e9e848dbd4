import { answers } from './families/answers.ts';
import { bundle } from './families/bundle.ts';
import { commandLines } from './families/command-lines.ts';
import { directives } from './families/directives.ts';
import { intakes } from './families/intakes.ts';
import { ledgers } from './families/ledgers.ts';
import { leftovers } from './families/leftovers.ts';
import { locks } from './families/locks.ts';
import { madeLedgers } from './families/made-ledgers.ts';
import { names } from './families/names.ts';
import { poolers } from './families/poolers.ts';
import { sources } from './families/sources.ts';
import { urls } from './families/urls.ts';
import { variables } from './families/variables.ts';
import type { Family } from './family.ts';

type Maker = (root: string) => Promise<Family>;

const maker =
  <Input>(make: (root: string) => Family<Input> | Promise<Family<Input>>): Maker =>
  async (root) =>
    (await make(root)) as Family;

/** Every family by its name, in the order in which they are tried; each is made from the project's root. */
export const makers: Readonly<Record<string, Maker>> = {
  urls: maker(urls),
  variables: maker(variables),
  'command-lines': maker(commandLines),
  sources: maker(sources),
  names: maker(names),
  directives: maker(directives),
  locks: maker(locks),
  ledgers: maker(ledgers),
  'made-ledgers': maker(madeLedgers),
  leftovers: maker(leftovers),
  answers: maker(answers),
  poolers: maker(poolers),
  intakes: maker(intakes),
  bundle: maker(bundle),
};
