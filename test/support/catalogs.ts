/**
 * The catalogs that no kind of `src/schema/kinds.ts` lives in, and why no fingerprint has to look at them. A catalog that
 * is neither here nor there fails a test: whoever adds a server decides.
 */
export const catalogsLeftOut: Readonly<Record<string, string>> = {
  // Another row is written with each of theirs.
  pg_aggregate: 'implied: CREATE OR REPLACE AGGREGATE writes the row of pg_proc',
  pg_attrdef: 'implied: a default that is set, changed or dropped writes the row of pg_attribute',
  pg_partitioned_table: 'implied: a key is never changed, and a default partition is of pg_inherits',
  pg_range: 'implied: a range type is never changed, and made with its row of pg_type',
  // No description has any of it.
  pg_auth_members: 'not looked at: who is a member of what is of the whole server',
  pg_init_privs: 'not looked at: what an extension granted is its own to describe',
  pg_largeobject: 'not looked at: data',
  pg_largeobject_metadata: 'not looked at: data',
  pg_parameter_acl: 'not looked at: of the whole server',
  pg_replication_origin: 'not looked at: of the whole server',
  pg_seclabel: 'not looked at: a label needs a provider that each server loads for itself',
  pg_shdepend: 'not looked at but for which roles this database names: pg_authid',
  pg_shseclabel: 'not looked at: a label needs a provider that each server loads for itself',
  pg_statistic: 'not looked at: what the planner knows of rows',
  pg_statistic_ext_data: 'not looked at: what the planner knows of rows',
  pg_subscription_rel: 'not looked at: how far replication is',
};
