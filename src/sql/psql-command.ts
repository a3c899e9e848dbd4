import { SlipwayError } from '../core/index.ts';
import { placeAt } from './place.ts';
import type { Source } from './source.ts';

const remedies = new Map(
  Object.entries({
    i: 'Put the content of that file here.',
    ir: 'Put the content of that file here.',
    include: 'Put the content of that file here.',
    include_relative: 'Put the content of that file here.',
    c: 'Remove it: Slipway connects to the database that its configuration names. Dump without --create.',
    connect:
      'Remove it: Slipway connects to the database that its configuration names. Dump without --create.',
    copy: 'Write COPY ... FROM stdin; with the data on the next lines and \\. alone on the line after them.',
    set: "Remove it: set SLIPWAY_VAR_x in the environment and read it by current_setting('slipway.x', true).",
    encoding: 'Remove it, and save the file as UTF-8: that is what is sent.',
    '.': 'It ends the data of COPY ... FROM stdin, and there is none here: remove it.',
    restrict: 'It may only stand on a line of its own, between statements.',
    unrestrict: 'It may only stand on a line of its own, between statements.',
    g: 'End the statement with a semicolon.',
    gexec: 'Use a DO block with EXECUTE: it runs the statements that a query makes.',
    if: 'Use a DO block with IF.',
  }),
);

/**
 * What to say about a psql command in a file.
 *
 * @param offset UTF-16 offset of its backslash.
 * @returns the error (65), to be thrown.
 */
export function psqlCommandError(source: Source, offset: number): SlipwayError {
  const name = /^\S*/.exec(source.text.slice(offset + 1, offset + 64))?.[0].replace(/[;'"(].*$/, '') ?? '';
  return new SlipwayError({
    exit: 'migration',
    place: placeAt(source, offset),
    message:
      name === ''
        ? 'a backslash outside of quotes'
        : `\\${name} is a command of psql, which the server does not know`,
    remedy: remedies.get(name) ?? 'Remove it: Slipway sends SQL to the server and runs no psql.',
  });
}
