-- slipway: no-transaction
-- An account's newest orders, one page at a time. The table is written to all day, hence CONCURRENTLY.
CREATE INDEX CONCURRENTLY idx_order_account_created ON trading.orders (account_id, created_at DESC);
