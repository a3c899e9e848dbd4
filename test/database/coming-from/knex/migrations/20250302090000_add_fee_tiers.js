exports.up = async (knex) => {
  await knex.schema.createTable('fee_tiers', (table) => {
    table.text('name').primary();
    table.decimal('maker_bps', 6, 2).notNullable();
  });
  await knex('fee_tiers').insert([
    { name: 'basic', maker_bps: 1.5 },
    { name: 'pro', maker_bps: 0.5 },
  ]);
  await knex.schema.alterTable('accounts', (table) => {
    table.text('fee_tier').notNullable().defaultTo('basic').references('fee_tiers.name');
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable('accounts', (table) => table.dropColumn('fee_tier'));
  await knex.schema.dropTable('fee_tiers');
};
