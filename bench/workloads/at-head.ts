import type { Bar, Bench, Findings, Workload } from '../bench.ts';
import { compare, type Measured, type Subject } from '../compare.ts';
import { inMs, markdownTable, ratio } from '../figures.ts';
import { emptyNode, nodeWithDriver, psqlQuery } from '../floors.ts';
import { longHistory } from '../history.ts';
import type { Node } from '../nodes.ts';
import type { Command, Target } from '../peer.ts';
import { commandOn, type Prepared, prepare, toolsOf } from '../prepared.ts';
import { runProcess, weighProcess } from '../run-process.ts';
import { slipwayPeer } from '../slipway.ts';

const length = 100;
/** A tool that needs longer to bring a database there is not measured. */
const mostToPrepareMs = 60_000;

const lockedName = slipwayPeer({ program: '', isLocked: true }).name;
const driver = 'node, pg, select 1';

interface AtHead {
  readonly prepared: Prepared;
  readonly target: Target;
}

/** A start where there is nothing to do, beside what other tools take for theirs. */
export const atHead: Workload = {
  name: 'at-head',
  async measure(bench): Promise<Findings> {
    const cells = new Map<string, string[]>();
    let bars: Bar[] = [];
    const columns: string[] = [];
    const { tools, failures } = await bringAll(bench);
    for (const node of bench.nodes) {
      bench.say(`at head, ${length} versions, Node ${node.major}`);
      const measured = await compare(subjectsOf(bench, node, tools), bench.rounds);
      fill(cells, columns.length, measured, failures);
      columns.push(`Node ${node.major}`);
      if (node === bench.node) bars = barsOf(measured);
    }
    for (const { prepared, target } of tools) {
      await bench.databases.drop(target);
      prepared.remove();
    }
    const weights = await weigh(bench);
    const rows = [...cells].map(([name, texts]) => [name, ...columns.map((_, at) => texts[at] ?? '')]);
    return {
      text: `${markdownTable([`${length} versions`, ...columns], rows)}\n\n${weights}`,
      bars: { title: `A start at head, ${length} versions, Node ${bench.node.major}`, bars },
    };
  },
};

/** How much memory a start takes. */
async function weigh(bench: Bench): Promise<string> {
  const { scratch, databases, program } = bench;
  const peer = slipwayPeer({ program, isLocked: true });
  const prepared = prepare(bench, peer, longHistory(length));
  const target = await databases.make();
  const rows: string[][] = [];
  for (const node of bench.nodes) {
    const command = commandOn(node, prepared, target);
    await runProcess(command);
    const mostOf = async (one: Command): Promise<string> => {
      const peaks: number[] = [];
      for (let n = 0; n < 5; n += 1) peaks.push((await weighProcess(one, scratch)).peakKib / 1024);
      return Math.max(...peaks).toFixed(0);
    };
    rows.push([
      `Node ${node.major}`,
      await mostOf(nodeWithDriver(node.path, scratch, target)),
      await mostOf(command),
    ]);
  }
  await databases.drop(target);
  prepared.remove();
  return markdownTable([`most memory, MiB, ${length} versions`, driver, lockedName], rows);
}

/** Brings a database of its own to head by each tool. */
async function bringAll(
  bench: Bench,
): Promise<{ readonly tools: AtHead[]; readonly failures: ReadonlyMap<string, string> }> {
  const tools: AtHead[] = [];
  const failures = new Map<string, string>();
  const history = longHistory(length);
  for (const peer of toolsOf(bench)) {
    bench.say(`at head, ${length} versions: ${peer.name} brings a database there`);
    const prepared = prepare(bench, peer, history);
    const target = await bench.databases.make();
    try {
      await runProcess(commandOn(bench.node, prepared, target), mostToPrepareMs);
      tools.push({ prepared, target });
    } catch (error) {
      bench.say(String(error));
      failures.set(peer.name, `not within ${mostToPrepareMs / 1000} s`);
      await bench.databases.drop(target);
      prepared.remove();
    }
  }
  return { tools, failures };
}

function subjectsOf(bench: Bench, node: Node, tools: readonly AtHead[]): Subject[] {
  const { scratch } = bench;
  const [any] = tools;
  if (any === undefined) throw new Error('no tool brought a database to head');
  const one = (name: string, command: Command): Subject => ({
    name,
    run: async () => (await runProcess(command)).ms,
  });
  return [
    one('node -e 0', emptyNode(node.path, scratch, any.target)),
    one(driver, nodeWithDriver(node.path, scratch, any.target)),
    one('psql, select 1', psqlQuery(scratch, any.target)),
    ...tools.map(({ prepared, target }) => one(prepared.peer.name, commandOn(node, prepared, target))),
  ];
}

/** Milliseconds, and how many times the floor that is: Node, the driver, and one query. */
function fill(
  cells: Map<string, string[]>,
  column: number,
  measured: readonly Measured[],
  failures: ReadonlyMap<string, string>,
): void {
  const of = (wanted: string): number => measured.find(({ name }) => name === wanted)?.medianMs ?? Number.NaN;
  const floor = of(driver);
  const put = (name: string, text: string): void => {
    const texts = cells.get(name) ?? [];
    texts[column] = text;
    cells.set(name, texts);
  };
  for (const { name, medianMs } of measured) put(name, `${inMs(medianMs)} (${ratio(medianMs, floor)})`);
  for (const [name, why] of failures) put(name, why);
}

const barsOf = (measured: readonly Measured[]): Bar[] =>
  measured.map(({ name, medianMs }) => ({ name, ms: medianMs, isOurs: name.startsWith('Slipway') }));
