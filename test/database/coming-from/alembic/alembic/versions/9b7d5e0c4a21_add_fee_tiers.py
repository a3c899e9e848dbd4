"""add fee tiers"""

import sqlalchemy as sa
from alembic import op

revision = "9b7d5e0c4a21"
down_revision = "3f1c2a9d7e10"


def upgrade():
    tiers = op.create_table(
        "fee_tiers",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("maker_bps", sa.Numeric(6, 2), nullable=False),
    )
    op.bulk_insert(tiers, [{"name": "basic", "maker_bps": 1.5}, {"name": "pro", "maker_bps": 0.5}])
    op.add_column(
        "accounts",
        sa.Column("fee_tier", sa.Text, sa.ForeignKey("fee_tiers.name"), nullable=False, server_default="basic"),
    )


def downgrade():
    op.drop_column("accounts", "fee_tier")
    op.drop_table("fee_tiers")
