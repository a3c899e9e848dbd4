-- migrate:up
CREATE VIEW open_orders AS SELECT id, account_id, quantity FROM orders WHERE status = 'pending';

-- migrate:down
DROP VIEW open_orders;
