/**
 * The identifier of the server's cluster, which no other has (PostgreSQL docs 9.28, pg_control_system): an expression
 * of type text, NULL where the role may not ask for it. It is read by a query in a text, since a call that is not
 * permitted fails before any condition is inspected.
 */
export const clusterIdentifier = `substring(query_to_xml(CASE WHEN has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
    THEN 'SELECT system_identifier AS id FROM pg_catalog.pg_control_system()' ELSE 'SELECT NULL AS id' END, true, false, '')::text FROM '<id>([0-9]+)</id>')`;
