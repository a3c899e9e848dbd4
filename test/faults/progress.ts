/** Shows how far a long run is: a line that is written over on a terminal, else one every so often. */
export interface Progress {
  add(isBad: boolean): void;
  end(): void;
}

const everyMs = 20_000;

/**
 * Shows progress on stderr.
 *
 * @param total how many there are.
 * @param before how many of them were done in an earlier run.
 */
export function showProgress(total: number, before: number): Progress {
  const startedAt = performance.now();
  let [done, bad, shownAt] = [before, 0, startedAt];
  const line = (): string => {
    const seconds = (performance.now() - startedAt) / 1000;
    const left = done > before ? ((total - done) * seconds) / (done - before) : 0;
    return `${done} of ${total}, ${bad} failed, ${seconds.toFixed(0)} s, ${left.toFixed(0)} s left`;
  };
  const show = (): void => {
    shownAt = performance.now();
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line()}` : `${line()}\n`);
  };
  return {
    add(isBad) {
      done += 1;
      if (isBad) bad += 1;
      if (process.stderr.isTTY || performance.now() - shownAt > everyMs) show();
    },
    end() {
      show();
      if (process.stderr.isTTY) process.stderr.write('\n');
    },
  };
}
