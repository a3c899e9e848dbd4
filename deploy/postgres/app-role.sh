#!/bin/bash
# Run once by the PostgreSQL image, on a new database: the role that the application connects as. What it may do
# in the schema is granted by the baseline, which is told this name by SLIPWAY_VAR_app_role.
psql --set=ON_ERROR_STOP=1 --quiet --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
-- Read here, and not given as an argument, which the list of processes would show.
\set password `cat /run/secrets/app_password`
create role trading_app login password :'password';
SQL
