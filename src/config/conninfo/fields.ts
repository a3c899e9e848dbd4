import { type Findings, type Layer, noteLate, shownFile } from '../environment.ts';
import type { ConfigInput } from '../input.ts';
import { openSecret, type SecretSource, secretIn } from '../secret.ts';
import type { Parse } from '../setting-types.ts';
import { readDsn } from './dsn.ts';
import { neverBlank, type ParameterName, parameters } from './parameters.ts';
import { type ConnText, sortPairs } from './text.ts';
import { isUrl, readUrl } from './url.ts';

/** A connection parameter's value and where it was given. */
export interface Field extends SecretSource {
  /** It is a parameter of the URL that `name` calls by name; such a value is never shown. */
  readonly part: ParameterName | null;
}

export type Fields = ReadonlyMap<ParameterName, Field>;

/** Notes a problem with a field under the name that the person gave it. */
export function complain(findings: Findings, field: Field, message: string, remedy: string): void {
  const text = field.part === null ? message : `parameter ${field.part}: ${message}`;
  findings.problems.push({ name: field.name, message: text, remedy });
}

/** Reads a field's text; where there is none, or it is wrong (a problem is noted), the other value. */
export function readField<T>(
  fields: Fields,
  parameter: ParameterName,
  [parse, fallback]: readonly [parse: Parse<T>, fallback: NoInfer<T>],
  findings: Findings,
): T {
  const field = fields.get(parameter);
  if (!field) return fallback;
  const parsed = parse(field.value);
  if (parsed.ok) return parsed.value;
  complain(
    findings,
    field,
    field.part === null ? parsed.message : 'its value is not accepted',
    parsed.remedy,
  );
  return fallback;
}

function readText(text: string): ConnText | { readonly kind: 'bad'; message: string; remedy: string } {
  const list = isUrl(text) ? readUrl(text) : readDsn(text);
  return list.kind === 'bad' ? list : sortPairs(list.pairs);
}

function fieldsOfUrl(source: SecretSource, input: ConfigInput, findings: Findings): Fields {
  const opened = openSecret(source, input, findings);
  if (!opened) return new Map();
  const text = opened.value.trim();
  if (text === '') {
    const remedy = 'Write postgresql://user:password@host:port/database.';
    if (source.isFile) {
      const message = `${shownFile(source.value)} is empty`;
      noteLate({ name: source.name, message, remedy, exit: 'config' }, findings);
    } else findings.problems.push({ name: source.name, message: 'it is blank', remedy });
    return new Map();
  }
  const read = readText(text);
  if (read.kind === 'bad') {
    findings.problems.push({ name: source.name, message: read.message, remedy: read.remedy });
    return new Map();
  }
  findings.notes.push(...read.notes.map((note) => `${source.name}: ${note}`));
  return new Map(
    [...read.parameters].map(([part, value]) => [part, { name: source.name, value, part, isFile: false }]),
  );
}

function fieldsOfVariables(layer: Layer, wanted: readonly ParameterName[]): Fields {
  const fields = new Map<ParameterName, Field>();
  for (const parameter of wanted) {
    const { variable } = parameters[parameter];
    if (variable === null) continue;
    const value = layer.values.get(variable);
    const source =
      parameter === 'password'
        ? secretIn(layer, variable)
        : value === undefined
          ? null
          : { value, name: layer.nameOf(variable), isFile: false };
    if (source) fields.set(parameter, { ...source, part: null });
  }
  return fields;
}

/** The stronger fields, and what they lack of the weaker. */
function beneath(stronger: Fields, weaker: Fields): Fields {
  // An address belongs to the host beside it: a stronger host must not be reached under a weaker one's address.
  const kept = [...weaker].filter(([name]) => name !== 'hostaddr' || !stronger.has('host'));
  return new Map([...kept, ...stronger]);
}

function noteOverridden(url: SecretSource, ofUrl: Fields, ofVariables: Fields, findings: Findings): void {
  const names = [...ofVariables]
    .filter(([parameter, { value, isFile }]) => {
      const over = ofUrl.get(parameter);
      return over ? isFile || over.value !== value : parameter === 'hostaddr' && ofUrl.has('host');
    })
    .map(([, { name }]) => name);
  if (names.length > 0) findings.notes.push(`${url.name} wins over ${names.join(', ')}`);
}

/** What the layers say about a connection. */
export interface LayeredFields {
  readonly fields: Fields;
  /** Whether any layer has the URL. */
  readonly hasUrl: boolean;
}

/** Notes each variable that is set to nothing and by nobody to something, where libpq refuses that. */
function refuseBlank(
  layers: readonly Layer[],
  wanted: readonly ParameterName[],
  fields: Fields,
  findings: Findings,
): void {
  for (const parameter of neverBlank) {
    const { variable } = parameters[parameter];
    if (variable === null || !wanted.includes(parameter) || fields.has(parameter)) continue;
    const layer = layers.find(({ blank }) => blank.has(variable));
    if (!layer) continue;
    findings.problems.push({
      name: layer.nameOf(variable),
      message: 'it is set but empty, which libpq refuses too',
      remedy: 'Give it a value, or do not set it.',
    });
  }
}

/** Which connection's parameters are wanted: the variable of its URL, and the parameters whose PG* variables count. */
export interface Wanted {
  readonly url: string;
  readonly variables: readonly ParameterName[];
}

/**
 * Merges a connection's parameters over the layers, field by field; in one layer the URL stands above the PG*
 * variables. A URL's file is not opened beneath a stronger layer's URL.
 */
export function connectionFields(
  layers: readonly Layer[],
  { url: variable, variables }: Wanted,
  input: ConfigInput,
  findings: Findings,
): LayeredFields {
  let fields: Fields = new Map();
  let hasUrl = false;
  for (const layer of layers) {
    const url = secretIn(layer, variable);
    const isRead = url !== null && !(url.isFile && hasUrl);
    const ofUrl = isRead ? fieldsOfUrl(url, input, findings) : new Map();
    const ofVariables = fieldsOfVariables(layer, variables);
    if (isRead) noteOverridden(url, ofUrl, ofVariables, findings);
    fields = beneath(beneath(fields, ofUrl), ofVariables);
    hasUrl ||= url !== null;
  }
  refuseBlank(layers, variables, fields, findings);
  return { fields, hasUrl };
}

/** A second connection's fields: its own, and what they lack of the first's; a host of its own brings its port. */
export function inheritFields(own: Fields, first: Fields): Fields {
  const hasHost = own.has('host') || own.has('hostaddr');
  const kept = [...first].filter(
    ([name]) => !hasHost || (name !== 'host' && name !== 'hostaddr' && name !== 'port'),
  );
  return new Map([...kept, ...own]);
}
