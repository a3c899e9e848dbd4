-- Up Migration
CREATE TABLE fee_tiers (name text PRIMARY KEY, maker_bps numeric(6, 2) NOT NULL);
INSERT INTO fee_tiers VALUES ('basic', 1.5), ('pro', 0.5);
ALTER TABLE accounts ADD fee_tier text NOT NULL DEFAULT 'basic' REFERENCES fee_tiers;

-- Down Migration
ALTER TABLE accounts DROP fee_tier;
DROP TABLE fee_tiers;
