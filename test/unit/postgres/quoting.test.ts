import fc from 'fast-check';
import pg from 'pg';
import { identifier, literal } from '../../../src/postgres/quoting.ts';

const text = fc.string({ unit: fc.constantFrom('a', "'", '"', '\\', '$', '&', '\n', 'é', '💡') });

test('a text and a name are quoted as libpq quotes them', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(literal(given)).toBe(pg.escapeLiteral(given));
      expect(identifier(given)).toBe(pg.escapeIdentifier(given));
    }),
  );
});
