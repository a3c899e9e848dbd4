import { suggest } from '../suggest.ts';
import {
  decisiveRemedy,
  foreignNote,
  isParameterName,
  neverBlank,
  type ParameterName,
  parameterNames,
} from './parameters.ts';

/** Why a connection string cannot be used; never quotes it, as any part of it may be a password's. */
export interface BadText {
  readonly kind: 'bad';
  readonly message: string;
  readonly remedy: string;
}

/** One `name=value` of a connection string; `at` is its first character's number, from 1. */
export interface NameValuePair {
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

export interface PairList {
  readonly kind: 'pairs';
  readonly pairs: readonly NameValuePair[];
}

/** A connection string's parameters, and what was passed over. */
export interface ConnText {
  readonly kind: 'text';
  readonly parameters: ReadonlyMap<ParameterName, string>;
  readonly notes: readonly string[];
}

export function badText(message: string, remedy: string): BadText {
  return { kind: 'bad', message, remedy };
}

/** What the `ssl` of JDBC, asyncpg and node-postgres means in terms of `sslmode`. */
const sslWords: Readonly<Record<string, string>> = {
  true: 'require',
  '1': 'require',
  on: 'require',
  yes: 'require',
  'no-verify': 'require',
  false: 'disable',
  '0': 'disable',
  off: 'disable',
  no: 'disable',
  disable: 'disable',
  allow: 'allow',
  prefer: 'prefer',
  require: 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
};

function unknownParameter(pair: NameValuePair, isNameable: boolean): BadText {
  if (!isNameable || !/^[A-Za-z][\w.-]{0,40}$/.test(pair.name)) {
    return badText(
      `an unknown parameter begins at character ${pair.at}`,
      'If it is part of a value, escape that: %26 for & in a URL, quotes around a value with spaces.',
    );
  }
  const near = suggest(pair.name, parameterNames);
  return badText(
    `the parameter ${pair.name} is not one of libpq's`,
    decisiveRemedy(pair.name) ??
      (near ? `Did you mean ${near}?` : "Leave it out, or write libpq's parameter for it."),
  );
}

/**
 * Sorts the pairs of a connection string into libpq's parameters; of a repeated one the last counts. `ssl` gives
 * way to `sslmode` wherever it stands, since it could only weaken it.
 */
export function sortPairs(pairs: readonly NameValuePair[]): ConnText | BadText {
  const found = new Map<ParameterName, string>();
  const notes: string[] = [];
  let ssl: string | null = null;
  let isNameable = true;
  for (const pair of pairs) {
    if (pair.name === 'ssl') {
      ssl = sslWords[pair.value.toLowerCase()] ?? null;
      if (ssl === null) return badText('the value of ssl is not known', 'Write sslmode=require instead.');
    } else if (isParameterName(pair.name)) {
      // What follows a password may be the rest of one that was not escaped.
      if (pair.name === 'password' || pair.name === 'sslpassword') isNameable = false;
      if (pair.value !== '') found.set(pair.name, pair.value);
      else if (neverBlank.includes(pair.name)) {
        return badText(`the parameter ${pair.name} is empty`, 'Give it a value, or leave it out.');
      }
    } else {
      const note = foreignNote(pair.name);
      if (note === null) return unknownParameter(pair, isNameable);
      notes.push(note);
    }
  }
  if (ssl !== null && !found.has('sslmode')) found.set('sslmode', ssl);
  return { kind: 'text', parameters: found, notes };
}
