CREATE TABLE accounts (
  id bigserial PRIMARY KEY,
  address text NOT NULL UNIQUE,
  opened timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity numeric(20, 8) NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'pending'
);
