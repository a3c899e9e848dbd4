-- The exchange sets fees by tier. Accounts get the tier that their present fees amount to.
ALTER TABLE trading.accounts ADD COLUMN fee_tier text NOT NULL DEFAULT 'standard';

UPDATE trading.accounts
  SET fee_tier = CASE WHEN maker_fee_bps <= 0 THEN 'market_maker' ELSE 'volume' END
  WHERE maker_fee_bps <= 0 OR taker_fee_bps < 10;

ALTER TABLE trading.accounts
  ADD CONSTRAINT accounts_fee_tier_check CHECK (fee_tier IN ('standard', 'volume', 'market_maker'));
