import { type Alteration, manual, type ObjectChange, steps } from './common/alteration.ts';
import { compareOptions, splitOuter } from './common/clauses.ts';
import type { Families } from './family.ts';

/**
 * Subscriptions as they were asked for; not whether they run, and not by which slot: a shadow must not connect. Options
 * stand where they are not the server's default. The columns are named one by one, since not all may be read; a major
 * that lacks one finds it in `older`.
 */
const subscriptions = `
  SELECT 'subscription', quote_ident(s.subname), NULL::text, concat_ws('; ',
      'publications ' || (SELECT string_agg(quote_ident(x), ', ' ORDER BY x COLLATE "C") FROM unnest(s.subpublications) x),
      CASE WHEN s.subbinary THEN 'binary' END,
      CASE WHEN s.stream IN ('t', 'true') THEN 'streaming on'
        WHEN s.stream = 'p' AND older.version < 180000 THEN 'streaming parallel' WHEN s.stream IN ('f', 'false') AND older.version >= 180000 THEN 'streaming off' END,
      CASE WHEN s.twophase <> 'd' THEN 'two phase' END, CASE WHEN s.disables THEN 'disable on error' END,
      CASE WHEN NOT s.needspassword THEN 'without password' END, CASE WHEN s.asowner THEN 'run as owner' END,
      'origin ' || nullif(s.origin, 'any'), CASE WHEN s.failover THEN 'failover' END,
      'synchronous commit ' || nullif(s.subsynccommit, 'off')), NULL::jsonb
    FROM (SELECT current_setting('server_version_num')::int AS version, 'd'::"char" AS subtwophasestate, false AS subdisableonerr, true AS subpasswordrequired,
        false AS subrunasowner, 'any'::text AS suborigin, false AS subfailover) AS older
    CROSS JOIN LATERAL (SELECT x.subname, x.subpublications, x.subbinary, x.substream::text AS stream, x.subsynccommit,
        subtwophasestate AS twophase, subdisableonerr AS disables, subpasswordrequired AS needspassword, subrunasowner AS asowner, suborigin AS origin, subfailover AS failover
      FROM pg_subscription x WHERE x.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS s`;

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
function alterSubscription({ name, before, after }: ObjectChange): Alteration {
  const [was, is] = [partsOf(before.text), partsOf(after.text)];
  const { set, gone } = compareOptions(was, is);
  const changed = [...set.map(([word]) => word), ...gone];
  const other = changed.find((word) => word !== 'publications' && settable[word] === undefined);
  if (other !== undefined) return manual(`"${other}" can only be changed where the subscription is disabled`);
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

export const subscription = {
  subscription: {
    read: [{ sql: subscriptions, rare: 'others' }],
    create: () => null,
    alter: alterSubscription,
    drop: () => null,
  },
} satisfies Families;
