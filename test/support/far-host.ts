import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { promisify } from 'node:util';

/** Another host, as far as the network can tell: a network namespace that one link connects with this one. */
export interface FarHost {
  /** This side's address, as that host reaches it. */
  readonly address: string;
  /** What a command is put behind to run there. */
  readonly beneath: readonly string[];
  /** From now on nothing gets through, and nobody is told. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  destroy(): Promise<void>;
}

const run = promisify(execFile);
const ip = (...args: string[]) => run('ip', args);

/** Why there can be no other host here; null where there can be one. It takes root, and iproute2. */
export async function whyNoFarHost(): Promise<string | null> {
  try {
    await (await makeFarHost()).destroy();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @throws Error where namespaces cannot be had: see `whyNoFarHost`. */
export async function makeFarHost(): Promise<FarHost> {
  const id = randomBytes(4).toString('hex');
  const [name, near, far] = [`slipway-${id}`, `sw${id}n`, `sw${id}f`];
  const net = `10.${randomInt(64, 250)}.${randomInt(1, 250)}`;
  const there = (...args: string[]) => ip('-n', name, ...args);
  const destroy = async (): Promise<void> => {
    await ip('netns', 'del', name);
    // A process that still runs there keeps the namespace, and its end of the link with it.
    await ip('link', 'del', near).catch(() => undefined);
  };
  await ip('netns', 'add', name);
  try {
    await ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
    await ip('addr', 'add', `${net}.1/30`, 'dev', near);
    await ip('link', 'set', near, 'up');
    await there('addr', 'add', `${net}.2/30`, 'dev', far);
    await there('link', 'set', far, 'up');
  } catch (error) {
    await destroy();
    throw error;
  }
  return {
    address: `${net}.1`,
    beneath: ['ip', 'netns', 'exec', name],
    cut: async () => void (await there('link', 'set', far, 'down')),
    restore: async () => void (await there('link', 'set', far, 'up')),
    destroy,
  };
}
