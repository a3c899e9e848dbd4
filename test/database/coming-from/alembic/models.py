from decimal import Decimal

from sqlalchemy import BigInteger, Column, DateTime, Enum, ForeignKey, Index, Numeric, String, Text, func
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class FeeTier(Base):
    __tablename__ = "fee_tiers"
    name = Column(Text, primary_key=True)
    maker_bps = Column(Numeric(6, 2), nullable=False)


class Account(Base):
    __tablename__ = "accounts"
    id = Column(BigInteger, primary_key=True)
    address = Column(Text, nullable=False, unique=True)
    opened = Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    fee_tier = Column(Text, ForeignKey("fee_tiers.name"), nullable=False, server_default="basic")
    # What no revision has made: Alembic's autogenerate would see the column.
    risk_limit = Column(Numeric(20, 8), nullable=False, server_default="0", default=Decimal(0))


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (Index("orders_by_account", "account_id"),)
    id = Column(BigInteger, primary_key=True)
    account_id = Column(BigInteger, ForeignKey("accounts.id"), nullable=False)
    side = Column(Enum("buy", "sell", name="side"), nullable=False)
    quantity = Column(Numeric(20, 8), nullable=False)
    # And a default that no revision has changed, which it would not see.
    status = Column(String(20), nullable=False, server_default="new")
    note = Column(Text)
