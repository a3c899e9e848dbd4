import { mappingTarget, optionsFacet, unwrittenReason } from '../create/remote.ts';
import { alterOptionList, readForeignOptions } from '../foreign-options.ts';
import { type Alteration, left, type ObjectChange, steps } from './alteration.ts';
import { compareOptions, splitOuter } from './clauses.ts';

/** A user mapping's options, where those that are not shown are the same by name. */
export function alterUserMapping({ kind, name, before, after }: ObjectChange): Alteration {
  const [was, is] = [before, after].map(({ facets }) => {
    const list = facets[optionsFacet];
    return list === 'none' ? '' : list;
  });
  const hidden = (list: string | undefined): string =>
    [...readForeignOptions(list)].flatMap(([option, value]) => (value === null ? [option] : [])).join();
  if (hidden(was) !== hidden(is)) return left(unwrittenReason(kind));
  const options = alterOptionList(was, is);
  return options === null ? steps() : steps(`ALTER USER MAPPING ${mappingTarget(name)} ${options}`);
}

/** What can be set of a subscription without asking its publisher, by how it is described. */
const settable: Readonly<Record<string, (value: string | undefined) => string>> = {
  binary: (value) => `binary = ${value !== undefined}`,
  streaming: (value) => `streaming = ${value ?? 'off'}`,
  'disable on error': (value) => `disable_on_error = ${value !== undefined}`,
  'run as owner': (value) => `run_as_owner = ${value !== undefined}`,
  origin: (value) => `origin = ${value ?? 'any'}`,
  'synchronous commit': (value) => `synchronous_commit = ${value ?? 'off'}`,
};

const partsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    splitOuter(text, ';').map((part) => {
      const word = ['publications', ...Object.keys(settable)].find(
        (one) => part === one || part.startsWith(`${one} `),
      );
      return [word ?? part, word === undefined ? '' : part.slice(word.length).trim()] as const;
    }),
  );

/** A subscription's publications and options; the publisher is not asked, and copies nothing by itself. */
export function alterSubscription({ name, before, after }: ObjectChange): Alteration {
  const [was, is] = [partsOf(before.text), partsOf(after.text)];
  const { set, gone } = compareOptions(was, is);
  const changed = [...set.map(([word]) => word), ...gone];
  const other = changed.find((word) => word !== 'publications' && settable[word] === undefined);
  if (other !== undefined) return left(`"${other}" can only be changed where the subscription is disabled`);
  const options = changed
    .filter((word) => word !== 'publications')
    .map((word) => settable[word]?.(is.get(word)));
  return steps(
    ...(changed.includes('publications')
      ? [`ALTER SUBSCRIPTION ${name} SET PUBLICATION ${is.get('publications')} WITH (refresh = false)`]
      : []),
    ...(options.length > 0 ? [`ALTER SUBSCRIPTION ${name} SET (${options.join(', ')})`] : []),
  );
}
