import { readSnapshot } from '../../../../src/schema/catalog/snapshot.ts';

const row = (kind: string, text: string | null, name: string | null = 'public.a') => ({
  kind,
  name,
  parent: null,
  text,
  facets: null,
});
const columns = (...texts: string[]) => row('columns', JSON.stringify([texts.map((_, n) => `c${n}`), texts]));

test.each([
  ['a type that is gone', columns('integer', '??? not null')],
  ['a default that is gone', columns('text default ???')],
  ['a definition that is gone', row('constraint', null)],
  ['a name that is gone', row('function', 'CREATE FUNCTION', null)],
  ['a policy beside a literal', row('policy', "using (a = '???') with check (???)")],
])('what was dropped while it was read is said to be so: %s', (_, torn) => {
  expect(() => readSnapshot([columns('text'), torn])).toThrow(expect.objectContaining({ code: 'XX000' }));
});

test.each([
  ['a default', columns("text default '???'::text", "text default 'it''s ???'::text")],
  ['a comment', row('comment', 'what is it for???', 'table public.a')],
  ['an identifier', row('index', 'CREATE INDEX i ON public.a USING btree ("???")')],
  ['a label', row('type', "enum ('???', 'x')")],
  [
    'a body',
    row('function', "CREATE FUNCTION f()\nAS $functionx$ SELECT $function$???$function$\n'???$functionx$\n"),
  ],
])('marks of a user are read as they are: %s', (_, own) => {
  expect([...readSnapshot([own]).values()].some(({ text }) => text.includes('???'))).toBe(true);
});

test('a row of columns is as many objects, and their order', () => {
  expect([...readSnapshot([columns('text', 'integer')])].map(([key, { text }]) => [key, text])).toEqual([
    ['column order public.a', 'c0, c1'],
    ['column public.a.c0', 'text'],
    ['column public.a.c1', 'integer'],
  ]);
  expect(readSnapshot([row('columns', '[null, null]')]).size).toBe(0);
});
