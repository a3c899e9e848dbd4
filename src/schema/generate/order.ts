import { kindOf, nameOf, parentOf } from '../catalog/index.ts';
import { kindsNamed, kindsWith, relationKinds, traitsOf } from '../kinds.ts';
import { createdWith } from '../objects/brought-by.ts';
import type { SchemaGraph } from '../objects/common/schema-graph.ts';
import { inlineConstraints } from '../objects/constraint/create.ts';
import type { Mentions } from './order-mentions.ts';
import { type ViewCircles, viewCircles } from './view-circles.ts';

/** One thing to write: an object that stands by itself, or what hangs on it. */
export interface Entry {
  readonly object: string;
  /** Of a table: the constraints that stand in its CREATE. */
  readonly inline: readonly string[];
  /** What is made with it: a table's columns, their sequences. */
  readonly brought: readonly string[];
  /** What all of that needs. */
  readonly needs: readonly string[];
  /** Of a view in a circle: whether it stands in for its columns, or is replaced by its definition. */
  readonly view?: 'standIn' | 'definition';
}

/** What is written together, with nothing between. */
export type Group = readonly Entry[];

export interface Order {
  readonly groups: readonly Group[];
  /** Objects that need each other, so that none can be first. */
  readonly circular: readonly string[];
  /** Whether a routine stands before something that its body names. */
  readonly hasUncheckable: boolean;
}

const heads = kindsWith(({ made }) => made === 'alone');
const followers = kindsWith(({ made }) => made === 'behind');
/** What an object hangs on: the relation it belongs to, or what its comment, owner or grants are about. */
function headOf(object: string, { snapshot, dependencies }: SchemaGraph): string | null {
  const kind = kindOf(object);
  if (heads.includes(kind)) return null;
  const ofRelation = (name: string): string | undefined =>
    kindsNamed('relation')
      .map((one) => `${one} ${name}`)
      .find((one) => snapshot.has(one));
  const parent = kind === 'statistics' ? (snapshot.get(object)?.parent ?? null) : parentOf(object);
  const relation = parent === null ? undefined : ofRelation(parent);
  if (relation !== undefined) return relation;
  for (const needed of dependencies.get(object) ?? []) {
    if (heads.includes(kindOf(needed)) && kindOf(needed) !== 'schema') return needed;
    const head = heads.includes(kindOf(needed)) ? null : headOf(needed, { snapshot, dependencies, major: 0 });
    if (head !== null) return head;
  }
  return [...(dependencies.get(object) ?? [])][0] ?? null;
}

/** Comments of a table, of its columns in their order, of all else. */
function rankOf(object: string, { snapshot }: SchemaGraph): string {
  const kind = kindOf(object);
  const rank = String(followers.indexOf(kind)).padStart(2, '0');
  const name = nameOf(object);
  if (kind !== 'comment') return `${rank} ${object}`;
  if (/^(?:table|view|materialized view|foreign table|sequence) (?!column |constraint )/.test(name))
    return `${rank} 0`;
  const [, parent = '', column] = /^\S.*? column (.*)\.("(?:[^"]|"")*"|[^".]+)$/s.exec(name) ?? [];
  if (column === undefined) return `${rank} 2 ${object}`;
  const at = (snapshot.get(`column order ${parent}`)?.text.split(', ') ?? []).indexOf(column);
  return `${rank} 1 ${String(at).padStart(5, '0')} ${object}`;
}

/** Puts the objects of a schema in an order that works, grouped as a person would group them. */
export function orderOf(graph: SchemaGraph, mentions: Mentions): Order {
  return new Ordering(graph, mentions).run();
}

class Ordering {
  private readonly groups: Entry[][] = [];
  private readonly done: Set<string>;
  private readonly busy = new Set<string>();
  private readonly circular = new Set<string>();
  private hasUncheckable = false;
  /** Head -> what hangs on it, in order. */
  private readonly hanging = new Map<string, string[]>();
  /** Bringer -> what it brings, directly or not. */
  private readonly brought = new Map<string, string[]>();
  private readonly bringers = new Map<string, string>();
  private postponed: string[] = [];
  private readonly graph: SchemaGraph;
  private readonly mentions: Mentions;
  private readonly circles: ViewCircles;

  constructor(graph: SchemaGraph, mentions: Mentions) {
    this.circles = viewCircles(graph);
    this.graph = { ...graph, dependencies: this.circles.dependencies };
    this.mentions = mentions;
    // What is given is there already; what hangs on it is written by itself.
    this.done = new Set(graph.given);
    const isKey = (object: string): boolean => kindOf(object) === 'constraint';
    const objects = [...graph.snapshot.keys()];
    for (const object of objects) {
      // A table decides itself which of its constraints it takes in.
      const bringer = isKey(object) ? null : this.bringerOf(object);
      if (bringer === null) continue;
      this.bringers.set(object, bringer);
      this.brought.set(bringer, [...(this.brought.get(bringer) ?? []), object]);
    }
    for (const object of objects) {
      if (this.bringers.has(object)) continue;
      const head = headOf(object, graph);
      const on = head === null ? null : (this.bringers.get(head) ?? head);
      if (on !== null) this.hanging.set(on, [...(this.hanging.get(on) ?? []), object]);
    }
    for (const list of this.hanging.values()) {
      const ranks = new Map(list.map((object) => [object, rankOf(object, graph)]));
      list.sort((a, b) => ((ranks.get(a) ?? '') < (ranks.get(b) ?? '') ? -1 : 1));
    }
  }

  private bringerOf(object: string): string | null {
    const bringer = createdWith(object, this.graph);
    return bringer === null ? null : (this.bringerOf(bringer) ?? bringer);
  }

  run(): Order {
    for (const kind of heads) {
      for (const object of this.graph.snapshot.keys())
        if (kindOf(object) === kind && !this.bringers.has(object)) this.write(object);
      this.retry();
    }
    for (const object of this.graph.snapshot.keys())
      if (!this.bringers.has(object) && !this.done.has(object)) this.write(object);
    for (const view of [...this.circles.members.keys()].sort())
      this.groups.push([{ ...this.entryOf(view, []), view: 'definition' }]);
    return {
      groups: this.groups.filter((group) => group.length > 0),
      circular: [...this.circular].sort(),
      hasUncheckable: this.hasUncheckable,
    };
  }

  private needsOf(object: string): readonly string[] {
    const all = [object, ...(this.brought.get(object) ?? [])];
    const own = new Set(all);
    const needs = all.flatMap((one) => [...(this.graph.dependencies.get(one) ?? [])]);
    return [...new Set(needs)].filter((needed) => !own.has(needed)).sort();
  }

  /** Writes an object, what it needs before it, and what hangs on it behind it. */
  private write(object: string): void {
    if (this.done.has(object) || this.busy.has(object)) return;
    this.busy.add(object);
    for (const needed of this.needsOf(object)) this.need(needed, object);
    for (const named of [...(this.mentions.needs.get(object) ?? [])].sort()) {
      if (this.leadsTo(named, object, new Set())) this.hasUncheckable = true;
      else this.need(named, object);
    }
    const constraints = kindOf(object) === 'table' ? inlineConstraints(nameOf(object), this.graph) : [];
    for (const constraint of constraints)
      for (const needed of this.needsOf(constraint))
        if (!this.leadsTo(needed, object, new Set())) this.need(needed, object);
    // What hangs on it needs routines, too: before it, so that nothing parts it from what hangs on it.
    for (const hanging of this.hanging.get(object) ?? [])
      for (const needed of this.needsOf(hanging))
        if (traitsOf(kindOf(needed)).is === 'routine' && !this.leadsToRelation(needed, new Set()))
          this.need(needed, hanging);
    const inline = constraints.filter(
      (one) =>
        !this.done.has(one) && this.needsOf(one).every((needed) => this.isThere(needed, object, constraints)),
    );
    for (const made of [object, ...inline]) this.finish(made);
    const group: Entry[] = [this.entryOf(object, inline)];
    this.groups.push(group);
    this.busy.delete(object);
    this.followAll(this.hanging.get(object) ?? [], group);
  }

  private entryOf(object: string, inline: readonly string[]): Entry {
    const brought = [...(this.brought.get(object) ?? []), ...inline];
    const needs = [object, ...inline].flatMap((one) => this.needsOf(one));
    return {
      object,
      inline,
      brought,
      needs,
      ...(this.circles.members.has(object) ? { view: 'standIn' as const } : {}),
    };
  }

  private finish(object: string): void {
    this.done.add(object);
    for (const brought of this.brought.get(object) ?? []) this.done.add(brought);
  }

  /** Whether what a constraint needs stands once its table does. */
  private isThere(needed: string, table: string, constraints: readonly string[]): boolean {
    const by = this.bringers.get(needed) ?? needed;
    return by === table || this.done.has(by) || constraints.includes(needed);
  }

  private need(needed: string, by: string): void {
    const object = this.bringers.get(needed) ?? needed;
    if (this.done.has(object)) return;
    if (this.busy.has(object)) {
      this.circular.add(by);
      return;
    }
    const head = headOf(object, this.graph);
    if (head !== null && !this.busy.has(head)) this.write(this.bringers.get(head) ?? head);
    if (!this.done.has(object)) this.write(object);
  }

  /** Whether an object needs another, by way of what is not there yet. */
  private leadsTo(from: string, to: string, seen: Set<string>): boolean {
    const object = this.bringers.get(from) ?? from;
    if (object === to) return true;
    if (this.done.has(object) || seen.has(object)) return false;
    if (this.busy.has(object)) return true;
    seen.add(object);
    const head = headOf(object, this.graph);
    const needs = [
      ...this.needsOf(object),
      ...(head === null ? [] : [head]),
      ...(this.mentions.needs.get(object) ?? []),
    ];
    return needs.some((needed) => this.leadsTo(needed, to, seen));
  }

  /** Whether it takes a relation that is not there yet. */
  private leadsToRelation(from: string, seen: Set<string>): boolean {
    const object = this.bringers.get(from) ?? from;
    if (this.done.has(object) || seen.has(object)) return false;
    if (this.busy.has(object) || relationKinds.includes(kindOf(object))) return true;
    seen.add(object);
    return [...this.needsOf(object), ...(this.mentions.needs.get(object) ?? [])].some((needed) =>
      this.leadsToRelation(needed, seen),
    );
  }

  /** Writes what hangs on something behind it, or later where it needs a relation that comes later. */
  private followAll(objects: readonly string[], first: Entry[]): void {
    let group = first;
    for (const object of objects) {
      if (this.done.has(object)) continue;
      const needs = this.needsOf(object);
      const seen = new Set<string>();
      if (needs.some((needed) => this.leadsToRelation(needed, seen))) {
        this.postponed.push(object);
        continue;
      }
      for (const needed of needs) this.need(needed, object);
      this.finish(object);
      // What was written meanwhile comes first, so that what follows it needs a group of its own.
      if (this.groups.at(-1) !== group) {
        group = [];
        this.groups.push(group);
      }
      group.push(this.entryOf(object, []));
      const hanging = this.hanging.get(object) ?? [];
      if (hanging.length > 0) {
        this.followAll(hanging, group);
        group = this.groups.at(-1) ?? group;
      }
    }
  }

  private retry(): void {
    for (;;) {
      const waiting = this.postponed;
      if (waiting.length === 0) return;
      this.postponed = [];
      const group: Entry[] = [];
      this.groups.push(group);
      this.followAll(waiting, group);
      if (this.postponed.length === waiting.length) return;
    }
  }
}
