exports.up = (pgm) => {
  pgm.createIndex('orders', 'account_id', { name: 'orders_by_account' });
  pgm.createView('open_orders', {}, "SELECT id, account_id, quantity FROM orders WHERE status = 'pending'");
};

exports.down = (pgm) => {
  pgm.dropView('open_orders');
  pgm.dropIndex('orders', 'account_id', { name: 'orders_by_account' });
};
