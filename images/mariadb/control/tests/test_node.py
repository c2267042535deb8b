import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from buswide_database import members, reports
from buswide_database.decision import Begin, Join, Lasting, Position, Report, Wait, begins_now
from buswide_database.status import Status, read_status, refusal, report_of

HISTORY = "9e107d9d-372b-11ef-8b1a-6f1e2d3c4b5a"
SYNCED = {
    "wsrep_connected": "ON",
    "wsrep_cluster_status": "Primary",
    "wsrep_ready": "ON",
    "wsrep_local_state": "4",
    "wsrep_local_state_comment": "Synced",
    "wsrep_local_state_uuid": HISTORY,
    "wsrep_last_committed": "17",
}


def status(**changed: str) -> Status:
    return read_status({**SYNCED, **changed})


def test_a_status_is_read_from_what_the_server_shows() -> None:
    assert status() == Status(True, True, True, "4", "Synced", Position(HISTORY, 17))
    alone = status(wsrep_cluster_status="non-Primary", wsrep_ready="OFF")
    assert (alone.primary, alone.ready, alone.position) == (False, False, Position(HISTORY, 17))
    nothing = status(wsrep_local_state_uuid="00000000-0000-0000-0000-000000000000", wsrep_last_committed="-1")
    assert nothing.position is None


@pytest.mark.parametrize(
    ("changed", "donors_serve", "why"),
    [
        ({}, False, None),
        ({"wsrep_cluster_status": "non-Primary"}, True, "not in the primary component"),
        ({"wsrep_ready": "OFF", "wsrep_local_state_comment": "Joining"}, True, "not ready: Joining"),
        ({"wsrep_local_state": "3", "wsrep_local_state_comment": "Joined"}, True, "not synced: Joined"),
        ({"wsrep_local_state": "2", "wsrep_local_state_comment": "Donor/Desynced"}, True, None),
        (
            {"wsrep_local_state": "2", "wsrep_local_state_comment": "Donor/Desynced"},
            False,
            "not synced: Donor/Desynced",
        ),
    ],
)
def test_clients_are_sent_to_a_node_only_while_it_serves(
    changed: dict[str, str], donors_serve: bool, why: str | None
) -> None:
    assert refusal(status(**changed), donors_serve) == why


def test_a_server_that_does_not_answer_serves_nobody() -> None:
    assert refusal(None, True) == "the server does not answer"


def test_a_node_is_open_only_once_its_accounts_are_made() -> None:
    assert not report_of(True, status(), None, made=False, fresh=True).open
    assert report_of(True, status(), None, made=True, fresh=True).open
    assert not report_of(True, status(wsrep_ready="OFF"), None, made=True, fresh=False).open


def test_a_node_whose_server_is_starting_is_not_settled_and_one_that_is_cut_off_is() -> None:
    assert not report_of(True, None, None, made=True, fresh=False).settled
    cut_off = report_of(True, status(wsrep_cluster_status="non-Primary"), None, made=True, fresh=False)
    assert (cut_off.settled, cut_off.position) == (True, Position(HISTORY, 17))


def test_a_beginning_waits_for_as_long_as_it_is_right_and_anew_after_it_was_not() -> None:
    assert begins_now(Begin(), Lasting(), 5.0)
    right = Lasting()
    assert [begins_now(Begin(60.0), right, now) for now in (0.0, 30.0)] == [False, False]
    assert not begins_now(Wait("somebody is starting"), right, 40.0)
    assert [begins_now(Begin(60.0), right, now) for now in (50.0, 109.0, 110.0)] == [False, False, True]
    assert not begins_now(Join(), right, 200.0)


def test_what_does_not_hold_has_lasted_for_no_time() -> None:
    lasting = Lasting()
    assert [lasting.seconds(holds, now) for holds, now in ((True, 1.0), (True, 4.0), (False, 5.0), (True, 6.0))] == [
        0.0,
        3.0,
        -1.0,
        0.0,
    ]


REPORT = Report(running=True, open=True, position=Position(HISTORY, 3), fresh=False)


@contextmanager
def served(report: Report, why: str | None) -> Iterator[int]:
    """A node's answers, on a port of this machine's."""
    web = reports.serve(lambda: reports.encode(report, "open"), lambda: why, "127.0.0.1", 0)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    try:
        yield web.server_address[1]
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


def test_a_report_is_heard_as_it_was_given_and_those_who_give_none_are_left_out() -> None:
    with served(REPORT, None) as port:
        assert reports.fetch("127.0.0.1", port) == (REPORT, "open")
        assert reports.gather({"core": "127.0.0.1", "edge": "127.0.0.2"}, port) == {"core": REPORT}
    assert reports.fetch("127.0.0.1", port) is None
    assert reports.gather({}) == {}


def test_what_is_no_report_is_refused() -> None:
    for text in (b"", b"[]", b'{"running": true}'):
        with pytest.raises(ValueError):
            reports.decode(text)


def test_proxies_are_told_by_a_status_whether_a_node_serves_and_why_not() -> None:
    with served(REPORT, None) as port:
        assert members.ready(port)
    with served(REPORT, "not synced: Joined") as port:
        assert not members.ready(port)
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/")
        assert (raised.value.code, raised.value.read()) == (503, b"not synced: Joined\n")


def test_members_are_kept_as_told_in_their_order(tmp_path: Path) -> None:
    kept = tmp_path / "members.json"
    assert members.read(kept) == {}
    told = members.parse('{"core-galera": "10.0.0.1", "a-galera": "10.0.1.1"}')
    members.keep(told, kept)
    assert list(members.read(kept).items()) == [("core-galera", "10.0.0.1"), ("a-galera", "10.0.1.1")]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"core": 1}'])
def test_what_names_no_members_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        members.parse(text)
