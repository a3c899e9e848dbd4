import { existsSync } from 'node:fs';

/** What the program runs in, where `localhost` and files are something else than a person thinks of. */
export type Container = 'pod' | 'container';

/** Whether this is the program of the image, where there is no npm, and what is written beside the project is lost. */
export const isInImage = (): boolean => __dirname.startsWith('/opt/slipway/');

/** Marks of Kubernetes (its docs, "Accessing the API from a Pod"), systemd (CONTAINER_INTERFACE), Docker and Podman. */
export function findContainer(): Container | null {
  if (process.env.KUBERNETES_SERVICE_HOST) return 'pod';
  const isContainer =
    process.env.container || ['/.dockerenv', '/run/.containerenv'].some((path) => existsSync(path));
  return isContainer ? 'container' : null;
}
