import json
from pathlib import Path

import pytest
from gateway.errors import Failed, Refused
from gateway.routing import Route
from gateway.spec import Bursts, ClassSpec, Reorder, parse_network
from gateway.state import LinkClass, State

from gateway import emulators, firewall, interfaces, netem, nfqueue, routing, runtime, spec

PLAIN = LinkClass(1, ClassSpec("10.9.0.2", 25, 0, 0, None, 1000, 7))
FULL = LinkClass(26, ClassSpec("10.9.0.3", 25.5, 2, 0.1, 100_000_000, 500, None))

RARE = LinkClass(
    3,
    ClassSpec(
        *("10.9.0.4", 25, 2, 3.6, 10_000_000, 100, 7),
        jitter_distribution="pareto",
        jitter_correlation_percent=25,
        loss_bursts=Bursts(1, 25, 90, 0.1),
        duplicate_percent=1,
        corrupt_percent=0.1,
        reorder=Reorder(5, 3),
    ),
)


def test_the_mark_of_duplicates_is_the_one_the_emulator_gives_them() -> None:
    header = (Path(__file__).parents[2] / "emulator" / "duplicates.h").read_text(encoding="utf-8")
    assert f"DUPLICATE_MARK {firewall.DUPLICATE_MARK:#x}" in header
    assert "mark" not in firewall.render_classes("netem", [1])


def test_rare_impairments_are_rendered_for_netem_in_its_words() -> None:
    # 100 waiting, and 33 ms of 1514-byte packets at 10 Mbit/s travelling.
    assert netem.render_changed_class(RARE, "eth1") == [
        "qdisc change dev eth1 parent 1:3 handle 4: netem limit 128 delay 25000us 2000us 25.000000%"
        " distribution pareto loss gemodel 1.000000% 25.000000% 90.000000% 0.100000%"
        " duplicate 1.000000% corrupt 0.100000% reorder 5.000000% gap 3 rate 10000000bit"
    ]


def test_a_change_for_netem_takes_back_all_that_the_kernel_would_keep() -> None:
    (rare,) = netem.render_changed_class(RARE, "eth1")
    kept = ClassSpec("10.9.0.4", 25, 2, 0, 10_000_000, 100, 7)
    (plain,) = netem.render_changed_class(RARE._replace(spec=kept), "eth1")
    assert " 2000us 25.000000% distribution pareto " in rare and " corrupt 0.100000% " in rare
    assert " 2000us 0.000000% distribution uniform " in plain and " corrupt 0.000000% " in plain


def test_what_is_too_little_for_tc_is_left_out() -> None:
    spec = ClassSpec("10.9.0.4", 25, 0.0004, 0, None, 100, 7, jitter_distribution="normal", reorder=Reorder(0, 5))
    (command,) = netem.render_changed_class(LinkClass(1, spec), "eth1")
    assert command.endswith(" delay 25000us corrupt 0.000000% rate 100000000000bit")


def test_rare_impairments_are_rendered_for_user_space_as_words_after_the_numbers() -> None:
    link = RARE._replace(spec=RARE.spec._replace(limit_bytes=9000))
    assert nfqueue.render_set(link, "10.9.0.1").split()[8:] == [
        *("distribution=pareto", "correlation=0.25", "bursts=0.01,0.25,0.9,0.001", "queue_bytes=9000"),
        *("duplicate=0.01", "corrupt=0.001", "reorder=0.05,3"),
    ]
    assert len(nfqueue.render_set(PLAIN, "10.9.0.1").split()) == 8


def test_what_an_emulator_lacks_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"^limitBytes: netem has no queue: \{ bytes \} or \{ time \}: bound the queue"):
        emulators.refuse_lacking({"delayMs", "limitBytes"}, "netem")
    emulators.refuse_lacking({"delayMs", "limitPackets"}, "netem")
    emulators.refuse_lacking({"delayMs", "limitBytes"}, "nfqueue")


def test_every_field_of_a_class_is_something_an_emulator_can_or_lacks() -> None:
    abilities = json.loads((Path(emulators.__file__).parent / "emulators.json").read_text(encoding="utf-8"))
    assert {field for ability in abilities for field in ability["fields"]} == spec._CLASS_FIELDS - {
        *("nextHop", "peer", "seed"),
    }


def test_each_class_gets_the_packets_of_its_next_hops_realm() -> None:
    rules = firewall.render_classes("nfqueue", [26, 1])
    assert rules == (
        "*mangle\n:BUSWIDE-WAN - [0:0]\n-F BUSWIDE-WAN\n"
        "-A BUSWIDE-WAN -m mark --mark 0x62775644 -j ACCEPT\n"
        "-A BUSWIDE-WAN -m realm --realm 0x1/0xffff -j NFQUEUE --queue-num 1\n"
        "-A BUSWIDE-WAN -m realm --realm 0x1a/0xffff -j NFQUEUE --queue-num 26\nCOMMIT\n"
    )
    assert "bypass" not in rules


def test_netem_classes_are_chosen_by_the_same_realm() -> None:
    assert firewall.render_classes("netem", [26]).splitlines()[3:5] == [
        "-A BUSWIDE-WAN -m realm --realm 0x1a/0xffff -j CLASSIFY --set-class 1:1a",
        "-A BUSWIDE-WAN -m realm --realm 0x1a/0xffff -j ACCEPT",
    ]


def test_what_has_no_class_is_dropped_at_the_end_of_the_wan() -> None:
    lines = firewall.render_base("eth0", "eth1", ["10.9.0.254"]).splitlines()
    assert lines.index("-A POSTROUTING -o eth1 -j BUSWIDE-WAN") + 1 == lines.index(
        "-A POSTROUTING -o eth1 -j BUSWIDE-NO-LINK"
    )
    assert "-A BUSWIDE-NO-LINK -j DROP" in lines
    assert ":FORWARD DROP [0:0]" in lines and ":OUTPUT DROP [0:0]" in lines
    assert "-A BUSWIDE-HOST -d 10.9.0.254/32 -j DROP" in lines


def test_a_sites_cache_is_asked_by_nobody_elsewhere() -> None:
    lines = firewall.render_base("eth0", "eth1").splitlines()
    refusal = lines.index("-A FORWARD -i eth1 -o eth0 -p tcp --dport 11211 -j DROP")
    # All else from there passes.
    assert lines[refusal + 1] == "-A FORWARD -i eth1 -o eth0 -j ACCEPT"
    # What only passes through is the business of the gateway behind which it ends.
    assert [line for line in lines if "11211" in line] == [lines[refusal]]


def test_dropped_packets_are_read_from_the_listing() -> None:
    listing = (
        "Chain BUSWIDE-NO-LINK (1 references)\n"
        "    pkts      bytes target     prot opt in     out     source               destination\n"
        "      12     1008 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0\n"
    )
    assert firewall.parse_dropped(listing) == (12, 1008)
    with pytest.raises(Failed):
        firewall.parse_dropped("")


def test_routes_carry_the_realm_of_their_next_hop() -> None:
    state = State({"a": PLAIN, "b": FULL}, {"10.2.0.0/24": "10.9.0.2", "10.4.0.0/24": "10.9.0.9"})
    wanted = routing.wanted_routes(state)
    assert wanted == {
        "10.9.0.2": Route(None, 1),
        "10.9.0.3": Route(None, 26),
        "10.2.0.0/24": Route("10.9.0.2", 1),
        "10.4.0.0/24": Route("10.9.0.9", 0),
    }


def test_only_differences_of_routes_become_commands_neighbours_first() -> None:
    now = routing.parse_routes(
        json.dumps(
            [
                {"dst": "10.9.0.2", "dev": "eth1", "flow": {"to": "1"}},
                {"dst": "10.5.0.0/24", "gateway": "10.9.0.2", "dev": "eth1", "flow": {"to": "1"}},
                {"dst": "10.2.0.0/24", "gateway": "10.9.0.3", "dev": "eth1", "flow": {"to": "2"}},
            ]
        )
    )
    wanted = {"10.2.0.0/24": Route("10.9.0.2", 1), "10.9.0.2": Route(None, 1), "10.9.0.3": Route(None, 2)}
    assert routing.render_changes(now, wanted, "eth1", "10.9.0.1").splitlines() == [
        "route del 10.5.0.0/24 proto 98",
        "route replace 10.9.0.3 dev eth1 scope link src 10.9.0.1 proto 98 realm 2",
        "route replace 10.2.0.0/24 via 10.9.0.2 dev eth1 onlink src 10.9.0.1 proto 98 realm 1",
    ]
    assert routing.render_changes(wanted, wanted, "eth1", "10.9.0.1") == ""


def test_a_netem_class_is_made_with_hexadecimal_ids_and_always_a_rate() -> None:
    assert netem.render_root("eth1") == ["qdisc replace dev eth1 root handle 1: htb"]
    assert netem.render_new_class(PLAIN, "eth1") == [
        "class replace dev eth1 parent 1: classid 1:1 htb rate 100000000000bit quantum 60000",
        "qdisc replace dev eth1 parent 1:1 handle 2: netem limit 65536 delay 25000us corrupt 0.000000%"
        " rate 100000000000bit",
    ]
    # 500 waiting, and 27.5 ms of 1514-byte packets at 100 Mbit/s travelling.
    assert netem.render_changed_class(FULL, "eth1") == [
        "qdisc change dev eth1 parent 1:1a handle 1b: netem limit 728 delay 25500us 2000us 0.000000%"
        " distribution uniform loss random 0.100000% corrupt 0.000000% rate 100000000bit"
    ]
    assert netem.render_deleted_class(26, "eth1") == ["class del dev eth1 classid 1:1a"]


def test_netem_counters_are_read_by_class() -> None:
    listing = json.dumps(
        [
            {"kind": "htb", "handle": "1:", "root": True, "bytes": 0, "packets": 0, "drops": 0, "qlen": 0},
            {"kind": "netem", "handle": "1b:", "parent": "1:1a", "bytes": 900, "packets": 9, "drops": 2, "qlen": 1},
        ]
    )
    assert netem.parse_counters(listing) == {
        26: {
            "packets": 12,
            "bytes": 900,
            "delivered": 9,
            "deliveredBytes": 900,
            "dropped": 2,
            "held": 1,
        }
    }


def test_a_request_to_the_user_space_emulator_is_in_nanoseconds_and_shares() -> None:
    words = nfqueue.render_set(FULL, "10.9.0.1").split()
    assert words[:7] == ["set", "26", "25500000", "2000000", "0.001", "100000000", "500"]


def test_the_random_sequence_follows_the_seed_and_differs_for_each_direction() -> None:
    def seed(link: LinkClass, source: str) -> int:
        return int(nfqueue.render_set(link, source).split()[7])

    assert seed(PLAIN, "10.9.0.1") == seed(PLAIN, "10.9.0.1")
    assert seed(PLAIN, "10.9.0.1") != seed(PLAIN, "10.9.0.4")
    back = LinkClass(1, PLAIN.spec._replace(next_hop="10.9.0.1"))
    assert seed(PLAIN, "10.9.0.1") != seed(back, "10.9.0.2")
    assert seed(FULL, "10.9.0.1") != seed(FULL, "10.9.0.1")


def test_the_kernels_own_drops_are_read_by_queue() -> None:
    table = "    1  12345     0 2    20     3     4      100  1\n   26  12345     0 2    20     0     0       55  1\n"
    assert nfqueue.parse_kernel_drops(table) == {1: 7, 26: 0}


def test_interfaces_are_told_apart_by_address_whatever_their_order() -> None:
    network = parse_network("10.1.0.254/24", "10.9.0.1")
    wan = {"ifname": "eth0", "addr_info": [{"local": "10.9.0.1", "prefixlen": 16}]}
    site = {"ifname": "eth1", "addr_info": [{"local": "10.1.0.2", "prefixlen": 24}]}
    assert interfaces.find(json.dumps([wan, site]), network) == ("eth1", "eth0", 16)
    assert interfaces.find(json.dumps([site]), network) is None


def test_the_emulator_is_netem_where_the_kernel_has_it() -> None:
    assert runtime.choose_emulator("auto", {"netem": True, "nfqueue": True}) == "netem"
    assert runtime.choose_emulator("auto", {"netem": False, "nfqueue": True}) == "nfqueue"
    assert runtime.choose_emulator("nfqueue", {"netem": True, "nfqueue": True}) == "nfqueue"
    with pytest.raises(Failed, match="no netem"):
        runtime.choose_emulator("netem", {"netem": False, "nfqueue": True})
    with pytest.raises(Failed, match="no user-space queues"):
        runtime.choose_emulator("auto", {"netem": False, "nfqueue": False})
    with pytest.raises(Refused, match=r"^EMULATOR: "):
        runtime.choose_emulator("tc", {"netem": True, "nfqueue": True})
