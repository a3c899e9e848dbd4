exports.up = (pgm) => {
  pgm.createType('side', ['buy', 'sell']);
  pgm.createTable('accounts', {
    id: 'id',
    address: { type: 'text', notNull: true, unique: true },
    opened: { type: 'timestamptz', notNull: true, default: pgm.func('now()') },
  });
  pgm.createTable('orders', {
    id: 'id',
    account_id: { type: 'integer', notNull: true, references: 'accounts' },
    side: { type: 'side', notNull: true },
    quantity: { type: 'numeric(20, 8)', notNull: true },
    status: { type: 'varchar(20)', notNull: true, default: 'pending' },
  });
};

exports.down = (pgm) => {
  pgm.dropTable('orders');
  pgm.dropTable('accounts');
  pgm.dropType('side');
};
