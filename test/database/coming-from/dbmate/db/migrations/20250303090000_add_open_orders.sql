-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY orders_by_account ON orders (account_id);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY orders_by_account;
