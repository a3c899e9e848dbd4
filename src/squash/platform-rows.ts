import type { Reading, ReadTable } from '../data/index.ts';
import type { Platform } from '../shadow/index.ts';

const isOfPlatform = (platform: Platform, name: string): boolean => platform.objects.has(`table ${name}`);

/** What the files of the project wrote: of a platform's table only the rows of a migration, and of its sequences none. */
export function ownRows(reading: Reading, platform: Platform | null): Reading {
  if (platform === null) return reading;
  const { objects } = platform;
  return {
    tables: reading.tables.map((read) =>
      isOfPlatform(platform, read.table.name)
        ? { ...read, rows: read.rows.filter(({ writtenBy }) => writtenBy !== null) }
        : read,
    ),
    sequences: reading.sequences.filter(({ name }) => !objects.has(`sequence ${name}`)),
    filled: reading.filled.filter((view) => !objects.has(`materialized view ${view}`)),
  };
}

/** How many of the rows that the platform brought into its tables are still as it wrote them, by table. */
export function platformRows(reading: Reading, platform: Platform | null): Readonly<Record<string, number>> {
  const count = ({ rows }: ReadTable): number => rows.filter(({ writtenBy }) => writtenBy === null).length;
  return Object.fromEntries(
    reading.tables
      .filter(({ table }) => platform !== null && isOfPlatform(platform, table.name))
      .map((read) => [read.table.name, count(read)]),
  );
}
