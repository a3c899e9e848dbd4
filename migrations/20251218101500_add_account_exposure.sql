-- What the risk check reads before each order: how much of an account is at stake, and how much it may be.
CREATE VIEW trading.account_exposure AS
SELECT
  a.id AS account_id,
  a.name,
  a.balance_usd,
  count(p.id) AS open_positions,
  coalesce(sum(p.current_value), 0) AS exposure_usd,
  coalesce(sum(p.unrealized_pnl), 0) AS unrealized_pnl_usd,
  a.max_position_size_usd
FROM trading.accounts a
LEFT JOIN trading.positions p ON p.account_id = a.id AND p.status = 'open'
GROUP BY a.id;
