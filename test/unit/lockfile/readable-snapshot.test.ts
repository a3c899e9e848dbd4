import { readTexts, textsPath } from '../../../src/lockfile/readable-snapshot.ts';
import { hashText } from '../../../src/schema/catalog/snapshot.ts';
import { makeProject, type Project } from '../../support/project.ts';

let project: Project;
beforeEach(() => {
  project = makeProject();
});
afterEach(() => project.destroy());

const lockfile = (): string => project.path('sql/schema.lock.json');

test.each<[string, string | null, object | null]>([
  [
    'a text',
    '{"objects": {"table a": {"text": "t", "facets": {"f": "x"}}}}',
    { text: 't', facets: { f: 'x' } },
  ],
  ['no facets', '{"objects": {"table a": {"text": "t"}}}', { text: 't', facets: {} }],
  [
    'a facet that is no text',
    '{"objects": {"table a": {"text": "t", "facets": {"f": 1}}}}',
    { text: 't', facets: {} },
  ],
  ['another text', '{"objects": {"table a": {"text": "u"}}}', null],
  ['a number for a text', '{"objects": {"table a": {"text": 1}}}', null],
  ['null for an object', '{"objects": {"table a": null}}', null],
  ['no objects', '{}', null],
  ['null', 'null', null],
  ['no JSON', '{', null],
  ['no file', null, null],
])('the readable snapshot with %s', (_, text, expected) => {
  if (text !== null) project.write('sql/schema.snapshot.json', text);
  expect(textsPath(lockfile())).toBe(project.path('sql/schema.snapshot.json'));
  expect(readTexts(lockfile())('table a', hashText('t'))).toEqual(expected);
});
