import type { Findings, Layer } from './environment.ts';
import type { ConfigInput } from './input.ts';
import { openSecret, refuseBothForms, type SecretSource, secretOf, secretVariables } from './secret.ts';
import { settings } from './settings.ts';
import { suggest } from './suggest.ts';

const prefix = 'SLIPWAY_VAR_';

/** What Kubernetes sets in every container beside a Service that is named slipway. */
const ofKubernetes = /^SLIPWAY_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)$/;

/** The variables `SLIPWAY_VAR_x` that any layer has, a `_FILE` taken off. */
function variablesIn(layers: readonly Layer[]): readonly string[] {
  const found = new Set<string>();
  for (const { values } of layers) {
    for (const name of values.keys()) {
      if (name.startsWith(prefix)) found.add(name.replace(/^(SLIPWAY_VAR_.+)_FILE$/, '$1'));
    }
  }
  return [...found].sort();
}

/** What `SLIPWAY_VAR_x` holds. */
export interface Variables {
  /** `x` -> value. */
  readonly variables: Readonly<Record<string, string>>;
  /** The values of those that were given as a file. */
  readonly secrets: readonly string[];
}

/**
 * Reads `SLIPWAY_VAR_x` (or `SLIPWAY_VAR_x_FILE`). `x` becomes part of a setting's name, so it must be one that
 * PostgreSQL accepts (guc.c, valid_custom_variable_name), whose case the server ignores.
 */
export function readVariables(layers: readonly Layer[], input: ConfigInput, findings: Findings): Variables {
  const variables = variablesIn(layers);
  refuseBothForms(layers, variables, findings);
  const read = new Map<string, SecretSource>();
  for (const variable of variables) {
    const x = variable.slice(prefix.length);
    const source = secretOf(layers, variable);
    if (!source) continue;
    if (!/^[A-Za-z_][A-Za-z0-9_$]*$/.test(x)) {
      findings.problems.push({
        name: source.name,
        message: `${JSON.stringify(x)} cannot be part of a setting's name`,
        remedy: 'After SLIPWAY_VAR_ write a letter or _, then letters, digits, _ or $.',
      });
      continue;
    }
    const twin = [...read.keys()].find((other) => other.toLowerCase() === x.toLowerCase());
    if (twin !== undefined) {
      findings.problems.push({
        name: source.name,
        message: `it is the same setting as ${prefix}${twin}: PostgreSQL ignores the case`,
        remedy: 'Keep one of the two.',
      });
    }
    const opened = openSecret(source, input, findings);
    if (opened) read.set(x, { ...source, value: opened.value });
  }
  return {
    variables: Object.fromEntries([...read].map(([x, { value }]) => [x, value])),
    secrets: [...read.values()].filter(({ isFile }) => isFile).map(({ value }) => value),
  };
}

/** Notes each `SLIPWAY_*` variable that is not known, with the one that was probably meant. */
export function noteUnknown(layers: readonly Layer[], findings: Findings): void {
  const known = settings.map(({ variable }) => variable).filter((name) => name.startsWith('SLIPWAY_'));
  const files = secretVariables.map((variable) => `${variable}_FILE`);
  for (const { values, nameOf } of layers) {
    for (const name of values.keys()) {
      if (!name.startsWith('SLIPWAY_') || name.startsWith(prefix)) continue;
      if (known.includes(name) || files.includes(name) || ofKubernetes.test(name)) continue;
      const near = suggest(name, known);
      findings.notes.push(
        `${nameOf(name)} is not known and is ignored${near ? `; did you mean ${near}?` : ''}`,
      );
    }
  }
}
