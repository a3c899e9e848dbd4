import { bigint, index, numeric, pgEnum, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const id = bigint({ mode: 'bigint' }).primaryKey().generatedByDefaultAsIdentity();

export const side = pgEnum('side', ['buy', 'sell']);

export const accounts = pgTable('accounts', {
  id,
  address: text().notNull().unique(),
  opened: timestamp({ withTimezone: true }).notNull().defaultNow(),
});

export const orders = pgTable(
  'orders',
  {
    id,
    accountId: bigint('account_id', { mode: 'bigint' })
      .notNull()
      .references(() => accounts.id),
    side: side().notNull(),
    qty: numeric({ precision: 20, scale: 8 }).notNull().default('1'),
  },
  (table) => [index('orders_by_account').on(table.accountId)],
);
