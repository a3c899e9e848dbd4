"""pytest: each test has a database of its own, a copy of the one that the image brought to head.

TEST_DATABASE_URL is a server to make databases on, SLIPWAY_IMAGE the project's image.
"""

import os
import subprocess
import uuid
from urllib.parse import urlsplit

import psycopg
import pytest

SERVER = os.environ["TEST_DATABASE_URL"]


def url_of(database):
    return urlsplit(SERVER)._replace(path=f"/{database}").geturl()


def on_server(sql):
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(sql)


@pytest.fixture(scope="session")
def template():
    name = f"template_{uuid.uuid4().hex}"
    subprocess.run(
        ["docker", "run", "--rm", "--network=host", "--env=DATABASE_URL"]
        + [os.environ["SLIPWAY_IMAGE"], "up", "--create-database"],
        env={**os.environ, "DATABASE_URL": url_of(name)},
        check=True,
    )
    yield name
    on_server(f"DROP DATABASE {name}")


@pytest.fixture
def connection(template):
    name = f"test_{uuid.uuid4().hex}"
    on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    with psycopg.connect(url_of(name)) as connection:
        yield connection
    on_server(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_account_begins_without_orders(connection):
    assert connection.execute("SELECT count(*) FROM trading.orders").fetchone() == (0,)


def test_what_a_test_writes_no_other_sees(connection):
    connection.execute("INSERT INTO trading.users (address) VALUES ('0x01')")
    connection.commit()
