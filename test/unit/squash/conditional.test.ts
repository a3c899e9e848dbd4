import { decodeSource } from '../../../src/migrations/source.ts';
import { parseSql } from '../../../src/sql/script.ts';
import { withoutConditional } from '../../../src/squash/conditional.ts';
import type { SquashedFile } from '../../../src/squash/origin.ts';
import { snapshotOf } from '../../support/snapshot.ts';

const graph = {
  snapshot: snapshotOf({
    'extension timescaledb': 'in public',
    'extension version timescaledb': '2.23.0',
    'table m.t': { text: 'table', facets: { TimescaleDB: 'Time dimension at timestamp interval 7 days' } },
    'table m.u': { text: 'table', facets: { TimescaleDB: '' } },
    'view m.daily': { text: 'returns day date', facets: { TimescaleDB: 'continuous aggregate' } },
    'index m.daily.i': 'CREATE INDEX i ON m.daily USING btree (day)',
  }),
  dependencies: new Map(),
  major: 17,
};

const folded = (sql: string): SquashedFile[] => {
  const source = decodeSource('sql/baseline.sql', Buffer.from(sql));
  return [{ migration: { source } as SquashedFile['migration'], script: parseSql(source) }];
};
const section = `-- slipway: keep
DO $$ BEGIN CREATE EXTENSION timescaledb; END $$;
-- slipway: end
`;

test('what a kept section makes of TimescaleDB where it can be had is not written beside it', () => {
  const { snapshot } = withoutConditional(graph, folded(section), [section]);
  expect([...snapshot].map(([object, { facets }]) => [object, facets])).toEqual([
    ['table m.t', {}],
    ['table m.u', {}],
  ]);
});

test.each([
  [
    'another statement creates the extension',
    `CREATE EXTENSION IF NOT EXISTS timescaledb;\n${section}`,
    [section],
  ],
  ['nothing is kept', section, []],
  ['what is kept is about something else', section, ['-- slipway: keep\nSELECT 1;\n-- slipway: end']],
])('all of it is written where %s', (_, sql, kept) => {
  expect(withoutConditional(graph, folded(sql), kept)).toBe(graph);
});
