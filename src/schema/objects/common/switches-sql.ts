export const enabled = (column: string): string =>
  `CASE ${column} WHEN 'D' THEN ' DISABLED' WHEN 'R' THEN ' ENABLE REPLICA' WHEN 'A' THEN ' ENABLE ALWAYS' ELSE '' END`;

/** How a trigger is switched (`pg_trigger.tgenabled`), in the words of ALTER TABLE. */
export const triggerState = (column: string): string =>
  `CASE ${column} WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLED' END`;
