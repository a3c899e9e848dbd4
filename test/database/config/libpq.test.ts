import {
  type Cell,
  certificates,
  channelBindings,
  clientCertificates,
  logins,
  namesWith,
  passwordFiles,
  revocations,
  severalHosts,
  tlsModes,
  versions,
} from '../../fixtures/libpq-cells.ts';
import { showCertificate } from '../../support/certificates.ts';
import { makeSite, type Site } from '../../support/libpq-site.ts';
import { psql, type Reached, reachedByPsql } from '../../support/psql.ts';
import { type Outcome, reachedBySlipway } from '../../support/reached.ts';

jest.setTimeout(60_000);

const shown = (reached: Reached): string =>
  reached === null ? 'nothing' : `port ${reached.port} ${reached.tls ? 'over TLS' : 'without TLS'}`;

describe('Hostile and odd: libpq to the letter', () => {
  let site: Site;
  beforeAll(async () => {
    if (psql === null) return;
    site = await makeSite();
  });
  afterAll(() => site?.destroy());

  /** What differs from psql, cell by cell; where Slipway is stricter it has to say why. */
  async function differences(cells: readonly Cell[]): Promise<string[]> {
    const expecting = reachedByPsql(cells.map(({ env }) => env));
    const outcomes: Outcome[] = [];
    for (const { env } of cells) outcomes.push(await reachedBySlipway(env));
    const expected = await expecting;
    const found: string[] = [];
    for (const [i, { name, stricter }] of cells.entries()) {
      const { reached, exit, why } = outcomes[i] as Outcome;
      const wanted = expected[i] ?? null;
      const isStricter = reached === null && wanted !== null && stricter !== undefined;
      if (isStricter ? !stricter.test(why) || ![77, 78].includes(exit) : shown(reached) !== shown(wanted)) {
        found.push(`${name}: psql reaches ${shown(wanted)}, Slipway ${shown(reached)} ${why}`);
      }
    }
    return found;
  }

  test('psql is there to be held against', () => {
    if (psql === null) process.stderr.write('\nlibpq IS NOT TESTED: install the package postgresql-client\n');
    expect(psql ?? process.env.CI).not.toBe(process.env.CI ?? '');
  });

  if (psql === null) return;

  test.each<[string, (site: Site) => Cell[]]>([
    ['sslmode, root certificates and what the server speaks', tlsModes],
    ['ways to log in, with and without TLS', logins],
    ['channel binding', channelBindings],
    ['TLS versions', versions],
    ['client certificates and their keys', clientCertificates],
    ['password files', passwordFiles],
    ['several hosts', severalHosts],
  ])('%s: as psql', async (_, cells) => {
    expect(await differences(cells(site))).toEqual([]);
  });

  test.each(certificates)(
    'a certificate with %s (%s, %s), by sixteen names: as psql',
    async (_, subject, names) => {
      await showCertificate(site.secure, site.authority.sign(subject, names));
      expect(await differences(namesWith(site))).toEqual([]);
    },
  );

  test('revocation lists: as psql', async () => {
    const server = site.authority.issue('localhost');
    await showCertificate(site.secure, server);
    expect(await differences(revocations(site, server.certificate))).toEqual([]);
  });
});
