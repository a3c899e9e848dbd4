import type { Snapshot, SnapshotObject } from '../../model/index.ts';
import { type AlterStep, step } from '../common/alteration.ts';
import { type Grant, granteeOf, grantsOn, targetOf } from './text.ts';

type Rights = Pick<SnapshotObject, 'text' | 'facets'> | null;

/**
 * GRANT and REVOKE of what differs between two descriptions of who may what; null stands for what an owner has and
 * nobody else.
 *
 * @param name as in the snapshot: `relation s.t`, `column s.t.c`, `routine s.f(a integer)`.
 */
export function alterPrivileges(
  name: string,
  before: Rights,
  after: Rights,
  snapshot: Snapshot,
): AlterStep[] {
  const { on, columns } = targetOf(name, snapshot);
  const was = grantsOn(name, comparable(before, after), snapshot);
  const is = grantsOn(name, comparable(after, before), snapshot);
  const isIn = (list: readonly Grant[], grant: Grant): boolean =>
    list.some(
      ({ role, privilege, isGrantable }) =>
        role === grant.role && privilege === grant.privilege && isGrantable === grant.isGrantable,
    );
  const isHeldIn = (list: readonly Grant[], { role, privilege }: Grant): boolean =>
    list.some((one) => one.role === role && one.privilege === privilege);
  const gone = was.filter((grant) => !isIn(is, grant));
  const added = is.filter((grant) => !isIn(was, grant));
  const statement = (grant: Grant, sql: (grantee: string) => string): AlterStep[] => {
    const grantee = granteeOf(grant.role, name, snapshot);
    return grantee === null ? [] : [step(sql(grantee))];
  };
  return [
    ...gone.flatMap((grant) => {
      // A right that only loses its grant option is kept, and so is one that gains it.
      const stays = isHeldIn(added, grant);
      if (stays && !grant.isGrantable) return [];
      const what = `${stays ? 'GRANT OPTION FOR ' : ''}${grant.privilege}${columns}`;
      return statement(grant, (grantee) => `REVOKE ${what} ON ${on} FROM ${grantee}`);
    }),
    ...added.flatMap((grant) => {
      if (isHeldIn(gone, grant) && !grant.isGrantable) return [];
      const option = grant.isGrantable ? ' WITH GRANT OPTION' : '';
      return statement(
        grant,
        (grantee) => `GRANT ${grant.privilege}${columns} ON ${on} TO ${grantee}${option}`,
      );
    }),
  ];
}

/** A description with the facets that the other side has as well: of the others nothing is known there. */
const comparable = (one: Rights, other: Rights): Rights =>
  one && other
    ? {
        text: one.text,
        facets: Object.fromEntries(
          Object.entries(one.facets).filter(
            ([facet]) => other.facets[facet] !== undefined || facet.startsWith('MAINTAIN, '),
          ),
        ),
      }
    : one;
