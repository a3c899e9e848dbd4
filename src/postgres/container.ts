import type { Container } from '../core/index.ts';

/** What localhost is in it, and what to name instead. */
export const localhostIn: Readonly<Record<Container, string>> = {
  pod: "Inside a pod localhost is the pod itself: name the server's Service instead, such as postgres or postgres.NAMESPACE.",
  container:
    "Inside a container localhost is the container itself, unless it shares the host's network (--network host): name the server's service in compose instead, such as postgres; a server on the host is host.docker.internal (Docker) or host.containers.internal (Podman).",
};

/** Whether a host is the machine, or the container, that the program runs in. */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0)$/i.test(host);
