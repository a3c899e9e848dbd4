ALTER TABLE trading.accounts DROP COLUMN fee_tier;
