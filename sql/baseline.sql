-- slipway: version 20251127101038
-- The schema of a trading backend: accounts, strategies, what the models decide, and what the exchange makes of it.
--
-- Times are UTC without a time zone. Some columns have a plain index beside the one of their unique constraint:
-- the databases that run have both, so that both stand here.

CREATE SCHEMA IF NOT EXISTS trading;

-- People, known by the address of their wallet.
CREATE TABLE trading.users (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  address varchar(42) NOT NULL UNIQUE,
  is_admin boolean NOT NULL DEFAULT false
);
CREATE INDEX ix_trading_users_address ON trading.users (address);

-- Exchange accounts of a user, with the limits that the risk checks apply. Fees are in basis points.
CREATE TABLE trading.accounts (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  name varchar(255) NOT NULL UNIQUE,
  description text,
  status varchar(50) NOT NULL DEFAULT 'active',
  user_id integer NOT NULL REFERENCES trading.users (id),
  api_key varchar(255),
  api_secret varchar(255),
  api_passphrase varchar(255),
  leverage double precision NOT NULL DEFAULT 2.0,
  max_position_size_usd double precision NOT NULL DEFAULT 10000.0,
  risk_per_trade double precision NOT NULL DEFAULT 0.02,
  maker_fee_bps double precision NOT NULL DEFAULT 5.0,
  taker_fee_bps double precision NOT NULL DEFAULT 20.0,
  balance_usd double precision NOT NULL DEFAULT 0.0,
  is_paper_trading boolean NOT NULL DEFAULT false,
  is_multi_account boolean NOT NULL DEFAULT false,
  is_enabled boolean NOT NULL DEFAULT true
);
CREATE INDEX ix_trading_accounts_name ON trading.accounts (name);

-- What a wallet has to sign in order to log in.
CREATE TABLE trading.challenges (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  address varchar(42) NOT NULL,
  challenge varchar(64) NOT NULL UNIQUE
);
CREATE INDEX ix_trading_challenges_address ON trading.challenges (address);

-- Trading strategies: the prompt and its parameters. strategy_id is the name that configuration uses.
CREATE TABLE trading.strategies (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  strategy_id varchar(100) NOT NULL UNIQUE,
  strategy_name varchar(255) NOT NULL,
  strategy_type varchar(50) NOT NULL,
  description text,
  prompt_template text NOT NULL,
  timeframe_preference json NOT NULL,
  max_positions integer NOT NULL DEFAULT 3,
  position_sizing varchar(50) NOT NULL DEFAULT 'percentage',
  order_preference varchar(50) NOT NULL DEFAULT 'any',
  funding_rate_threshold double precision NOT NULL DEFAULT 0.0,
  risk_parameters json NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  is_default boolean NOT NULL DEFAULT false,
  created_by varchar(100),
  version varchar(20) NOT NULL DEFAULT '1.0'
);
CREATE INDEX idx_strategy_active ON trading.strategies (is_active);
CREATE UNIQUE INDEX idx_strategy_id_unique ON trading.strategies (strategy_id);
CREATE INDEX idx_strategy_type ON trading.strategies (strategy_type);

-- Which strategy an account runs, and which one it ran before.
CREATE TABLE trading.strategy_assignments (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  account_id integer NOT NULL REFERENCES trading.accounts (id),
  strategy_id integer NOT NULL REFERENCES trading.strategies (id),
  assigned_at timestamp NOT NULL DEFAULT now(),
  assigned_by varchar(100),
  is_active boolean NOT NULL DEFAULT true,
  previous_strategy_id integer REFERENCES trading.strategies (id),
  switch_reason text,
  total_trades integer NOT NULL DEFAULT 0,
  total_pnl double precision NOT NULL DEFAULT 0.0,
  win_rate double precision,
  deactivated_at timestamp,
  deactivated_by varchar(100),
  deactivation_reason text
);
CREATE INDEX idx_strategy_assignment_account ON trading.strategy_assignments (account_id);
CREATE INDEX idx_strategy_assignment_active ON trading.strategy_assignments (is_active);
CREATE INDEX idx_strategy_assignment_strategy ON trading.strategy_assignments (strategy_id);

-- Figures of a strategy over a period, for one account or, without one, for all.
CREATE TABLE trading.strategy_performances (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  strategy_id integer NOT NULL REFERENCES trading.strategies (id),
  account_id integer REFERENCES trading.accounts (id),
  period_start timestamp NOT NULL,
  period_end timestamp NOT NULL,
  period_days integer NOT NULL,
  total_trades integer NOT NULL DEFAULT 0,
  winning_trades integer NOT NULL DEFAULT 0,
  losing_trades integer NOT NULL DEFAULT 0,
  win_rate double precision NOT NULL DEFAULT 0.0,
  total_pnl double precision NOT NULL DEFAULT 0.0,
  avg_win double precision NOT NULL DEFAULT 0.0,
  avg_loss double precision NOT NULL DEFAULT 0.0,
  max_win double precision NOT NULL DEFAULT 0.0,
  max_loss double precision NOT NULL DEFAULT 0.0,
  max_drawdown double precision NOT NULL DEFAULT 0.0,
  sharpe_ratio double precision,
  sortino_ratio double precision,
  profit_factor double precision NOT NULL DEFAULT 0.0,
  avg_trade_duration_hours double precision NOT NULL DEFAULT 0.0,
  total_volume_traded double precision NOT NULL DEFAULT 0.0,
  total_fees_paid double precision NOT NULL DEFAULT 0.0,
  total_funding_paid double precision NOT NULL DEFAULT 0.0,
  total_liquidations integer NOT NULL DEFAULT 0,
  var_95 double precision,
  max_consecutive_losses integer NOT NULL DEFAULT 0,
  max_consecutive_wins integer NOT NULL DEFAULT 0,
  additional_metrics json
);
CREATE INDEX idx_strategy_performance_account ON trading.strategy_performances (account_id);
CREATE INDEX idx_strategy_performance_period ON trading.strategy_performances (period_start, period_end);
CREATE INDEX idx_strategy_performance_strategy ON trading.strategy_performances (strategy_id);

-- What an account holds.
CREATE TABLE trading.positions (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  account_id integer NOT NULL REFERENCES trading.accounts (id),
  symbol varchar(50) NOT NULL,
  side varchar(10) NOT NULL,
  status varchar(50) NOT NULL DEFAULT 'open',
  entry_price double precision NOT NULL,
  current_price double precision NOT NULL,
  quantity double precision NOT NULL,
  leverage double precision NOT NULL DEFAULT 1.0,
  entry_value double precision NOT NULL,
  current_value double precision NOT NULL,
  unrealized_pnl double precision NOT NULL,
  unrealized_pnl_percent double precision NOT NULL,
  stop_loss double precision,
  take_profit double precision
);
CREATE INDEX idx_position_account_id ON trading.positions (account_id);
CREATE INDEX idx_position_status ON trading.positions (status);
CREATE INDEX idx_position_symbol ON trading.positions (symbol);

-- Orders, as sent to the exchange.
CREATE TABLE trading.orders (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  account_id integer NOT NULL REFERENCES trading.accounts (id),
  position_id integer REFERENCES trading.positions (id),
  exchange_order_id varchar(255) UNIQUE,
  symbol varchar(50) NOT NULL,
  order_type varchar(50) NOT NULL,
  side varchar(10) NOT NULL,
  status varchar(50) NOT NULL DEFAULT 'pending',
  quantity double precision NOT NULL,
  price double precision,
  stop_price double precision,
  time_in_force varchar(20) NOT NULL DEFAULT 'GTC',
  filled_quantity double precision NOT NULL DEFAULT 0.0,
  average_price double precision,
  total_cost double precision,
  commission double precision NOT NULL DEFAULT 0.0
);
CREATE INDEX idx_order_account_id ON trading.orders (account_id);
CREATE INDEX idx_order_position_id ON trading.orders (position_id);
CREATE INDEX idx_order_status ON trading.orders (status);
CREATE INDEX idx_order_symbol ON trading.orders (symbol);

-- Fills, as the exchange reports them.
CREATE TABLE trading.trades (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  account_id integer NOT NULL REFERENCES trading.accounts (id),
  position_id integer REFERENCES trading.positions (id),
  order_id integer REFERENCES trading.orders (id),
  exchange_trade_id varchar(255) UNIQUE,
  symbol varchar(50) NOT NULL,
  side varchar(10) NOT NULL,
  quantity double precision NOT NULL,
  price double precision NOT NULL,
  total_cost double precision NOT NULL,
  commission double precision NOT NULL DEFAULT 0.0,
  commission_asset varchar(50),
  pnl double precision,
  pnl_percent double precision,
  roi double precision
);
CREATE INDEX idx_trade_account_id ON trading.trades (account_id);
CREATE INDEX idx_trade_order_id ON trading.trades (order_id);
CREATE INDEX idx_trade_position_id ON trading.trades (position_id);
CREATE INDEX idx_trade_symbol ON trading.trades (symbol);

-- Notes on an account.
CREATE TABLE trading.diary_entries (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  account_id integer NOT NULL REFERENCES trading.accounts (id),
  entry_type varchar(50) NOT NULL,
  title varchar(255) NOT NULL,
  content text NOT NULL,
  tags varchar(255),
  sentiment varchar(20),
  confidence varchar(20)
);
CREATE INDEX idx_diary_account_id ON trading.diary_entries (account_id);
CREATE INDEX idx_diary_entry_type ON trading.diary_entries (entry_type);

-- Figures of an account over a period. The period and its ends are labels, hence text.
CREATE TABLE trading.performance_metrics (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  account_id integer NOT NULL REFERENCES trading.accounts (id),
  period varchar(50) NOT NULL,
  period_start varchar(50) NOT NULL,
  period_end varchar(50) NOT NULL,
  total_trades integer NOT NULL DEFAULT 0,
  winning_trades integer NOT NULL DEFAULT 0,
  losing_trades integer NOT NULL DEFAULT 0,
  win_rate double precision NOT NULL DEFAULT 0.0,
  total_pnl double precision NOT NULL DEFAULT 0.0,
  total_pnl_percent double precision NOT NULL DEFAULT 0.0,
  average_win double precision,
  average_loss double precision,
  profit_factor double precision,
  max_drawdown double precision,
  max_drawdown_percent double precision,
  sharpe_ratio double precision,
  sortino_ratio double precision
);
CREATE INDEX idx_performance_account_id ON trading.performance_metrics (account_id);
CREATE INDEX idx_performance_period ON trading.performance_metrics (period);

-- What a model decided, on what grounds, and whether it was carried out. strategy_id is the strategy's name, not a
-- foreign key: a decision is kept when its strategy is gone.
CREATE TABLE trading.decisions (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  account_id integer NOT NULL REFERENCES trading.accounts (id),
  strategy_id varchar(100) NOT NULL,
  asset_decisions json,
  portfolio_rationale text,
  total_allocation_usd double precision,
  portfolio_risk_level varchar(10),
  symbol varchar(20),
  action varchar(20),
  allocation_usd double precision DEFAULT 0.0,
  tp_price double precision,
  sl_price double precision,
  exit_plan text,
  rationale text,
  confidence double precision,
  risk_level varchar(10),
  timestamp timestamp NOT NULL DEFAULT now(),
  position_adjustment json,
  order_adjustment json,
  model_used varchar(100) NOT NULL,
  api_cost double precision,
  processing_time_ms double precision NOT NULL,
  validation_passed boolean NOT NULL DEFAULT false,
  validation_errors json,
  validation_warnings json,
  market_context json NOT NULL,
  account_context json NOT NULL,
  risk_metrics json,
  executed boolean NOT NULL DEFAULT false,
  executed_at timestamp,
  execution_price double precision,
  execution_errors json
);
CREATE INDEX idx_decision_account_symbol ON trading.decisions (account_id, symbol);
CREATE INDEX idx_decision_action ON trading.decisions (action);
CREATE INDEX idx_decision_strategy ON trading.decisions (strategy_id);
CREATE INDEX idx_decision_timestamp ON trading.decisions (timestamp);

-- What came of a decision.
CREATE TABLE trading.decision_results (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  decision_id integer NOT NULL REFERENCES trading.decisions (id),
  outcome varchar(20),
  realized_pnl double precision,
  unrealized_pnl double precision,
  percentage_return double precision,
  entry_price double precision,
  exit_price double precision,
  position_size double precision,
  opened_at timestamp,
  closed_at timestamp,
  duration_hours double precision,
  max_favorable_excursion double precision,
  max_adverse_excursion double precision,
  slippage double precision,
  fees_paid double precision,
  hit_tp boolean,
  hit_sl boolean,
  manual_close boolean NOT NULL DEFAULT false,
  market_conditions json,
  notes text
);
CREATE INDEX idx_decision_result_closed_at ON trading.decision_results (closed_at);
CREATE INDEX idx_decision_result_decision ON trading.decision_results (decision_id);
CREATE INDEX idx_decision_result_outcome ON trading.decision_results (outcome);

-- Candles. The primary key holds the time, because a hypertable is partitioned by it and can be unique only with it.
CREATE TABLE trading.market_data (
  time timestamp NOT NULL,
  id serial,
  symbol varchar(50) NOT NULL,
  interval varchar(20) NOT NULL,
  open double precision NOT NULL,
  high double precision NOT NULL,
  low double precision NOT NULL,
  close double precision NOT NULL,
  volume double precision NOT NULL,
  quote_asset_volume double precision,
  number_of_trades double precision,
  taker_buy_base_asset_volume double precision,
  taker_buy_quote_asset_volume double precision,
  funding_rate double precision,
  PRIMARY KEY (time, id)
);
CREATE INDEX idx_market_data_id ON trading.market_data (id);
CREATE INDEX idx_market_data_symbol ON trading.market_data (symbol);

-- slipway: keep
-- market_data becomes a hypertable on time where TimescaleDB can be had, and stays a plain table where it cannot.
DO $timescaledb$
DECLARE
  missing text;
  extension_schema name;
BEGIN
  -- CREATE EXTENSION ends the session when the library is not preloaded, so this is asked first. Every role may read
  -- pg_settings, which holds the extension's parameters only while its library is loaded.
  missing := CASE
    WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'timescaledb')
      THEN 'TimescaleDB is not installed on this server'
    WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'timescaledb.disable_load' AND setting = 'off')
      THEN 'TimescaleDB is not in shared_preload_libraries, or switched off'
  END;
  IF missing IS NULL THEN
    BEGIN
      CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public;
      SELECT n.nspname INTO STRICT extension_schema
        FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'timescaledb';
      -- Its default index would duplicate the primary key, under a name that it chooses.
      EXECUTE pg_catalog.format(
        'SELECT %I.create_hypertable(%L::pg_catalog.regclass, %L::pg_catalog.name, '
        'create_default_indexes => false, if_not_exists => true)',
        extension_schema, 'trading.market_data', 'time'
      );
    EXCEPTION
      -- No CREATE privilege on the database; refused by a provider's list; files incomplete; no schema public.
      WHEN insufficient_privilege OR feature_not_supported OR undefined_file OR invalid_schema_name THEN
        missing := 'TimescaleDB cannot be had here: ' || SQLERRM;
    END;
  END IF;
  IF missing IS NULL THEN
    RAISE NOTICE 'trading.market_data is a hypertable on time';
  ELSE
    RAISE NOTICE 'trading.market_data is a plain table: %', missing;
  END IF;
END
$timescaledb$;
-- slipway: end

-- slipway: keep
-- The application reads and writes rows, and owns nothing. Its role is named by the setting slipway.app_role
-- (SLIPWAY_VAR_app_role); it also gets what the migrations of this owner will add.
DO $grants$
DECLARE
  app_role text := pg_catalog.current_setting('slipway.app_role', true);
BEGIN
  IF app_role IS NULL OR app_role = '' THEN
    RAISE NOTICE 'no privileges are granted: slipway.app_role is not set';
  ELSIF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = app_role) THEN
    RAISE NOTICE 'no privileges are granted: there is no role "%"', app_role;
  ELSE
    EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA trading TO %I', app_role);
    EXECUTE pg_catalog.format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA trading TO %I', app_role);
    EXECUTE pg_catalog.format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA trading TO %I', app_role);
    EXECUTE pg_catalog.format(
      'ALTER DEFAULT PRIVILEGES IN SCHEMA trading GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', app_role);
    EXECUTE pg_catalog.format(
      'ALTER DEFAULT PRIVILEGES IN SCHEMA trading GRANT USAGE, SELECT ON SEQUENCES TO %I', app_role);
    RAISE NOTICE 'privileges on the schema trading are granted to "%"', app_role;
  END IF;
END
$grants$;
-- slipway: end
