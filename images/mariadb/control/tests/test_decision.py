from buswide_database.decision import PATIENCE, Begin, Decision, Join, Position, Report, Wait, decide

MEMBERS = ["core", "edge-1", "edge-2"]
NEW = Report(running=False)
ANOTHER = "0f7c2f1e-0000-11ef-0000-000000000001"
HISTORY = "9e107d9d-0000-11ef-0000-000000000000"


def stopped(number: int, history: str = HISTORY) -> Report:
    return Report(running=False, position=Position(history, number), fresh=False)


def alone(number: int) -> Report:
    return Report(running=True, position=Position(HISTORY, number), fresh=False)


OPEN = Report(running=True, open=True, position=Position(HISTORY, 9), fresh=False)
STARTING = Report(running=True, settled=False)


def decisions(*reports: Report | None, members: list[str] = MEMBERS) -> list[Decision]:
    """What each node that reports decides, all of them having heard the same."""
    known = {name: report for name, report in zip(members, reports, strict=True) if report is not None}
    return [decide(name, members, known) for name in known]


def test_a_new_cluster_is_begun_by_the_first_member_once_all_have_said_that_they_are_new() -> None:
    assert decisions(NEW, NEW, NEW) == [Begin(), Wait("core is to begin"), Wait("core is to begin")]
    missing = Wait("no answer of edge-2, which may be ahead")
    assert decisions(NEW, NEW, None) == [missing, missing]


def test_whoever_finds_an_open_cluster_joins_it_whatever_it_has_and_whoever_else_is_silent() -> None:
    assert decide("core", MEMBERS, {"core": NEW, "edge-2": OPEN}) == Join()
    assert decide("core", MEMBERS, {"core": stopped(12), "edge-2": OPEN}) == Join()


def test_an_open_node_that_is_no_member_is_not_joined() -> None:
    assert decide("core", ["core"], {"core": stopped(1), "edge-2": OPEN}) == Begin()


def test_after_all_have_ended_whoever_has_come_furthest_begins() -> None:
    assert decisions(stopped(3), stopped(7), stopped(5)) == [
        Wait("edge-1 is to begin"),
        Begin(),
        Wait("edge-1 is to begin"),
    ]


def test_of_those_who_have_come_as_far_the_first_begins() -> None:
    assert decisions(stopped(7), stopped(3), stopped(7))[0] == Begin()


def test_a_first_member_that_is_new_does_not_begin_where_another_has_something() -> None:
    assert decisions(NEW, stopped(0), NEW) == [Wait("edge-1 is to begin"), Begin(), Wait("edge-1 is to begin")]


def test_whoever_is_away_is_waited_for_as_it_may_be_ahead() -> None:
    assert decisions(stopped(3), stopped(7), None) == [Wait("no answer of edge-2, which may be ahead")] * 2


def test_nobody_begins_while_another_is_starting() -> None:
    assert decisions(stopped(3), STARTING, stopped(2)) == [Wait("edge-1 still starting")] * 3


def test_those_who_still_run_get_time_to_find_each_other() -> None:
    assert decisions(alone(7), alone(7), stopped(7)) == [
        Begin(PATIENCE),
        Wait("core is to begin"),
        Wait("core is to begin"),
    ]


def test_of_those_who_have_come_as_far_one_that_runs_goes_on() -> None:
    assert decisions(stopped(7), stopped(7), alone(7)) == [
        Wait("edge-2 is to begin"),
        Wait("edge-2 is to begin"),
        Begin(PATIENCE),
    ]


def test_one_that_was_ahead_begins_although_another_runs_but_not_at_once() -> None:
    assert decisions(stopped(9), NEW, alone(7))[0] == Begin(PATIENCE)


def test_histories_that_are_not_one_are_not_chosen_from() -> None:
    waits = decisions(stopped(3), stopped(9, ANOTHER), NEW)
    assert waits == [Wait("core, edge-1 have different histories: destroy the stack and make it anew")] * 3


def test_what_was_lost_everywhere_is_not_replaced_by_nothing() -> None:
    lost = Report(running=False, position=None, fresh=False)
    assert (
        decisions(lost, NEW, NEW)
        == [Wait("no node has anything to go on from: destroy the stack and make it anew")] * 3
    )
    # A first node that is new is one whose services come anew as well.
    assert decisions(NEW, lost, NEW)[0] == Begin()


def test_exactly_one_node_begins_whatever_they_have() -> None:
    kinds = [NEW, stopped(3), stopped(7), alone(7), alone(3)]
    for a in kinds:
        for b in kinds:
            for c in kinds:
                begins = [one for one in decisions(a, b, c) if isinstance(one, Begin)]
                assert len(begins) == 1, (a, b, c)
