import { normalize } from '../../../../src/schema/model/normalize.ts';

const first =
  "CHECK (((kind)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying(9)])::text[])))";
const reloaded =
  "CHECK (((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s'::character varying(9))::text])))";

test.each([
  ['as printed the first time', first, reloaded],
  ['as printed after a dump was loaded', reloaded, reloaded],
  ['twice in one definition', `${first} ${first}`, `${reloaded} ${reloaded}`],
  ['other arrays', "(ARRAY['a'::text, 'b'::text])", "(ARRAY['a'::text, 'b'::text])"],
  ['a cast alone', "'x'::character varying", "'x'::character varying"],
])('IN on a varchar column: %s', (_, text, wanted) => {
  expect(normalize(text)).toBe(wanted);
});
