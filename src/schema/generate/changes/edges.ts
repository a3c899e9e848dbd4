import { kindOf, nameOf, parentOf, splitPart } from '../../catalog/index.ts';
import { relationKinds, traitsOf } from '../../kinds.ts';
import { createdWith } from '../../objects/brought-by.ts';
import type { AlterContext } from '../../objects/common/alteration.ts';
import { dependentsOf } from '../../objects/common/dependents.ts';
import { ownerOf } from '../../objects/sequence/create.ts';
import { parentsOf } from '../../objects/table/alter.ts';
import { type Mentions, mentionsOf } from '../order-mentions.ts';
import { type ViewCircles, viewCircles } from '../view-circles.ts';
import { clash } from './clash.ts';
import type { Dispositions } from './disposition.ts';

/** When something is done: before all else, while things go, while they come and change, after them. */
export type Phase = 'first' | 'drop' | 'do' | 'last';

/** What must come before what: `phase kind name`. */
export class Edges {
  private readonly dispositions: Dispositions;
  private readonly context: AlterContext;
  private readonly dependents: ReadonlyMap<string, readonly string[]>;
  private readonly dropsByClash: ReadonlyMap<string, string>;
  private readonly byParent: ReadonlyMap<string, readonly string[]>;
  /** What goes along with what is dropped. */
  private readonly taken: ReadonlyMap<string, readonly string[]>;
  /** What comes along with what is made. */
  private readonly brought: ReadonlyMap<string, readonly string[]>;

  /** Of views that select from each other: as they are to be, and as they are. */
  private readonly circles: ViewCircles;
  private readonly mentions: Mentions;
  private readonly broken: ViewCircles;

  constructor(dispositions: Dispositions, { before, after, ...rest }: AlterContext) {
    this.dispositions = dispositions;
    this.circles = viewCircles(after);
    this.broken = viewCircles(before);
    const context = {
      ...rest,
      before: { ...before, dependencies: this.broken.dependencies },
      after: { ...after, dependencies: this.circles.dependencies },
    };
    this.context = context;
    this.mentions = mentionsOf(after);
    this.dependents = dependentsOf(context.before.dependencies);
    const gone = [...dispositions].filter(([, { way }]) => way === 'drop');
    this.dropsByClash = new Map(
      gone.flatMap(([object]) => {
        const there = context.before.snapshot.get(object);
        return there === undefined ? [] : [[clash(there), `drop ${object}`] as const];
      }),
    );
    this.byParent = groupBy([...dispositions.keys()], parentOf);
    const implied = [...dispositions].flatMap(([object, { way }]) => (way === 'implied' ? [object] : []));
    this.taken = groupBy(implied, (object) => this.holderOf(object));
    this.brought = groupBy(implied, (object) => this.bringerOf(object));
  }

  /** What must be done before something is done to an object. */
  before(phase: Phase, object: string): ReadonlySet<string> {
    const found = new Set<string>();
    if (phase === 'drop') this.beforeDrop(object, found);
    if (phase === 'do') this.beforeDo(object, found);
    if (phase === 'last') this.beforeLast(object, found);
    found.delete(`${phase} ${object}`);
    return found;
  }

  /** What depends on it, and on what goes along with it. */
  private beforeDrop(object: string, found: Set<string>): void {
    const isForGood = this.dispositions.get(object)?.way === 'drop';
    for (const member of this.broken.members.get(object) ?? []) found.add(`first ${member}`);
    for (const part of [object, ...(this.taken.get(object) ?? [])])
      for (const other of this.dependents.get(part) ?? []) {
        const holder = this.holderOf(other);
        if (holder !== null) found.add(`drop ${holder}`);
        if (this.dispositions.get(other)?.way !== 'steps') continue;
        found.add(`first ${other}`);
        if (isForGood) found.add(`do ${other}`);
      }
  }

  /** What is dropped so that an object goes: itself, or what takes it along; null where it stays. */
  private holderOf(object: string, seen: readonly string[] = []): string | null {
    const way = this.dispositions.get(object)?.way;
    if (way === 'drop' || way === 'recreate') return object;
    const { before, after } = this.context;
    if (way !== 'implied' || after.snapshot.has(object) || seen.includes(object)) return null;
    const parent = before.snapshot.get(object)?.parent;
    const wholes = relationKinds.map((kind) => `${kind} ${parent}`);
    const keyed = keyColumns(before.snapshot.get(object)?.text ?? '', parent ?? '');
    const isWithin = (other: string): boolean =>
      keyed === null ? before.snapshot.get(other)?.parent === parent : keyed.has(other);
    const needs = [...(before.dependencies.get(object) ?? [])];
    // A foreign key goes with its own table and columns; the table that it points to does not go while it is there.
    const candidates = [...wholes, ...needs.filter(isWithin), ...needs.filter((need) => !isWithin(need))];
    for (const candidate of candidates.filter((other) => before.snapshot.has(other))) {
      const holder = this.holderOf(candidate, [...seen, object]);
      if (holder !== null) return holder;
    }
    return null;
  }

  /** What it needs as it is to be, and what had to go first. */
  private beforeDo(object: string, found: Set<string>): void {
    const { before, after } = this.context;
    found.add(`drop ${object}`).add(`first ${object}`);
    const wanted = after.snapshot.get(object);
    const clashing = wanted === undefined ? undefined : this.dropsByClash.get(clash(wanted));
    if (clashing !== undefined) found.add(clashing);
    for (const part of [object, ...(this.brought.get(object) ?? [])])
      for (const need of after.dependencies.get(part) ?? before.dependencies.get(part) ?? []) {
        found.add(`first ${need}`).add(`do ${need}`);
        for (const bringer of this.bringersOf(need)) found.add(bringer);
      }
    this.beforeGiving(object, found);
    for (const named of this.named(object)) found.add(`first ${named}`).add(`do ${named}`);
    if (this.dispositions.get(object)?.way === 'steps')
      for (const other of this.dependents.get(object) ?? []) found.add(`drop ${other}`);
    const table = kindOf(object) === 'table' ? nameOf(object) : (splitPart(nameOf(object))?.parent ?? '');
    for (const parent of parentsOf(after.snapshot.get(`table ${table}`)?.text)) {
      if (kindOf(object) === 'column') found.add(`do column ${parent}.${splitPart(nameOf(object))?.own}`);
      if (kindOf(object) === 'table')
        for (const other of this.byParent.get(parent) ?? [])
          if (kindOf(other) === 'column') found.add(`do ${other}`);
    }
  }

  /** A sequence is given to a column when the table has its owner. */
  private beforeGiving(object: string, found: Set<string>): void {
    const { text = '' } = this.context.after.snapshot.get(object) ?? {};
    const owner = kindOf(object) === 'sequence' ? ownerOf(text) : null;
    const table = `table ${splitPart(owner ?? '')?.parent}`;
    if (owner !== null && this.dispositions.get(table)?.way === undefined)
      found.add(`do owner relation ${nameOf(table)}`);
  }

  /** What the body of a routine names: the server checks it when the routine is made. */
  private named(object: string): readonly string[] {
    if (!traitsOf(kindOf(object)).hasBody) return [];
    const { needs, maybe } = this.mentions;
    return [...(needs.get(object) ?? []), ...(maybe.get(object) ?? [])].filter((other) => other !== object);
  }

  /** What makes an object that comes with another. */
  private bringersOf(object: string): readonly string[] {
    if (this.dispositions.get(object)?.way !== 'implied') return [];
    const bringer = this.bringerOf(object);
    const { parent: table = '', own = '' } = splitPart(nameOf(object)) ?? {};
    const parents = parentsOf(this.context.after.snapshot.get(`table ${table}`)?.text);
    return [
      ...(bringer === null ? [] : [`do ${bringer}`]),
      ...parents.flatMap((parent) => [`do ${kindOf(object)} ${parent}.${own}`, `last table ${table}`]),
    ];
  }

  /** What is made so that an object comes; null where that is not another. */
  private bringerOf(object: string): string | null {
    const bringer = createdWith(object, this.context.after);
    return bringer !== null && this.dispositions.get(bringer)?.way === 'implied'
      ? this.bringerOf(bringer)
      : bringer;
  }

  private beforeLast(object: string, found: Set<string>): void {
    found.add(`do ${object}`).add(`first ${object}`);
    for (const member of this.circles.members.get(object) ?? []) found.add(`do ${member}`);
    const owner = ownerOf(this.context.after.snapshot.get(object)?.text ?? '');
    if (kindOf(object) === 'sequence' && owner !== null)
      found.add(`do column ${owner}`).add(`do table ${splitPart(owner)?.parent}`);
    this.beforeGiving(object, found);
    const tables = [nameOf(object), ...parentsOf(this.context.after.snapshot.get(object)?.text)];
    for (const table of tables) {
      found.add(`do table ${table}`);
      for (const other of this.byParent.get(table) ?? []) {
        const isPart = traitsOf(kindOf(other)).isNeededByParent;
        if (isPart) found.add(`do ${other}`).add(`drop ${other}`);
      }
    }
  }
}

/** The columns that a foreign key is on, not those that it points to, be it in the same table; null for what is none. */
function keyColumns(text: string, table: string): ReadonlySet<string> | null {
  const [, list] = /^FOREIGN KEY \(((?:"(?:[^"]|"")*"|[^()"])*)\)/.exec(text) ?? [];
  const names = list?.match(/"(?:[^"]|"")*"|[^\s,"]+/g);
  return names ? new Set(names.map((own) => `column ${table}.${own}`)) : null;
}

function groupBy(objects: readonly string[], key: (object: string) => string | null): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const object of objects) {
    const found = key(object);
    if (found === null) continue;
    const group = groups.get(found);
    if (group === undefined) groups.set(found, [object]);
    else group.push(object);
  }
  return groups;
}
