from sqlalchemy import BigInteger, Column, DateTime, Enum, ForeignKey, Index, Numeric, Text, func
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Account(Base):
    __tablename__ = "accounts"
    id = Column(BigInteger, primary_key=True)
    address = Column(Text, nullable=False, unique=True)
    opened = Column(DateTime(timezone=True), nullable=False, server_default=func.now())


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (Index("orders_by_account", "account_id"),)
    id = Column(BigInteger, primary_key=True)
    account_id = Column(BigInteger, ForeignKey("accounts.id"), nullable=False)
    side = Column(Enum("buy", "sell", name="side"), nullable=False)
    qty = Column(Numeric(20, 8), nullable=False, server_default="1")
