const { DataSource, EntitySchema } = require('typeorm');

const id = { type: 'bigint', primary: true, generated: 'identity' };

const account = new EntitySchema({
  name: 'Account',
  tableName: 'accounts',
  columns: {
    id,
    address: { type: 'text', unique: true },
    opened: { type: 'timestamptz', default: () => 'now()' },
  },
});

const order = new EntitySchema({
  name: 'Order',
  tableName: 'orders',
  columns: {
    id,
    side: { type: 'enum', enum: ['buy', 'sell'], enumName: 'side' },
    qty: { type: 'numeric', precision: 20, scale: 8, default: 1 },
  },
  relations: {
    account: {
      type: 'many-to-one',
      target: 'Account',
      nullable: false,
      joinColumn: { name: 'account_id' },
    },
  },
});

// The server is named by PGHOST and libpq's other variables.
module.exports = new DataSource({ type: 'postgres', entities: [account, order] });
