/** Numbers, of which the least is taken first: a binary heap. */
export class Least {
  readonly #heap: number[] = [];

  add(number: number): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(number);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#at(above) <= number) break;
      heap[at] = this.#at(above);
      at = above;
    }
    heap[at] = number;
  }

  /** The least, which is in it no longer; undefined where there is none. */
  take(): number | undefined {
    const heap = this.#heap;
    const [least] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return least;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(child) >= last) break;
      heap[at] = this.#at(child);
      at = child;
    }
    heap[at] = last;
    return least;
  }

  #at(index: number): number {
    return this.#heap[index] ?? Number.POSITIVE_INFINITY;
  }
}
