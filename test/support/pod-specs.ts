/** What the tests read of a pod. */
export interface PodSpec {
  readonly securityContext?: object;
  readonly automountServiceAccountToken?: boolean;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: object;
  readonly env?: readonly object[];
  readonly volumeMounts?: readonly { readonly name: string }[];
}

/** The pod of a manifest, wherever its kind has it. */
// biome-ignore lint/suspicious/noExplicitAny: a document of YAML.
export const podOf = (manifest: any): PodSpec => {
  const { kind, spec } = manifest;
  if (kind === 'Pod') return spec;
  return (kind === 'CronJob' ? spec.jobTemplate.spec : spec).template.spec;
};

/** Mounts whose volume the pod does not have, or has twice: the API refuses both. As `container: volume`. */
export function mountsWithoutVolume({ initContainers = [], containers, volumes = [] }: PodSpec): string[] {
  return [...initContainers, ...containers].flatMap((container) =>
    (container.volumeMounts ?? [])
      .filter(({ name }) => volumes.filter((volume) => volume.name === name).length !== 1)
      .map(({ name }) => `${container.name}: ${name}`),
  );
}
