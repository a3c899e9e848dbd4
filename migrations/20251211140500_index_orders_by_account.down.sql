-- slipway: no-transaction
DROP INDEX CONCURRENTLY trading.idx_order_account_created;
