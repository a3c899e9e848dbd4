import { normalizeNames } from '../../../../src/schema/model/printed-names.ts';

test.each([
  ['a name', 'public.json_value', 'public."json_value"'],
  ['quoted already', 'public."json_value"', 'public."json_value"'],
  ['in an expression', '(system_user IS NOT NULL)', '("system_user" IS NOT NULL)'],
  [
    'part of a longer name',
    'my_json_value json_values "a json_value"',
    'my_json_value json_values "a json_value"',
  ],
  ['a literal', "'json_value'::text", "'json_value'::text"],
  [
    'the body of a routine',
    '$function$ json_value $function$ json_value',
    '$function$ json_value $function$ "json_value"',
  ],
  ['json, a name', 'public.t."json"', 'public.t.json'],
  ['json, the type', 'x json', 'x json'],
  ['syntax that is printed in upper case', 'JSON_VALUE(x, $)', 'JSON_VALUE(x, $)'],
])('%s', (_, printed, settled) => {
  expect(normalizeNames(printed)).toBe(settled);
});
