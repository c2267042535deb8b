"""What is told of a CockroachDB's errors, by stand-ins for the libraries of Keystone's image."""

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from buswide_openstack import cockroachdb


class DBError(Exception):
    """An error of oslo.db, with what it was made of."""

    def __init__(self, *made_of: Any) -> None:
        super().__init__(*made_of)
        self.made_of = made_of


NAMES = (
    "DBDeadlock",
    "DBDuplicateEntry",
    "DBReferenceError",
    "DBConstraintError",
    "DBNonExistentTable",
    "DBNonExistentDatabase",
    "DBDataError",
    "DBConnectionError",
)


def wrap_db_retry(*, max_retries: int, retry_on_deadlock: bool, **_: Any) -> Callable[[Any], Any]:
    """As oslo.db's, without its pauses."""
    assert retry_on_deadlock

    def decorate(function: Any) -> Any:
        def again(*arguments: Any) -> Any:
            for _ in range(max_retries):
                try:
                    return function(*arguments)
                except Exception as error:
                    if type(error).__name__ != "DBDeadlock":
                        raise
            return function(*arguments)

        return again

    return decorate


@pytest.fixture(autouse=True)
def errors(monkeypatch: pytest.MonkeyPatch) -> Any:
    package, exception, api = ModuleType("oslo_db"), ModuleType("oslo_db.exception"), ModuleType("oslo_db.api")
    for name in NAMES:
        setattr(exception, name, type(name, (DBError,), {}))
    vars(api)["wrap_db_retry"] = wrap_db_retry
    vars(package).update(exception=exception, api=api)
    for module in (package, exception, api):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return exception


class Said(Exception):
    """An error of psycopg2: its code and what the node says of it."""

    def __init__(self, pgcode: str | None, words: str = "", **diag: str) -> None:
        super().__init__(words)
        self.pgcode = pgcode
        self.diag = SimpleNamespace(**diag)


def told(said: Said) -> Any:
    return cockroachdb.translated(SimpleNamespace(orig=said))


def test_the_columns_and_values_of_a_key_are_read_from_an_errors_detail() -> None:
    assert cockroachdb.key_of("Key (domain_id, name)=('default','a b') already exists.") == (
        ["domain_id", "name"],
        "'default','a b'",
    )
    assert cockroachdb.key_of('Key ("type")=(x) already exists.') == (["type"], "x")


@pytest.mark.parametrize("detail", [None, "", "Something else."])
def test_a_detail_without_a_key_tells_of_none(detail: str | None) -> None:
    assert cockroachdb.key_of(detail) == ([], None)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("40001", "DBDeadlock"),
        ("40P01", "DBDeadlock"),
        ("23505", "DBDuplicateEntry"),
        ("23503", "DBReferenceError"),
        ("23514", "DBConstraintError"),
        ("42P01", "DBNonExistentTable"),
        ("3D000", "DBNonExistentDatabase"),
        ("22001", "DBDataError"),
        ("08006", "DBConnectionError"),
        ("57P01", "DBConnectionError"),
    ],
)
def test_each_code_is_one_error_of_oslo_db(code: str, name: str) -> None:
    assert type(told(Said(code))).__name__ == name


def test_a_node_that_no_connection_was_made_to_is_an_error_of_connections() -> None:
    refused = Said(None, 'connection to server at "10.0.0.5", port 26257 failed: Connection refused')
    assert type(told(refused)).__name__ == "DBConnectionError"


@pytest.mark.parametrize("code", ["42601", "XXUUU", None])
def test_any_other_error_stays_what_it_is(code: str | None) -> None:
    assert told(Said(code, "something")) is None


def test_a_duplicate_is_told_with_its_columns_and_value() -> None:
    found = told(Said("23505", message_detail="Key (domain_id, name)=('d','n') already exists."))
    assert (found.made_of[0], found.made_of[2]) == (["domain_id", "name"], "'d','n'")


def test_a_duplicate_without_a_detail_is_told_with_its_constraint() -> None:
    assert told(Said("23505", constraint_name="ixu_user")).made_of[0] == ["ixu_user"]


def test_a_missing_reference_is_told_with_both_tables() -> None:
    detail = "Key (domain_id)=('x') is not present in table \"project\"."
    found = told(Said("23503", message_detail=detail, table_name="user", constraint_name="user_fk"))
    assert found.made_of[:4] == ("user", "user_fk", "domain_id", "project")


def refused(errors: Any, times: int) -> Callable[[], int]:
    """A function whose transaction is refused this often before it tells how often it was called."""
    calls = 0

    def function() -> int:
        nonlocal calls
        calls += 1
        if calls <= times:
            raise errors.DBDeadlock("refused")
        return calls

    return function


def test_a_refused_transaction_is_made_again(errors: Any) -> None:
    assert cockroachdb.retried(refused(errors, 3))() == 4


def test_who_asked_is_told_in_the_end(errors: Any) -> None:
    with pytest.raises(errors.DBDeadlock):
        cockroachdb.retried(refused(errors, 1000))()


def test_what_runs_within_another_transaction_is_left_to_it(errors: Any) -> None:
    begun = 0
    part = cockroachdb.retried(refused(errors, 2))

    def whole() -> int:
        nonlocal begun
        begun += 1
        return part()

    assert cockroachdb.retried(whole)() == 3
    # Had the part been called again alone, it would have gone on in a transaction that is over.
    assert begun == 3


def test_after_a_failure_the_next_call_is_an_outermost_one_again(errors: Any) -> None:
    with pytest.raises(errors.DBDeadlock):
        cockroachdb.retried(refused(errors, 1000))()
    assert cockroachdb.retried(refused(errors, 1))() == 2


def test_public_methods_of_drivers_are_retried_and_no_others() -> None:
    module = ModuleType("keystone.things.backends.sql")

    def method(self: object) -> None:
        """Do nothing."""

    def cls(name: str, of: str = module.__name__, **members: Any) -> type:
        return type(name, (), {"__module__": of, **members})

    driver = cls("Driver", get_thing=method, _get_thing=method, supported=True)
    model = cls("Thing", __tablename__="thing", to_dict=method)
    foreign = cls("Base", of="keystone.things.backends.base", get_thing=method)
    vars(module).update(Driver=driver, Thing=model, Base=foreign)

    assert cockroachdb.retry_methods(module) == ["Driver.get_thing"]
    assert vars(driver)["get_thing"] is not method
    assert vars(driver)["_get_thing"] is method
    assert vars(model)["to_dict"] is method
    assert vars(foreign)["get_thing"] is method
