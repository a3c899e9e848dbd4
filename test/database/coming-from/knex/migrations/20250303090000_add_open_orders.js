exports.up = async (knex) => {
  await knex.schema.alterTable('orders', (table) => table.index('account_id', 'orders_by_account'));
  await knex.raw(
    "CREATE VIEW open_orders AS SELECT id, account_id, quantity FROM orders WHERE status = 'pending'",
  );
};

exports.down = async (knex) => {
  await knex.raw('DROP VIEW open_orders');
  await knex.schema.alterTable('orders', (table) => table.dropIndex('account_id', 'orders_by_account'));
};
