exports.up = async (knex) => {
  await knex.schema.createTable('accounts', (table) => {
    table.bigIncrements('id');
    table.text('address').notNullable().unique();
    table.timestamp('opened').notNullable().defaultTo(knex.fn.now());
  });
  await knex.schema.createTable('orders', (table) => {
    table.bigIncrements('id');
    table.bigInteger('account_id').notNullable().references('accounts.id');
    table.enu('side', ['buy', 'sell']).notNullable();
    table.decimal('quantity', 20, 8).notNullable();
    table.string('status', 20).notNullable().defaultTo('pending');
  });
};

exports.down = (knex) => knex.schema.dropTable('orders').dropTable('accounts');
