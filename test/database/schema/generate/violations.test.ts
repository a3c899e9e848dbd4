import { violationsOf } from '../../../../src/schema/objects/constraint/violations.ts';
import { useScenes } from '../../../support/scene.ts';

const scene = useScenes(afterAll);

test.each([
  ['CHECK ((a > 1))', [1]],
  ['CHECK (("B, c" <> \'x)\'::text)) NO INHERIT', [2]],
  ['UNIQUE (a)', []],
  ['UNIQUE NULLS NOT DISTINCT (a)', [null]],
  ['UNIQUE (d, "B, c") INCLUDE (a)', [7]],
  ['PRIMARY KEY (d)', [7]],
  ['FOREIGN KEY (a) REFERENCES public.others(x) ON DELETE CASCADE', [1]],
  ['FOREIGN KEY ("B, c", a) REFERENCES public.others("Y", x)', [1, 2]],
])('a query finds the rows that do not keep %s', async (text, found) => {
  const { database } = await rows();
  const query = violationsOf('public.t', text) ?? '';
  const result = await database.query(query);
  expect(result.map((row) => row.a ?? row.d ?? null)).toEqual(found);
});

test.each([
  'EXCLUDE USING gist (r WITH &&)',
  'FOREIGN KEY (a, d) REFERENCES public.others(x, z) MATCH FULL',
  'FOREIGN KEY (a, PERIOD r) REFERENCES public.others(x, PERIOD r)',
  'UNIQUE (a, r WITHOUT OVERLAPS)',
])('no query tells all of %s', (text) => {
  expect(violationsOf('public.t', text)).toBeNull();
});

let made: ReturnType<typeof scene> | null = null;
const rows = (): ReturnType<typeof scene> => {
  made ??= scene({}).then(async (one) => {
    await one.database.query(`CREATE TABLE public.others (x int, "Y" text);
      INSERT INTO public.others VALUES (2, 'y'), (3, 'y');
      CREATE TABLE public.t (a int, "B, c" text, d int);
      INSERT INTO public.t VALUES (1, 'y', 5), (2, 'x)', 6), (NULL, 'y', 7), (NULL, 'y', 7)`);
    return one;
  });
  return made;
};
