from alembic import context
from sqlalchemy import create_engine

# The server is named by PGHOST and libpq's other variables.
with create_engine("postgresql+psycopg2://").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
