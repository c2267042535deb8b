from typing import Any

from buswide_load.watch import Watch


def listed(*servers: tuple[str, str]) -> dict[str, Any]:
    return {"servers": [{"id": f"id of {name}", "name": name, "status": status} for name, status in servers]}


def test_each_server_is_told_of_once_when_it_is_active_or_an_error() -> None:
    watch = Watch("load")
    assert watch.take(listed(("load-0", "BUILD"), ("load-1", "BUILD"))) == []
    assert watch.unsettled() == [0, 1]
    assert watch.take(listed(("load-0", "ACTIVE"), ("load-1", "ERROR"))) == [0, 1]
    assert watch.take(listed(("load-0", "ACTIVE"), ("load-1", "ERROR"))) == []
    assert watch.unsettled() == []


def test_servers_of_others_are_none_of_its() -> None:
    watch = Watch("load")
    assert watch.take(listed(("load-1-2", "ACTIVE"), ("overload-3", "ACTIVE"), ("load", "ACTIVE"))) == []
    assert watch.servers == {}


def test_what_a_list_leaves_out_is_not_there_to_be_deleted_and_comes_back_with_the_next() -> None:
    watch = Watch("load")
    watch.take(listed(("load-0", "BUILD"), ("load-1", "BUILD")))
    watch.take(listed(("load-1", "BUILD")))
    assert watch.listed() == {1: "id of load-1"}
    # It is not known to be gone: a list leaves out those of a database that does not answer.
    assert watch.unsettled() == [0, 1]
    assert watch.take(listed(("load-0", "ACTIVE"), ("load-1", "BUILD"))) == [0]


def test_an_error_has_what_nova_says_of_it() -> None:
    watch = Watch("load")
    server = {"id": "a", "name": "load-0", "status": "ERROR", "fault": {"message": "No valid host was found."}}
    watch.take({"servers": [server]})
    assert watch.servers[0].fault == "No valid host was found."
