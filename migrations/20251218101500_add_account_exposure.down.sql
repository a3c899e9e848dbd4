DROP VIEW trading.account_exposure;
