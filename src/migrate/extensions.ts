import { SlipwayError } from '../core/index.ts';
import { readOnlyPreamble } from '../inspect/index.ts';
import { literal } from '../postgres/index.ts';
import { createdExtensions, placeAt } from '../sql/index.ts';
import type { Body } from './body.ts';
import type { Run } from './run.ts';

/** That a server lacks an extension, or has not loaded it. */
export class ExtensionLacking extends SlipwayError {
  /** The same, of a server on which files are only tried. */
  ofShadow(): SlipwayError {
    return new SlipwayError(
      {
        ...this.failure,
        message: this.failure.message.replace('the server', 'the shadow'),
        remedy:
          'SLIPWAY_SHADOW_URL can name a server that has it, such as the same image that runs the database. If it is optional, create it in a DO block that first checks pg_available_extensions.',
      },
      { cause: this },
    );
  }
}

/**
 * Finds, before anything runs, the extensions that the bodies create and this server or this role cannot have
 * (PostgreSQL docs, CREATE EXTENSION: a trusted extension needs CREATE on the database, any other a superuser).
 *
 * @throws ExtensionLacking (78) for one that the server does not have, SlipwayError (77) for one that the role may not create.
 */
export async function assertExtensions(run: Run, bodies: readonly Body[]): Promise<void> {
  const wanted = bodies.flatMap((body) =>
    body.kind === 'sql'
      ? createdExtensions(body.script).map((extension) => ({ ...extension, source: body.script.source }))
      : [],
  );
  if (wanted.length === 0) return;
  const rows = await run.session.rows(
    `${readOnlyPreamble(run.config.role)} SELECT e.name, e.default_version IS NOT NULL AS is_there, e.installed_version IS NOT NULL AS is_installed,
       coalesce((SELECT bool_or(v.superuser AND NOT v.trusted) FROM pg_available_extension_versions v
                  WHERE v.name = e.name AND v.version = e.default_version), false)
         AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS needs_superuser,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.disable_load') AS has_timescaledb_loaded
     FROM pg_available_extensions e WHERE e.name IN (${wanted.map(({ name }) => literal(name)).join(', ')})`,
  );
  const known = new Map(rows.map((row) => [String(row.name), row]));
  for (const { name, statement, source } of wanted) {
    const row = known.get(name);
    const place = placeAt(source, statement.start);
    if (!row) {
      throw new ExtensionLacking({
        exit: 'config',
        place,
        message: `the server does not have the extension "${name}"`,
        remedy: 'Install it on the server, or use an image that includes it.',
      });
    }
    if (row.is_installed) continue;
    if (name === 'timescaledb' && !row.has_timescaledb_loaded) {
      throw new ExtensionLacking({
        exit: 'config',
        place,
        message: 'the extension "timescaledb" is on the server but not preloaded',
        remedy: "Set shared_preload_libraries = 'timescaledb' on the server and restart it.",
      });
    }
    if (!row.needs_superuser && row.may_create) continue;
    throw new SlipwayError({
      exit: 'denied',
      place,
      message: `this role may not create the extension "${name}"`,
      remedy: row.needs_superuser
        ? `As a superuser: CREATE EXTENSION "${name}"; then start again.`
        : `Grant CREATE on the database, or as its owner: CREATE EXTENSION "${name}";`,
    });
  }
}
