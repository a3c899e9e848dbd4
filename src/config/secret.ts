import { type Findings, type Given, type Layer, readNamed, shownFile } from './environment.ts';
import type { ConfigInput } from './input.ts';
import { settings } from './settings.ts';

/** The variables that hold a secret; each may be given as `<NAME>_FILE` instead. */
export const secretVariables: readonly string[] = settings
  .filter((setting) => setting.isSecret)
  .map((setting) => setting.variable);

/** A variable's value in one layer: as it stands there, or in the file that `<NAME>_FILE` names. */
export interface SecretSource extends Given {
  readonly isFile: boolean;
}

/** Where one layer has a variable's value; null where it has none. No file is opened. */
export function secretIn(layer: Layer, variable: string): SecretSource | null {
  for (const [name, isFile] of [[variable, false] as const, [`${variable}_FILE`, true] as const]) {
    const value = layer.values.get(name);
    if (value !== undefined) return { value, name: layer.nameOf(name), isFile };
  }
  return null;
}

/** The strongest layer's source of a variable; null where there is none. */
export function secretOf(layers: readonly Layer[], variable: string): SecretSource | null {
  for (const layer of layers) {
    const source = secretIn(layer, variable);
    if (source) return source;
  }
  return null;
}

/** Notes a problem for each variable that one layer gives both as itself and as a file. */
export function refuseBothForms(
  layers: readonly Layer[],
  variables: readonly string[],
  findings: Findings,
): void {
  for (const { values, nameOf } of layers) {
    for (const variable of variables) {
      if (!values.has(variable) || !values.has(`${variable}_FILE`)) continue;
      findings.problems.push({
        name: nameOf(variable),
        message: `${variable} and ${variable}_FILE are both set`,
        remedy: 'Keep one of the two.',
      });
    }
  }
}

/**
 * Opens a source: the value itself, or the file's text without one trailing newline (LF or CRLF).
 *
 * @returns null, with a problem or a late file noted, for a file that cannot be read or holds a NUL byte.
 */
export function openSecret(source: SecretSource, input: ConfigInput, findings: Findings): Given | null {
  if (!source.isFile) return source;
  const text = readNamed(source, input, findings);
  if (text === null) return null;
  if (text.includes('\0')) {
    findings.problems.push({
      name: source.name,
      message: `${shownFile(source.value)} holds a NUL byte`,
      remedy: 'Write it as plain UTF-8 text.',
    });
    return null;
  }
  return { name: source.name, value: text.replace(/\r?\n$/, '') };
}
