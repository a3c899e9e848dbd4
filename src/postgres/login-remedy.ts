import type { Subject } from './failure-rule.ts';

export const giveCertificate =
  'Give one: PGSSLCERT and PGSSLKEY, signed by an authority in ssl_ca_file on the server, with TLS on (PGSSLMODE=verify-full).';

/**
 * Whether it is PAM or a cloud's own way to log in that says no: Amazon RDS checks IAM's tokens by PAM, Cloud SQL and
 * Azure have words of their own. An ordinary password is 28P01.
 */
const takesTokens = (message: string): boolean =>
  /\b(?:PAM|IAM|Entra|Azure AD|AAD|token)\b/i.test(message.replaceAll(/"[^"]*"/g, ''));

/** What helps where the server refuses a login (28000), by what it says. */
const remedies: readonly (readonly [RegExp, (at: Subject) => string])[] = [
  [/requires a valid client certificate/i, () => giveCertificate],
  [
    /certificate authentication failed/i,
    ({ conn }) =>
      `The common name of the client certificate (PGSSLCERT) must be "${conn.user}", or pg_ident.conf must map it to that role.`,
  ],
  [
    /peer authentication failed|provided user name .* do not match/i,
    ({ conn }) =>
      `Over its socket the server takes the operating system's user for the role: run as the user "${conn.user}", map it in pg_ident.conf, or connect by TCP with a password (PGHOST=localhost, PGPASSWORD).`,
  ],
  [
    /ident authentication failed/i,
    ({ conn }) =>
      `The server asks this machine who its user is: let pg_hba.conf ask role "${conn.user}" for scram-sha-256 instead.`,
  ],
  [
    /not permitted to log in|is not allowed to log in/i,
    ({ conn }) => `ALTER ROLE "${conn.user}" LOGIN; or connect as another role (PGUSER).`,
  ],
  [
    /no pg_hba\.conf entry|pg_hba\.conf rejects/i,
    ({ conn, message }) =>
      `Allow role "${conn.user}" in pg_hba.conf for database "${conn.database}" from this address.${
        conn.sslmode === 'disable' && /no encryption|SSL off/i.test(message)
          ? ' Where a hostssl line there asks for TLS, set PGSSLMODE=verify-full.'
          : ''
      }`,
  ],
];

/** What helps where the server refuses a login (SQLSTATE 28000). */
export function loginRemedy(at: Subject): string {
  const found = remedies.find(([says]) => says.test(at.message));
  if (found) return found[1](at);
  const { conn, message } = at;
  if (takesTokens(message)) {
    return `Where a cloud's identities log in (IAM, Entra ID), the password is a token that expires, on Amazon RDS after 15 minutes: make a new one for each start (PGPASSWORD, PGPASSWORD_FILE), for the role "${conn.user}" and this very host and port, and see that the role may log in that way.`;
  }
  return `Create the role "${conn.user}", or allow it in pg_hba.conf.${conn.sslmode === 'disable' ? ' Where a hostssl line there asks for TLS, set PGSSLMODE=verify-full.' : ''}`;
}
