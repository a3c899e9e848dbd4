CREATE TABLE accounts (
  id bigserial PRIMARY KEY,
  address text NOT NULL UNIQUE,
  opened timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE fee_tiers (name text PRIMARY KEY, maker_bps numeric(6, 2) NOT NULL);
INSERT INTO fee_tiers VALUES ('basic', 1.5), ('pro', 0.5);
ALTER TABLE accounts ADD fee_tier text NOT NULL DEFAULT 'basic' REFERENCES fee_tiers;
CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity numeric(20, 8) NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'pending'
);
CREATE INDEX orders_by_account ON orders (account_id);
CREATE VIEW open_orders AS SELECT id, account_id, quantity FROM orders WHERE status = 'pending';
