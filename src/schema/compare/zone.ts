/** Hashes of an object that follows the time zone of the session that makes it, with the TimeZone of that. */
export interface Zoned {
  readonly zone: string;
  readonly text: string;
  readonly facets: Readonly<Record<string, string>>;
}

/** Names of the one zone without an offset (PostgreSQL docs, 8.5.3 Time Zones). */
const universal = /^(?:Etc\/)?(?:UTC|UCT|GMT|GMT[+-]?0|Greenwich|Universal|Zulu)$/i;

/** Whether two values of TimeZone show every moment alike, as far as their names tell; null is not known. */
export const isSameZone = (one: string | null, other: string | null): boolean =>
  one !== null &&
  other !== null &&
  (one.toLowerCase() === other.toLowerCase() || (universal.test(one) && universal.test(other)));

/** A moment as a description prints it, in UTC, with its seconds' fraction; else a time of day with its offset. */
const moments =
  /\b(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?\+00(?![\d:]| BC)|\b(\d\d:\d\d:\d\d(?:\.\d+)?)[+-]\d\d(?::\d\d)*/g;

/** A text, and the zone of the session that made what it describes; null: not known. */
export interface InZone {
  readonly text: string;
  readonly zone: string | null;
}

/**
 * Whether two descriptions are the same but for moments that clocks in the zones of their sessions show alike: what
 * made them was one literal without an offset, and it follows the zone alone, not the moment at which it ran.
 */
export function differByZone(one: InZone, other: InZone): boolean {
  const [mine, theirs] = [momentsIn(one.text), momentsIn(other.text)];
  if (one.text.replace(moments, '?') !== other.text.replace(moments, '?')) return false;
  const clocks = [clockOf(one.zone), clockOf(other.zone)] as const;
  return mine.every((moment, at) => {
    const twin = theirs[at] as RegExpExecArray;
    if (moment[0] === twin[0]) return true;
    const shown = clocks[0](moment);
    return shown !== null && shown === clocks[1](twin);
  });
}

const momentsIn = (text: string): RegExpExecArray[] => [...text.matchAll(moments)];

/** What clocks in a zone show at a moment; null where the zone is not one that is known here. */
function clockOf(zone: string | null): (moment: RegExpExecArray) => string | null {
  const format = formatOf(zone);
  return ([, year, month, day, hour, minute, second, fraction = '', time]) => {
    if (time !== undefined) return time;
    if (format === null) return null;
    const at = Date.UTC(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    );
    return Number.isNaN(at) ? null : `${format.format(at)}${fraction}`;
  };
}

function formatOf(zone: string | null): Intl.DateTimeFormat | null {
  if (zone === null) return null;
  const timeZone = universal.test(zone) ? 'UTC' : zone;
  const figures = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit' } as const;
  try {
    return new Intl.DateTimeFormat('en', {
      ...figures,
      era: 'short',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZone,
    });
  } catch {
    // A zone by its rule, such as <+02>-02: only the server knows it.
    return null;
  }
}
