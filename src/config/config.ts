import { ConfigError, type ConfigProblem } from '../core/index.ts';
import type { ConnInfo, LateFile } from './conninfo/conninfo.ts';
import { connectionFields, inheritFields, type LayeredFields } from './conninfo/fields.ts';
import { ofEveryConnection, parameterNames } from './conninfo/parameters.ts';
import { resolveConnInfo } from './conninfo/resolve.ts';
import { type Findings, type Layer, lookUp, readLayers } from './environment.ts';
import type { ConfigInput } from './input.ts';
import { type OwnConfig, type OwnSetting, ownSettings } from './own-settings.ts';
import { refuseBothForms, secretOf, secretVariables } from './secret.ts';
import { noteUnknown, readVariables } from './variables.ts';

export interface Config extends OwnConfig {
  readonly connection: ConnInfo;
  /** An unpooled connection, for what cannot go through a pooler. */
  readonly direct: ConnInfo | null;
  /** The server where `check` and `squash` make their temporary database. */
  readonly shadow: ConnInfo | null;
  /** Whether that is the server of the database itself, by its own login. */
  readonly isShadowSame: boolean;
  /** `x` -> value, of `SLIPWAY_VAR_x`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Those values that a file held: nothing that is written shows them. */
  readonly secrets: readonly string[];
  readonly logFormat: NonNullable<OwnConfig['logFormat']>;
}

/** What was read, and warnings for the log. */
export interface Loaded {
  readonly config: Config;
  readonly notes: readonly string[];
}

function readOwn<T>(setting: OwnSetting<T>, layers: readonly Layer[], findings: Findings): T {
  const given = lookUp(layers, setting.variable);
  if (!given) return setting.initial;
  const parsed = setting.parse(given.value);
  if (parsed.ok) return parsed.value;
  findings.problems.push({ name: given.name, message: parsed.message, remedy: parsed.remedy });
  return setting.initial;
}

/** What is read anew for one connection: its fields, and what is wrong with them. */
type Resolve = (findings: Findings) => ConnInfo;

/**
 * Resolves a connection, so that it can be read again: files are waited for, written late, and renewed. What follows
 * from a URL that is not there yet is no problem of its own.
 */
function renewable(resolve: Resolve, findings: Findings): ConnInfo {
  const own = { problems: [] as ConfigProblem[], notes: findings.notes, late: [] as LateFile[] };
  const conn = resolve(own);
  findings.problems.push(...own.problems);
  const late = own.late[0];
  const renewed = (): ConnInfo => {
    const again: Findings = { problems: [], notes: [], late: null };
    const found = renewable(resolve, again);
    if (again.problems.length > 0) throw new ConfigError(withoutRepetition(again.problems));
    return found;
  };
  return { ...conn, ...(late && { late }), renewed };
}

function resolver(
  fieldsOf: (findings: Findings) => LayeredFields,
  input: ConfigInput,
  ownUrl?: string,
): Resolve {
  return (findings) => {
    const { fields, hasUrl } = fieldsOf(findings);
    const isLate = (findings.late?.length ?? 0) > 0;
    const rest = isLate ? { ...findings, problems: [] } : findings;
    const conn = resolveConnInfo(fields, hasUrl, input, rest);
    return ownUrl === undefined ? conn : { ...conn, ownUrl };
  };
}

function readConnections(
  layers: readonly Layer[],
  input: ConfigInput,
  findings: Findings,
): Pick<Config, 'connection' | 'direct' | 'shadow' | 'isShadowSame'> {
  const first = (into: Findings): LayeredFields =>
    connectionFields(layers, { url: 'DATABASE_URL', variables: parameterNames }, input, into);
  const direct = (into: Findings): LayeredFields => {
    const own = connectionFields(layers, { url: 'SLIPWAY_DIRECT_URL', variables: [] }, input, into);
    return { ...own, fields: inheritFields(own.fields, first(into).fields) };
  };
  // Its login is its own: a password of the real server must not go to another one.
  const shadow = (into: Findings): LayeredFields =>
    connectionFields(layers, { url: 'SLIPWAY_SHADOW_URL', variables: ofEveryConnection }, input, into);
  const has = (variable: string): boolean => secretOf(layers, variable) !== null;
  const read = (fieldsOf: (into: Findings) => LayeredFields, ownUrl?: string): ConnInfo =>
    renewable(resolver(fieldsOf, input, ownUrl), findings);
  const connection = read(first);
  const unpooled = has('SLIPWAY_DIRECT_URL') ? read(direct) : null;
  const isShadowSame = isWord(layers, 'SLIPWAY_SHADOW_URL', 'same');
  const named = has('SLIPWAY_SHADOW_URL') && !isShadowSame ? read(shadow, 'SLIPWAY_SHADOW_URL') : null;
  return {
    connection,
    direct: unpooled,
    shadow: isShadowSame ? (unpooled ?? connection) : named,
    isShadowSame,
  };
}

/** Whether a variable that holds a secret says this word in its place. */
const isWord = (layers: readonly Layer[], variable: string, word: string): boolean => {
  const source = secretOf(layers, variable);
  return source !== null && !source.isFile && source.value.trim().toLowerCase() === word;
};

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) freeze(inner);
  }
  return Object.freeze(value);
}

/**
 * Reads the configuration: flags, then the environment, `.env.<ENVIRONMENT>`, `.env` and the defaults, field by
 * field. The result is frozen throughout.
 *
 * @throws ConfigError (78) that lists every problem found; no message holds a secret.
 */
export function loadConfig(input: ConfigInput): Loaded {
  const findings: Findings = { problems: [], notes: [], late: null };
  const layers = readLayers(input, findings);
  refuseBothForms(layers, secretVariables, findings);
  const connections = readConnections(layers, input, findings);
  const own = Object.entries(ownSettings).map(([name, setting]) => [
    name,
    readOwn<unknown>(setting, layers, findings),
  ]);
  const config: Config = {
    ...connections,
    ...(Object.fromEntries(own) as OwnConfig),
    ...readVariables(layers, input, findings),
    logFormat: logFormat(layers, input, findings),
  };
  noteUnknown(layers, findings);
  const { lacking, late } = config.connection;
  if (findings.problems.length > 0 && lacking && !late) findings.problems.push(lacking);
  if (findings.problems.length > 0) throw new ConfigError(withoutRepetition(findings.problems));
  return { config: freeze(config), notes: [...new Set(findings.notes)] };
}

/**
 * How the log is to be written, for what goes wrong before the configuration is known: what cannot be read is as if it
 * were not set. Never throws.
 */
export function readLogSettings(input: ConfigInput): Pick<Config, 'logLevel' | 'logFormat'> {
  const findings: Findings = { problems: [], notes: [], late: null };
  const layers = readLayers(input, findings);
  return {
    logLevel: readOwn(ownSettings.logLevel, layers, findings),
    logFormat: logFormat(layers, input, findings),
  };
}

const logFormat = (layers: readonly Layer[], input: ConfigInput, findings: Findings): Config['logFormat'] =>
  readOwn(ownSettings.logFormat, layers, findings) ?? (input.isTerminal ? 'pretty' : 'json');

/** Reads a connection string that a person called `name`, such as `--from`. */
export type ConnectionReader = (name: string, text: string) => ConnInfo;

/**
 * Reads connection strings, one or many. The login of each is its own: a password of the configured connection must not
 * go to another server. What the environment says of TLS holds for it, too.
 *
 * @returns throws ConfigError (78) that lists every problem found; no message holds a secret.
 */
export function connectionReader(input: ConfigInput): ConnectionReader {
  const ofLayers: Findings = { problems: [], notes: [], late: null };
  const below = readLayers(input, ofLayers);
  return (name, text) => {
    const findings: Findings = { problems: [...ofLayers.problems], notes: [], late: null };
    const given: Layer = { values: new Map([[name, text]]), blank: new Set(), nameOf: () => name };
    const fieldsOf = (into: Findings): LayeredFields =>
      connectionFields([given, ...below], { url: name, variables: ofEveryConnection }, input, into);
    const connection = renewable(resolver(fieldsOf, input, name), findings);
    if (connection.lacking && !connection.late) findings.problems.push({ ...connection.lacking, name });
    if (findings.problems.length > 0) throw new ConfigError(withoutRepetition(findings.problems));
    return connection;
  };
}

/** A field that two connections share is judged twice. */
function withoutRepetition(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.name}\0${problem.message}`, problem])).values()];
}
