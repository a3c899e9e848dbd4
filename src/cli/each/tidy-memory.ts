import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes. Many times what one database takes. */
const mostGrowth = 8 * 1_048_576;

/**
 * Keeps memory from growing with the list. A connection that is over, with all that it leads to, outlives each collection
 * of young objects, since its socket is an object of Node's own; and of old ones V8 collects nothing until the heap has
 * grown several times.
 *
 * @returns what is to be called between two databases.
 */
export function memoryTidier(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let heap = heapBytes();
  return () => {
    if (heapBytes() - heap < mostGrowth) return;
    collect();
    heap = heapBytes();
  };
}

const heapBytes = (): number => getHeapStatistics().used_heap_size;
