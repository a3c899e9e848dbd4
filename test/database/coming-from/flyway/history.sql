-- What Flyway 10 leaves: its table as it makes it, and a row for each of the files in sql/.
CREATE TABLE public.flyway_schema_history (
    installed_rank INT NOT NULL,
    version VARCHAR(50),
    description VARCHAR(200) NOT NULL,
    type VARCHAR(20) NOT NULL,
    script VARCHAR(1000) NOT NULL,
    checksum INTEGER,
    installed_by VARCHAR(100) NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT now(),
    execution_time INTEGER NOT NULL,
    success BOOLEAN NOT NULL
);
ALTER TABLE public.flyway_schema_history ADD CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank);
CREATE INDEX flyway_schema_history_s_idx ON public.flyway_schema_history (success);
INSERT INTO public.flyway_schema_history VALUES
  (1, '1', 'create accounts', 'SQL', 'V1__create_accounts.sql', -1043279184, 'trading', '2025-03-01 09:00:00', 21, true),
  (2, '1.1', 'add fee tiers', 'SQL', 'V1.1__add_fee_tiers.sql', 885392746, 'trading', '2025-03-02 09:00:00', 9, true),
  (3, NULL, 'open orders', 'SQL', 'R__open_orders.sql', 1290411873, 'trading', '2025-03-03 09:00:00', 4, true);
