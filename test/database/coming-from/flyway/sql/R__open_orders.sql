CREATE OR REPLACE VIEW open_orders AS SELECT id, account_id, quantity FROM orders WHERE status = 'pending';
