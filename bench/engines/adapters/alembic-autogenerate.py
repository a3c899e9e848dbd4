"""What Alembic's autogenerate writes to turn one database into another, whose tables are reflected as the models.

    alembic-autogenerate.py BEFORE_URL AFTER_URL
"""

import io
import sys

from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import MetaData, create_engine, inspect

before, after = (create_engine(url) for url in sys.argv[1:3])

models = MetaData()
for schema in inspect(after).get_schema_names():
    if schema != "information_schema":
        models.reflect(bind=after, schema=schema)


def default_differs(context, inspected, model, inspected_default, model_default, rendered):
    """Both are read from a database, so their texts can be compared; its own way fails on a default with a cast."""
    return inspected_default != (None if model.server_default is None else str(model.server_default.arg))


options = {
    "include_schemas": True,
    "compare_type": True,
    "compare_server_default": default_differs,
    "target_metadata": models,
}
with before.connect() as connection:
    script = produce_migrations(MigrationContext.configure(connection, opts=options), models)

written = io.StringIO()
offline = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written})
operations = Operations(offline)


def run(ops):
    for op in ops:
        if hasattr(op, "ops"):
            run(op.ops)
        else:
            operations.invoke(op)


run(script.upgrade_ops.ops)
print(written.getvalue(), end="")
