import { signItself } from '../support/certificates.ts';
import type { Env } from '../support/psql.ts';
import { encrypted, roles, type Site } from './libpq-site.ts';

/** One way to connect. */
export interface Cell {
  readonly name: string;
  readonly env: Env;
  /** Slipway refuses it, and says this, where psql connects. */
  readonly stricter?: RegExp | undefined;
}

/** What each of two lists has with each of the other. */
const crossed = <A, B>(some: readonly A[], others: readonly B[]): (readonly [A, B])[] =>
  some.flatMap((one) => others.map((other) => [one, other] as const));

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const named = (env: Env): string =>
  Object.entries(env)
    .filter(([name]) => name.startsWith('PG') && !/^PG(HOSTADDR|PORT|DATABASE|PASSWORD)$/.test(name))
    .map(([name, value]) => `${name}=${value.split('/').at(-1)}`)
    .join(' ');
const cell = (env: Env, stricter?: RegExp, more = ''): Cell => ({ name: named(env) + more, env, stricter });

/** Root certificates: where they are, and what they are. */
function rootsOf({ authority, file, homeWith, home }: Site): readonly (readonly [string, Env])[] {
  const stranger = signItself('root').certificate;
  return [
    ['no root', { HOME: home }],
    ['the right root', { PGSSLROOTCERT: authority.rootFile }],
    ['a wrong root', { PGSSLROOTCERT: file('wrong.crt', stranger) }],
    ['no such root', { PGSSLROOTCERT: '/absent/root.crt' }],
    ['a root that is none', { PGSSLROOTCERT: file('none.crt', 'nothing\n') }],
    ['the right root at home', { HOME: homeWith({ '.postgresql/root.crt': authority.root }) }],
    ['a wrong root at home', { HOME: homeWith({ '.postgresql/root.crt': stranger }) }],
  ];
}

/** sslmode, what the server speaks, and which root certificates there are. */
export function tlsModes(site: Site): Cell[] {
  const { as, word, secure, plain } = site;
  return crossed(rootsOf(site), crossed([...modes, '', null], [secure, plain])).map(
    ([[root, env], [mode, server]]) => {
      const isUnread = mode !== 'disable' && !mode?.startsWith('verify-');
      return cell(
        {
          ...as('scram', { PGPASSWORD: word, ...env, PGPORT: String(server.port) }),
          ...(mode === null ? {} : { PGSSLMODE: mode }),
        },
        !isUnread
          ? undefined
          : root === 'no such root'
            ? /PGSSLROOTCERT: the file .* does not exist/
            : root === 'a root that is none'
              ? /PGSSLROOTCERT: .*nothing in PEM form/
              : undefined,
        ` (${root}, TLS ${server === secure ? 'on' : 'off'})`,
      );
    },
  );
}

export const hostNames = [
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhos',
    'db.example',
    'DB.Example',
    'db.example.',
    'd.example',
  ],
  ...['a.db.example', '.example', 'example', '127.0.0.1', '127.1', '0x7f.0.0.1', '::1', '0:0:0:0:0:0:0:1'],
];

/** A certificate's subject and alternative names, tried with every host name. */
export const certificates: readonly (readonly [title: string, subject: string, names: string | null])[] = [
  ['one name', '/CN=other', 'DNS:localhost'],
  ['a wildcard', '/CN=other', 'DNS:*.example'],
  ['a wildcard in capitals', '/CN=other', 'DNS:*.EXAMPLE'],
  ['a partial wildcard', '/CN=other', 'DNS:d*.example'],
  ['a wildcard in the middle', '/CN=other', 'DNS:a.*.example'],
  ['nothing but a wildcard', '/CN=other', 'DNS:*'],
  ['a wildcard and a trailing dot', '/CN=other', 'DNS:*.example.'],
  ['a trailing dot', '/CN=other', 'DNS:localhost.'],
  ['a leading dot', '/CN=other', 'DNS:.example'],
  ['no alternative name', '/CN=localhost', null],
  ['a wildcard as common name', '/CN=*.example', null],
  ['two common names', '/CN=other/CN=localhost', null],
  ['two common names, the first right', '/CN=localhost/CN=other', null],
  ['a common name beside another alternative name', '/CN=localhost', 'DNS:other'],
  ['a common name beside an address', '/CN=localhost', 'IP:127.0.0.1'],
  ['an address as common name, beside a name', '/CN=127.0.0.1', 'DNS:other'],
  ['an address as common name, beside another one', '/CN=127.0.0.1', 'IP:10.0.0.1'],
  ['an address written as a name', '/CN=other', 'DNS:127.0.0.1'],
  ['an IPv6 address', '/CN=other', 'IP:::1'],
  ['a mail address beside the common name', '/CN=localhost', 'email:a@example'],
  ['no common name', '/O=localhost', null],
];

export const namesWith = ({ as, word, authority }: Site): Cell[] =>
  hostNames.map((host) =>
    cell(
      as('scram', {
        PGPASSWORD: word,
        PGHOST: host,
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: authority.rootFile,
      }),
    ),
  );

/** Ways to log in, over TLS and not, with the right password, a wrong one and none. */
export function logins({ as, word, wrong }: Site): Cell[] {
  const passwords = [word, wrong, null];
  return crossed(
    Object.keys(roles).filter((role) => !role.startsWith('cert')),
    crossed(['disable', 'allow', 'prefer', 'require'], passwords),
  ).map(([user, [mode, password]]) => {
    const isClear = user === 'clear' && (mode === 'disable' || mode === 'allow') && password === word;
    return cell(
      as(user, { PGSSLMODE: mode, ...(password === null ? {} : { PGPASSWORD: password }) }),
      isClear ? /asks for the password in clear text/ : undefined,
      password === word ? ' right' : password === null ? ' none' : ' wrong',
    );
  });
}

export function channelBindings({ as, word }: Site): Cell[] {
  return crossed(
    ['', 'disable', 'prefer', 'require'],
    crossed(['disable', 'prefer', 'require'], ['scram', 'old', 'trusted']),
  ).map(([binding, [mode, user]]) =>
    cell(as(user, { PGPASSWORD: word, PGSSLMODE: mode, PGCHANNELBINDING: binding })),
  );
}

export function versions({ as, word }: Site): Cell[] {
  const known = [null, '', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3', 'TLSv9'];
  return crossed(known, known).map(([oldest, newest]) =>
    cell(
      as('scram', {
        PGPASSWORD: word,
        PGSSLMODE: 'require',
        ...(oldest === null ? {} : { PGSSLMINPROTOCOLVERSION: oldest }),
        ...(newest === null ? {} : { PGSSLMAXPROTOCOLVERSION: newest }),
      }),
    ),
  );
}

/** @param server the certificate that the server shows. */
export function revocations({ as, word, authority, file, homeWith }: Site, server: string): Cell[] {
  const other = authority.sign('/CN=other', null);
  const of = (certificate: string, isExpired?: boolean): string =>
    authority.revoke([{ certificate, key: '' }], isExpired);
  const root = authority.root;
  const lists: readonly (readonly [string, Env, RegExp?])[] = [
    ['none revoked', { PGSSLCRL: file('none.crl', authority.revoke([])) }],
    ['revoked', { PGSSLCRL: file('it.crl', of(server)) }],
    ['another revoked', { PGSSLCRL: file('other.crl', of(other.certificate)) }],
    ['out of date', { PGSSLCRL: file('old.crl', authority.revoke([], true)) }],
    ['no such list', { PGSSLCRL: '/absent/root.crl' }, /PGSSLCRL: the file .* does not exist/],
    ['no list', { PGSSLCRL: file('no.crl', 'nothing') }, /PGSSLCRL: .* holds nothing in PEM form/],
    ['revoked, at home', { HOME: homeWith({ '.postgresql/root.crl': of(server) }) }],
    [
      'revoked, at home with its root',
      { HOME: homeWith({ '.postgresql/root.crl': of(server), '.postgresql/root.crt': root }) },
    ],
    ['another revoked, at home', { HOME: homeWith({ '.postgresql/root.crl': of(other.certificate) }) }],
  ];
  return crossed(lists, crossed(['prefer', 'require', 'verify-full'], [true, false])).map(
    ([[title, env, stricter], [mode, hasRoot]]) =>
      cell(
        as('scram', {
          PGPASSWORD: word,
          PGSSLMODE: mode,
          ...(hasRoot ? { PGSSLROOTCERT: authority.rootFile } : {}),
          ...env,
        }),
        mode === 'verify-full' && !hasRoot ? undefined : stricter,
        ` (${title})`,
      ),
  );
}

export function clientCertificates({ as, word, authority, file, homeWith, wrong }: Site): Cell[] {
  const right = authority.sign('/CN=certonly', null);
  const other = authority.sign('/CN=other', null);
  const stranger = signItself('certonly');
  const cert = file('client.crt', right.certificate);
  const key = file('client.key', right.key);
  const usual = { '.postgresql/postgresql.crt': right.certificate };
  const open = /may be read by others/;
  const kinds: readonly (readonly [string, Env, RegExp?])[] = [
    ['none', {}],
    ['right', { PGSSLCERT: cert, PGSSLKEY: key }],
    ['of another role', { PGSSLCERT: file('c', other.certificate), PGSSLKEY: file('k', other.key) }],
    [
      'of an unknown authority',
      { PGSSLCERT: file('c', stranger.certificate), PGSSLKEY: file('k', stranger.key) },
    ],
    ['key open to the world', { PGSSLCERT: cert, PGSSLKEY: file('k', right.key, 0o644) }, open],
    ['key open to its group', { PGSSLCERT: cert, PGSSLKEY: file('k', right.key, 0o640) }, open],
    ['key that its group may write', { PGSSLCERT: cert, PGSSLKEY: file('k', right.key, 0o660) }, open],
    ['key for its owner to read', { PGSSLCERT: cert, PGSSLKEY: file('k', right.key, 0o400) }],
    [
      'key of another',
      { PGSSLCERT: cert, PGSSLKEY: file('k', other.key) },
      /is not that of the client certificate/,
    ],
    [
      'key that is encrypted',
      { PGSSLCERT: cert, PGSSLKEY: file('k', encrypted(right.key, wrong)) },
      /is encrypted, and no sslpassword/,
    ],
    ['key that is not there', { PGSSLCERT: cert, PGSSLKEY: '/absent/k' }, /PGSSLKEY: .* does not exist/],
    [
      'key that is none',
      { PGSSLCERT: cert, PGSSLKEY: file('k', 'nothing\n') },
      /PGSSLKEY: .* nothing in PEM form/,
    ],
    [
      'certificate that is not there',
      { PGSSLCERT: '/absent/c', PGSSLKEY: key },
      /PGSSLCERT: .* does not exist/,
    ],
    [
      'certificate that is none',
      { PGSSLCERT: file('c', 'x\n'), PGSSLKEY: key },
      /PGSSLCERT: .* nothing in PEM form/,
    ],
    ['no key', { PGSSLCERT: cert }, /has no private key/],
    ['at home', { HOME: homeWith({ ...usual, '.postgresql/postgresql.key': right.key }) }],
    ['at home, without a key', { HOME: homeWith(usual) }, /has no private key/],
    [
      'at home, open to the world',
      { HOME: homeWith({ ...usual, '.postgresql/postgresql.key': right.key }, 0o644) },
      open,
    ],
    ['at home, with a key that is named', { HOME: homeWith(usual), PGSSLKEY: key }],
  ];
  return crossed(kinds, crossed(['certonly', 'certscram', 'scram'], ['prefer', 'require'])).map(
    ([[title, env, stricter], [user, mode]]) =>
      cell(as(user, { PGPASSWORD: word, PGSSLMODE: mode, ...env }), stricter, ` (${title})`),
  );
}

export function passwordFiles({ as, line: word, secure, file, homeWith, wrong, word: plain }: Site): Cell[] {
  const { port } = secure;
  const line = (text: string, mode?: number): Env => ({ PGPASSFILE: file('pass', `${text}\n`, mode) });
  const exact = `localhost:${port}:postgres:scram:${word}`;
  const cells: readonly (readonly [string, Env])[] = [
    ['exact', line(exact)],
    ['not escaped', line(`*:*:*:*:${plain}`)],
    ['wildcards', line(`*:*:*:*:${word}`)],
    ['the address, not the name', line(`127.0.0.1:${port}:postgres:scram:${word}`)],
    ['another host', line(`other:${port}:postgres:scram:${word}`)],
    ['another port', line(`localhost:1:postgres:scram:${word}`)],
    ['another database', line(`localhost:${port}:other:scram:${word}`)],
    ['another role', line(`localhost:${port}:postgres:other:${word}`)],
    ['the first that matches is wrong', line(`*:*:*:scram:${wrong}\n${exact}`)],
    ['a comment', line(`#${exact}`)],
    ['a space before', line(` ${exact}`)],
    ['carriage return', line(`${exact}\r`)],
    ['more after the password', line(`${exact}:more`)],
    ['escaped', line(`local\\host:${port}:postgres:scram:${word.replace(/^\w/, '\\$&')}`)],
    ['empty', line(`localhost:${port}:postgres:scram:`)],
    ['empty, with a better one after', line(`localhost:${port}:postgres:scram:\n${exact}`)],
    ['mode 0400', line(exact, 0o400)],
    ['mode 0640', line(exact, 0o640)],
    ['mode 0604', line(exact, 0o604)],
    ['mode 0700', line(exact, 0o700)],
    ['missing', { PGPASSFILE: '/absent/pass' }],
    ['at home', { HOME: homeWith({ '.pgpass': `${exact}\n` }) }],
    ['at home, open', { HOME: homeWith({ '.pgpass': `${exact}\n` }, 0o644) }],
    ['a wrong password is given', { ...line(exact), PGPASSWORD: wrong }],
    ['an empty password is given', { ...line(exact), PGPASSWORD: '' }],
  ];
  return crossed(cells, ['scram', 'clear']).map(([[title, env], user]) => {
    return cell(as(user, { PGSSLMODE: 'require', ...env }), undefined, ` (${title})`);
  });
}

/** Several hosts: which one is reached, and after which failures none is. */
export function severalHosts({
  as,
  word,
  line,
  wrong,
  secure,
  plain,
  deadPort,
  file,
  authority,
}: Site): Cell[] {
  const [s, p, d] = [secure.port, plain.port, deadPort];
  const two = (first: number, second: number): Env => ({
    PGHOST: 'localhost,localhost',
    PGHOSTADDR: '127.0.0.1,127.0.0.1',
    PGPORT: `${first},${second}`,
  });
  const passes = (...lines: string[]): Env => ({ PGPASSFILE: file('pass', `${lines.join('\n')}\n`) });
  const verified = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: authority.rootFile };
  const given = { PGPASSWORD: word };
  return [
    cell(as('scram', { ...two(d, s), ...given }), undefined, ' (dead, then TLS)'),
    cell(as('scram', { ...two(s, d), ...given }), undefined, ' (TLS, then dead)'),
    cell(as('scram', { ...two(d, d), ...given }), undefined, ' (both dead)'),
    cell(as('scram', { ...two(p, s), ...given }), undefined, ' (plain, then TLS)'),
    cell(as('scram', { ...two(p, s), ...given, PGSSLMODE: 'require' }), undefined, ' (no TLS on the first)'),
    cell(as('scram', { ...two(s, p), PGPASSWORD: wrong }), undefined, ' (wrong password)'),
    cell(
      as('onlytls', { ...two(s, p), ...given, PGSSLMODE: 'disable' }),
      undefined,
      ' (refused, then allowed)',
    ),
    cell(as('rejected', { ...two(s, p), ...given }), undefined, ' (rejected by both)'),
    cell(as('nobody', { ...two(s, p), ...given }), undefined, ' (no such role)'),
    cell(
      { ...as('scram', { ...two(s, p), ...given }), PGDATABASE: 'nowhere' },
      undefined,
      ' (no such database)',
    ),
    cell(
      as('scram', { ...two(s, s), ...given, ...verified, PGHOST: 'other,localhost' }),
      undefined,
      ' (wrong name first)',
    ),
    cell(
      as('scram', { ...two(s, s), ...given, ...verified, PGHOST: 'localhost,other' }),
      undefined,
      ' (right name first)',
    ),
    cell(
      as('scram', { ...two(d, s), ...given, ...verified, PGHOST: 'other,localhost' }),
      undefined,
      ' (wrong name dead)',
    ),
    cell(
      as('scram', { ...two(s, p), ...passes(`localhost:${p}:*:*:${line}`) }),
      undefined,
      ' (password of the second alone)',
    ),
    cell(
      as('scram', { ...two(s, p), ...passes(`localhost:${s}:*:*:${line}`) }),
      undefined,
      ' (password of the first alone)',
    ),
    cell(
      as('scram', { ...two(d, p), ...passes(`localhost:${p}:*:*:${line}`) }),
      undefined,
      ' (dead, then its password)',
    ),
    cell(
      as('scram', { ...two(s, p), ...passes(`localhost:${s}:*:*:${wrong}`, `localhost:${p}:*:*:${line}`) }),
      undefined,
      ' (wrong password in the file, then a right one)',
    ),
    cell(
      as('clear', { ...two(s, p), ...passes(`localhost:${p}:*:*:${line}`), PGSSLMODE: 'require' }),
      undefined,
      ' (asks in clear text for what it has not)',
    ),
    cell(as('trusted', { ...two(s, p), PGTARGETSESSIONATTRS: 'standby' }), undefined, ' (no standby)'),
    cell(
      as('trusted', { ...two(s, p), PGTARGETSESSIONATTRS: 'prefer-standby' }),
      undefined,
      ' (rather a standby)',
    ),
    cell(as('trusted', { ...two(s, p), PGTARGETSESSIONATTRS: 'primary' }), undefined, ' (a primary)'),
    cell(as('trusted', { ...two(s, p), PGTARGETSESSIONATTRS: '' }), undefined, ' (attributes left empty)'),
    cell(as('trusted', { ...two(s, p), PGHOST: 'localhost' }), undefined, ' (one name, two addresses)'),
    cell(as('trusted', { ...two(s, p), PGPORT: `${s},${p},${d}` }), undefined, ' (three ports)'),
    cell(
      { ...as('scram', { ...given, ...verified }), PGHOST: '' },
      undefined,
      ' (an address without a name)',
    ),
  ];
}
