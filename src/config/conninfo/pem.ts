import {
  type Findings,
  homeOf,
  isAbsent,
  noteLate,
  readNamed,
  shownFile,
  unreadable,
} from '../environment.ts';
import type { ConfigInput } from '../input.ts';
import { complain, type Fields } from './fields.ts';

export type PemParameter = 'sslrootcert' | 'sslcert' | 'sslkey' | 'sslcrl';

/** A file in PEM form. */
export interface Pem {
  readonly path: string;
  /** How messages call it. */
  readonly file: string;
  readonly text: string;
}

const usualFiles: Readonly<Record<PemParameter, string>> = {
  sslrootcert: 'root.crt',
  sslcert: 'postgresql.crt',
  sslkey: 'postgresql.key',
  sslcrl: 'root.crl',
};

/** A file's permissions, as messages show them. */
export const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');

/** Where libpq searches for a file that nobody named; null where there is no home. */
export function usualPath(parameter: PemParameter, input: ConfigInput): string | null {
  const home = homeOf(input);
  return home === null ? null : `${home}/.postgresql/${usualFiles[parameter]}`;
}

/**
 * The usual file: one that is not there does not count, nor one in a home that this user may not enter; one that cannot
 * be read is a problem, as libpq has it.
 */
function readUsual(parameter: PemParameter, input: ConfigInput, findings: Findings): Pem | null {
  const path = usualPath(parameter, input);
  if (path === null) return null;
  try {
    const text = input.readFile(path);
    return text === null ? null : { path, file: shownFile(path), text };
  } catch (error) {
    if (!isAbsent(error) && input.modeOf(path) !== null) {
      findings.problems.push({ name: path, ...unreadable(error, path, input) });
    }
    return null;
  }
}

/** The PEM text of the file that a parameter names, else of the usual one; null where there is none. */
export function readPem(
  fields: Fields,
  parameter: PemParameter,
  input: ConfigInput,
  findings: Findings,
): Pem | null {
  const field = fields.get(parameter);
  const pem = field ? readGiven(field, input, findings) : readUsual(parameter, input, findings);
  if (pem === null || pem.text.includes('-----BEGIN ')) return pem;
  const message = `${pem.file} holds nothing in PEM form`;
  const remedy = 'Convert it to PEM.';
  if (!field) findings.problems.push({ name: pem.path, message, remedy });
  else if (pem.text.trim() !== '') complain(findings, field, message, remedy);
  else noteLate({ name: field.name, message: `${pem.file} is empty`, remedy, exit: 'config' }, findings);
  return null;
}

function readGiven(
  field: { readonly name: string; readonly value: string },
  input: ConfigInput,
  findings: Findings,
): Pem | null {
  const text = readNamed(field, input, findings);
  return text === null ? null : { path: field.value, file: shownFile(field.value), text };
}
