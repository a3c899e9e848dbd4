from models import Base
from sqlalchemy import create_mock_engine

engine = create_mock_engine(
    "postgresql+psycopg2://",
    lambda sql, *args, **kwargs: print(f"{str(sql.compile(dialect=engine.dialect)).strip()};"),
)
Base.metadata.create_all(engine, checkfirst=False)
