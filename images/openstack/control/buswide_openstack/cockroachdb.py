"""What Keystone needs beside a dialect to keep its data in a CockroachDB.

oslo.db 12.1 knows MySQL, PostgreSQL and SQLite by the words of their errors. CockroachDB speaks PostgreSQL's protocol
and has PostgreSQL's codes of errors (SQLSTATE, https://www.postgresql.org/docs/15/errcodes-appendix.html), by which
its errors are told here. Its transactions are serializable: any of them may be refused as it would not fit into one
order with others (40001), and is to be made again by whoever made it
(https://www.cockroachlabs.com/docs/stable/transaction-retry-error-reference). Keystone does that at few places only.
"""

import functools
import importlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Engine

DIALECT = "cockroachdb"

MOST_RETRIES = 12
"""Times that a transaction is made again before who asked for it is told that it failed."""
FIRST_PAUSE = 0.05
"""Seconds before the first of them, and at most before any; between are random lengths that double."""
LONGEST_PAUSE = 2.0

_KEY = re.compile(r"Key \((?P<columns>.+?)\)=\((?P<value>.*)\)")
_OTHER_TABLE = re.compile(r'table "(?P<table>[^"]+)"')

P = ParamSpec("P")
R = TypeVar("R")


class Wrapped(Protocol):
    """An error of SQLAlchemy: what it was made of is the driver's."""

    @property
    def orig(self) -> BaseException:
        """The driver's error."""


def key_of(detail: str | None) -> tuple[list[str], str | None]:
    """The columns that an error's detail speaks of, and their values."""
    match = _KEY.search(detail or "")
    if match is None:
        return [], None
    return [column.strip().strip('"') for column in match["columns"].split(",")], match["value"]


def translated(error: Wrapped) -> Exception | None:
    """The error of oslo.db that an error of SQLAlchemy is; None: none in particular."""
    return cast("Exception | None", _translated(error))


def _translated(error: Wrapped) -> object:
    from oslo_db import exception

    code = getattr(error.orig, "pgcode", None)
    said = getattr(error.orig, "diag", None)
    columns, value = key_of(getattr(said, "message_detail", None))
    table, constraint = getattr(said, "table_name", None), getattr(said, "constraint_name", None)
    match code:
        case "40001" | "40P01":
            return exception.DBDeadlock(error)
        case "23505":
            return exception.DBDuplicateEntry(columns or [str(constraint)], error, value)
        case "23503":
            other = _OTHER_TABLE.search(getattr(said, "message_detail", None) or "")
            return exception.DBReferenceError(
                table, constraint, ", ".join(columns) or None, other["table"] if other else None, error
            )
        case "23514":
            return exception.DBConstraintError(table, constraint, error)
        case "42P01":
            return exception.DBNonExistentTable(table, error)
        case "3D000":
            return exception.DBNonExistentDatabase(None, error)
        case str() if code.startswith("22"):
            return exception.DBDataError(error)
        # A node that ends, or does not serve yet.
        case str() if code.startswith("08") or code in ("57P01", "57P03"):
            return exception.DBConnectionError(error)
        case None if str(error.orig).startswith("connection to server"):
            return exception.DBConnectionError(error)
    return None


def tell_errors() -> None:
    """Has oslo.db tell the errors of a CockroachDB apart."""
    from oslo_db.sqlalchemy import exc_filters
    from sqlalchemy import exc

    def tell(error: Wrapped, _match: object, _engine: str, _is_disconnect: bool) -> None:
        found = translated(error)
        if found is not None:
            raise found

    exc_filters.filters(DIALECT, exc.DBAPIError, r"(?s).*")(tell)


def forget_unfinished(engine: "Engine") -> list[str]:
    """Drops the tables and types of a schema that a first migration has begun and not finished, which no further one
    would go on from. Returns their names."""
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import inspect, text

    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if MigrationContext.configure(connection).get_current_heads():
            return []
        found = inspect(connection)
        tables = list(found.get_table_names())
        types = [enum["name"] for enum in found.get_enums()]
        quote = engine.dialect.identifier_preparer.quote
        for table in tables:
            connection.execute(text(f"DROP TABLE {quote(table)} CASCADE"))
        for name in types:
            connection.execute(text(f"DROP TYPE {quote(name)}"))
    return [*tables, *types]


def migrate_by_statement() -> None:
    """Has Keystone change its schema statement by statement: many in one transaction are what CockroachDB has most
    limits for (https://www.cockroachlabs.com/docs/stable/online-schema-changes#limitations)."""
    from alembic import command
    from keystone.common.sql import upgrades

    def upgrade(engine: "Engine", config: "Config", branch: str | None) -> None:
        forget_unfinished(engine)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, f"{branch}@head" if branch else "heads")

    upgrades._upgrade_alembic = upgrade


class _Within(threading.local):
    call = False


_within = _Within()


def retried(function: Callable[P, R]) -> Callable[P, R]:
    """The function, called again when its transaction was refused; not when it is called within another such call,
    whose transaction it is part of."""
    from oslo_db import api

    again: Callable[P, R] = api.wrap_db_retry(
        retry_interval=FIRST_PAUSE,
        max_retries=MOST_RETRIES,
        inc_retry_interval=True,
        max_retry_interval=LONGEST_PAUSE,
        retry_on_deadlock=True,
    )(function)

    @functools.wraps(function)
    def wrapper(*arguments: P.args, **named: P.kwargs) -> R:
        if _within.call:
            return function(*arguments, **named)
        _within.call = True
        try:
            return again(*arguments, **named)
        finally:
            _within.call = False

    return wrapper


def retry_methods(module: ModuleType) -> list[str]:
    """Has every public method of the module's drivers make its transaction again. Returns their names."""
    names = []
    for cls in vars(module).values():
        # Models are what a driver works with; theirs run within its methods.
        if not isinstance(cls, type) or cls.__module__ != module.__name__ or hasattr(cls, "__tablename__"):
            continue
        for name, value in list(vars(cls).items()):
            if isinstance(value, FunctionType) and not name.startswith("_"):
                setattr(cls, name, retried(value))
                names.append(f"{cls.__name__}.{name}")
    return names


def _sql_backends() -> Iterator[ModuleType]:
    import keystone

    (folder,) = map(Path, keystone.__path__)
    for file in sorted(folder.glob("**/backends/sql.py")):
        parts = file.relative_to(folder.parent).with_suffix("").parts
        if "tests" not in parts:
            yield importlib.import_module(".".join(parts))


def prepare() -> None:
    """Makes ready what runs in this process of Keystone, before it uses its database."""
    tell_errors()
    migrate_by_statement()
    methods = [name for module in _sql_backends() for name in retry_methods(module)]
    if not methods:
        raise RuntimeError("Keystone has no drivers where they were to be")
