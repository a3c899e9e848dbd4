import {
  type Authority,
  type Issued,
  makeAuthority,
  showCertificate,
  signItself,
} from '../../support/certificates.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';

let authority: Authority;
let instance: Instance;
let project: Project;
beforeAll(async () => {
  authority = makeAuthority();
  project = makeProject({ 'migrations/20250101000000_first.sql': 'CREATE TABLE public.first (id int);' });
  instance = await makeInstance();
  const { certificate, key } = authority.issue('localhost');
  instance.writeFile('server.crt', certificate);
  instance.writeFile('server.key', key);
  await instance.start({ ssl: 'on' });
});
afterAll(async () => {
  await instance.destroy();
  authority.destroy();
  project.destroy();
});

/** Waits for a server by the name `localhost`, whose certificate is verified. */
const up = (root = authority.rootFile) =>
  slipway(['up'], {
    cwd: project.directory,
    env: {
      ...instance.env(),
      PGHOST: 'localhost',
      PGHOSTADDR: '127.0.0.1',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: root,
      SLIPWAY_WAIT_TIMEOUT: '20s',
    },
  });

interface Case {
  readonly title: string;
  readonly issue: () => Issued;
  readonly names: RegExp;
  readonly remedy: RegExp;
}

const cases: readonly Case[] = [
  {
    title: 'from the future',
    issue: () => authority.issue('localhost', ['20900101', '20910101']),
    names: /the certificate of 127.0.0.1:\d+ is not valid yet \(certificate is not yet valid\)/,
    remedy: /verify-full: compare the clock here with the one where the certificate was made/,
  },
  {
    title: 'that has expired',
    issue: () => authority.issue('localhost', ['20200101', '20210101']),
    names: /the certificate of 127.0.0.1:\d+ has expired/,
    remedy:
      /verify-full: have a new certificate issued; if this one is not that old, the clock here is ahead/,
  },
  {
    title: 'for another name',
    issue: () => authority.issue('db.example'),
    names:
      /the certificate of 127.0.0.1:\d+ is for another name \(asked for "localhost", and it names db\.example\)/,
    remedy: /verify-full: connect by a name that stands in it.*or issue it for "localhost"/,
  },
  {
    title: 'signed by itself',
    issue: () => signItself('localhost'),
    names:
      /the certificate of 127.0.0.1:\d+ is not signed by an authority that is trusted here \(self-signed certificate\)/,
    remedy: /verify-full: set PGSSLROOTCERT to the certificate of the authority that signed it/,
  },
];

test.each(cases)(
  'a certificate $title: 78 at once, and nothing is begun',
  async ({ issue, names, remedy }) => {
    await showCertificate(instance, issue());
    const result = await up();
    expectFailure(result, { code: 78, names, remedy });
    expect(result.logs.filter(({ event }) => event === 'waiting')).toEqual([]);
    expect(await instance.query("SELECT to_regnamespace('slipway') AS ledger")).toEqual([{ ledger: null }]);
  },
);

test('one that is its own authority is taken where PGSSLROOTCERT names it', async () => {
  const issued = signItself('localhost');
  await showCertificate(instance, issued);
  project.write('itself.crt', issued.certificate);
  expectSuccess(await up(project.path('itself.crt')));
});
