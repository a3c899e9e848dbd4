"""add open orders"""

from alembic import op

revision = "c4e8f1a2b603"
down_revision = "9b7d5e0c4a21"


def upgrade():
    op.create_index("orders_by_account", "orders", ["account_id"])
    op.execute("CREATE VIEW open_orders AS SELECT id, account_id, quantity FROM orders WHERE status = 'pending'")


def downgrade():
    op.execute("DROP VIEW open_orders")
    op.drop_index("orders_by_account")
