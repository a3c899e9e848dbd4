import pg from 'pg';
import { BodyFailure } from '../migrate/own-script.ts';
import { identifier, type Session } from '../postgres/index.ts';
import type { Shadow } from './shadow.ts';

/**
 * Calls `work`, again after a role was made that a grant or an owner in the files names: only where the whole server is
 * ours.
 *
 * @throws what `work` throws.
 */
export async function withRoles<T>(
  { session }: { readonly session: Session },
  { server }: Shadow,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const role = server === 'own' ? missingRole(error) : null;
      if (role === null) throw error;
      await makeRole(session, role);
    }
  }
}

/** Another shadow of the same server may just have made it (42710, or 23505 where it has not yet committed). */
async function makeRole(session: Session, role: string): Promise<void> {
  try {
    await session.run(`CREATE ROLE ${identifier(role)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && ['42710', '23505'].includes(error.code ?? ''))) throw error;
  }
}

/** The role that a grant or an owner names and our own server does not have (42704); its messages are not translated. */
function missingRole(error: unknown): string | null {
  if (!(error instanceof BodyFailure) || !(error.cause instanceof pg.DatabaseError)) return null;
  if (error.cause.code !== '42704') return null;
  return /^role "(.+)" does not exist$/.exec(error.cause.message)?.[1] ?? null;
}
