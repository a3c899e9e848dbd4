import { kindOf, nameOf, parentOf, type SnapshotObject } from '../../catalog/index.ts';
import { traitsOf } from '../../kinds.ts';
import { type AlterContext, step } from '../../objects/common/alteration.ts';
import { enableAgain } from '../../objects/constraint/enforcement.ts';
import {
  alterPartitionConstraint,
  alterPartitionIndex,
  attachAgain,
  isOwnKey,
  partitionLacks,
  switchPartitionTrigger,
  tablesAbove,
} from '../../objects/partition/alter.ts';
import { type Disposition, manualDisposition, stepsDisposition } from './disposition.ts';

/** What brings a deviation about otherwise than by making it; null where it is made as others are. */
export function beginDeviation(
  object: string,
  { kind, name, text }: SnapshotObject,
  context: AlterContext,
): Disposition | null {
  const { after } = context;
  switch (kind) {
    case 'partition trigger':
      return stepsDisposition([step(switchPartitionTrigger(name, text, after.snapshot))]);
    case 'partition index options':
      return isOwnKey(text) && isOfSamePartition(object, context)
        ? stepsDisposition(
            attachAgain(name, null, text, after.snapshot.get(`table ${parentOf(object)}`)?.text),
          )
        : null;
    default:
      return traitsOf(kind).isLacked ? lackDisposition(object, context) : null;
  }
}

/** What takes a deviation back: nothing where it goes with what it is of, or where that is made again. */
export function endDeviation(object: string, context: AlterContext): Disposition {
  const { before, after } = context;
  const name = nameOf(object);
  const text = before.snapshot.get(object)?.text ?? '';
  if (!isOfSamePartition(object, context)) return { way: 'implied' };
  if (kindOf(object) === 'partition index options' && isOwnKey(text))
    return stepsDisposition(
      attachAgain(name, text, null, after.snapshot.get(`table ${parentOf(object)}`)?.text),
    );
  if (traitsOf(kindOf(object)).isLacked) return lackDisposition(object, context);
  switch (kindOf(object)) {
    case 'enforcement':
      return stepsDisposition(enableAgain(name, before.snapshot, after.snapshot));
    case 'partition trigger':
      return stepsDisposition([step(switchPartitionTrigger(name, null, after.snapshot))]);
    default: {
      const alteration =
        kindOf(object) === 'partition constraint'
          ? alterPartitionConstraint(name, text, null)
          : alterPartitionIndex(name, text, null);
      return alteration.way === 'steps' ? stepsDisposition(alteration.steps) : manualDisposition(alteration);
    }
  }
}

/** No SQL of ours gives a partition what it lacks: it comes and goes with another index, or is left. */
const lackDisposition = (object: string, context: AlterContext): Disposition =>
  isOfAnother(object, context) ? { way: 'implied' } : manualDisposition(partitionLacks);

/** Whether what an object is of is there before and after, with the same table above it. */
function isOfSamePartition(object: string, { before, after }: AlterContext): boolean {
  const table = parentOf(object) ?? '';
  const [was, is] = [before, after].map(({ snapshot }) => tablesAbove(table, snapshot)[0]);
  return after.snapshot.has(`table ${table}`) && before.snapshot.has(`table ${table}`) && was === is;
}

/** Whether the index or key that a partition lacks is made valid, or invalid: all partitions' go with it. */
function isOfAnother(object: string, { before, after }: AlterContext): boolean {
  const isInvalid = (side: AlterContext['before'], index: string): boolean =>
    side.snapshot.get(index)?.text.endsWith(' INVALID') ?? false;
  const indexes = [before, after].flatMap(({ dependencies }) => [...(dependencies.get(object) ?? [])]);
  return indexes.some((index) => isInvalid(before, index) !== isInvalid(after, index));
}
