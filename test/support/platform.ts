import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', 'examples', 'supabase');

/** Roles that the example's platform makes. They belong to the server, so each test has its own. */
const roles = /\b(?:anon|authenticated|service_role)\b/g;

/** The files of the example of a platform, its roles with a prefix. */
export function platformFiles(prefix: string): Record<string, string> {
  const paths = ['sql', 'migrations'].flatMap((name) =>
    readdirSync(join(folder, name)).map((file) => `${name}/${file}`),
  );
  return Object.fromEntries(
    paths.sort().map((path) => [path, withRoles(readFileSync(join(folder, path), 'utf8'), prefix)]),
  );
}

/** The names of its roles. */
export const platformRoles = (prefix: string): string[] =>
  ['anon', 'authenticated', 'service_role'].map((role) => prefix + role);

const withRoles = (text: string, prefix: string): string => text.replaceAll(roles, (role) => prefix + role);

/**
 * A database as the platform makes it, which has more than the file for shadows says: columns, a trigger and a policy of
 * its own on the table that a project's trigger stands on, and tables that no project names.
 */
export const richPlatform = (prefix: string): string =>
  `${platformFiles(prefix)['sql/shadow.sql']?.replaceAll(/^CREATE ROLE.*$/gm, '')}
  ALTER TABLE auth.users ADD COLUMN aud text, ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
  ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
  CREATE POLICY admins ON auth.users TO ${prefix}service_role USING (true);
  CREATE FUNCTION auth.touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE TRIGGER touched BEFORE UPDATE ON auth.users FOR EACH ROW EXECUTE FUNCTION auth.touched();
  CREATE TABLE auth.sessions (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users (id));
  CREATE SCHEMA storage;
  CREATE TABLE storage.buckets (id text PRIMARY KEY);`;
