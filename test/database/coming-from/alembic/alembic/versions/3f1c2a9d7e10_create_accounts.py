"""create accounts and orders"""

import sqlalchemy as sa
from alembic import op

revision = "3f1c2a9d7e10"
down_revision = None


def upgrade():
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("address", sa.Text, nullable=False, unique=True),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("side", sa.Enum("buy", "sell", name="side"), nullable=False),
        sa.Column("quantity", sa.Numeric(20, 8), nullable=False),
        sa.Column("status", sa.String(20), nullable=False, server_default="pending"),
    )


def downgrade():
    op.drop_table("orders")
    op.drop_table("accounts")
    op.execute("DROP TYPE side")
