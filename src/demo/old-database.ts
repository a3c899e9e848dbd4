/** Columns that this database's own init script never had, by table: they came with migrations that it did not get. */
const lackingColumns: Readonly<Record<string, readonly string[]>> = {
  accounts: ['maker_fee_bps', 'taker_fee_bps', 'balance_usd'],
  strategies: ['order_preference', 'funding_rate_threshold'],
  strategy_performances: ['total_fees_paid', 'total_funding_paid', 'total_liquidations'],
  decisions: ['asset_decisions', 'portfolio_rationale', 'total_allocation_usd', 'portfolio_risk_level'],
  market_data: ['funding_rate'],
};

/** `table.column` of each column that the old database lacks. */
export const lacking: readonly string[] = Object.entries(lackingColumns).flatMap(([table, columns]) =>
  columns.map((column) => `${table}.${column}`),
);

const dropLacking = Object.entries(lackingColumns)
  .map(
    ([table, columns]) =>
      `ALTER TABLE trading.${table} ${columns.map((column) => `DROP COLUMN ${column}`).join(', ')}`,
  )
  .join(';\n');

const rows = `
INSERT INTO trading.users (address) VALUES ('0x52908400098527886E0F7030069857D2E4169EE7'), ('0xde709f2102306220921060314715629080e2fb77');
INSERT INTO trading.accounts (name, user_id, leverage) VALUES ('main', 1, 3), ('paper', 1, 1), ('desk', 2, 2);
INSERT INTO trading.challenges (address, challenge) VALUES ('0x52908400098527886E0F7030069857D2E4169EE7', 'sign this');
INSERT INTO trading.strategies (strategy_id, strategy_name, strategy_type, prompt_template, timeframe_preference, risk_parameters)
  VALUES ('momentum', 'Momentum', 'trend', 'Follow it.', '["5m"]', '{}'), ('basis', 'Basis', 'carry', 'Collect it.', '["1h"]', '{}');
INSERT INTO trading.strategy_assignments (account_id, strategy_id) VALUES (1, 1), (2, 2);
INSERT INTO trading.strategy_performances (strategy_id, account_id, period_start, period_end, period_days, total_pnl)
  VALUES (1, 1, '2025-10-01', '2025-10-31', 30, 812.5);
INSERT INTO trading.positions (account_id, symbol, side, entry_price, current_price, quantity, entry_value, current_value, unrealized_pnl, unrealized_pnl_percent)
  VALUES (1, 'BTC', 'long', 61000, 64000, 0.5, 30500, 32000, 1500, 4.9), (3, 'ETH', 'short', 2500, 2450, 2, 5000, 4900, 100, 2);
INSERT INTO trading.orders (account_id, position_id, symbol, order_type, side, quantity) VALUES (1, 1, 'BTC', 'limit', 'buy', 0.5), (3, 2, 'ETH', 'market', 'sell', 2);
INSERT INTO trading.trades (account_id, order_id, symbol, side, quantity, price, total_cost)
  SELECT 1, 1, 'BTC', 'buy', 0.005, 61000, 305 FROM generate_series(1, 100);
INSERT INTO trading.diary_entries (account_id, entry_type, title, content) VALUES (1, 'note', 'Opened', 'Broke out on volume.');
INSERT INTO trading.performance_metrics (account_id, period, period_start, period_end) VALUES (1, 'daily', '2025-11-01', '2025-11-02');
INSERT INTO trading.decisions (account_id, strategy_id, symbol, action, model_used, processing_time_ms, market_context, account_context)
  VALUES (1, 'momentum', 'BTC', 'buy', 'm-1', 840, '{}', '{}');
INSERT INTO trading.decision_results (decision_id, outcome, realized_pnl) VALUES (1, 'open', NULL);
INSERT INTO trading.market_data (time, id, symbol, "interval", open, high, low, close, volume)
  SELECT '2025-11-01'::timestamp + n * interval '1 minute', n, 'BTC', '1m', 60000, 60010, 59990, 60005, 12 FROM generate_series(1, 1000) AS n`;

const twoHeads = `
CREATE TABLE public.alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);
INSERT INTO public.alembic_version VALUES ('3f2a9c81d7e4'), ('b81c0de4a650')`;

/**
 * SQL that makes the database of a team whose init script and migrations drifted apart: columns are missing, every
 * table has rows, and the version table of the migration tool holds two.
 *
 * @param baseline the text of the example's baseline.
 */
export const oldDatabase = (baseline: string): string => [baseline, dropLacking, rows, twoHeads].join(';\n');
