import threading
import time

import pytest
from gateway.errors import Failed, Refused
from gateway.line import Arrival, fit_rate

from gateway import line


def test_the_rate_is_the_slope_of_the_bytes_over_time() -> None:
    # 1500 bytes every 1.2 ms: 10 Mbit/s; each second packet comes late by half a packet's time.
    arrivals = [Arrival(i * 0.0012 + (i % 2) * 0.0006, 1500) for i in range(400)]
    assert fit_rate(arrivals) == pytest.approx(10e6, rel=0.001)


def test_too_few_packets_give_no_rate() -> None:
    with pytest.raises(Failed, match="9 packets"):
        fit_rate([Arrival(i, 1500) for i in range(9)])
    with pytest.raises(Failed, match="at one time"):
        fit_rate([Arrival(0, 1500) for _ in range(20)])


def test_a_train_offers_more_than_the_rate_and_what_the_loss_takes(capsys: pytest.CaptureFixture[str]) -> None:
    received: list[dict[str, object]] = []
    receiver = threading.Thread(target=lambda: received.append(line.receive("127.0.0.1", 15301, 5)))
    receiver.start()
    while receiver.is_alive() and "ready" not in capsys.readouterr().out:
        time.sleep(0.01)
    sent = line.send("127.0.0.1", 15301, 5e6, 10, 0.5)["packets"]
    receiver.join()
    assert isinstance(sent, int)
    packets = 5e6 * 0.5 / (8 * line.wire_bytes())
    assert packets * 1.08 / 0.9 <= sent <= packets * 1.08 / 0.9 * 1.2 + 2
    assert received[0]["packets"] == sent


def test_a_train_that_cannot_arrive_is_refused() -> None:
    with pytest.raises(Refused):
        line.main(["send", "127.0.0.1", "1", "1000", "100", "1"])
    with pytest.raises(Refused, match=r"^usage"):
        line.main(["send"])


def test_a_packet_of_a_train_is_never_longer_than_the_tunnel_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (line.payload_bytes(), line.wire_bytes()) == (1458, 1500)
    tunnel = '{"id": 7, "mtu": %d, "prefixLength": 20, "address": "10.8.0.2/26", "router": "10.8.0.1"}'
    monkeypatch.setenv("WAN_TUNNEL", tunnel % 1450)
    assert (line.payload_bytes(), line.wire_bytes()) == (1422, 1464)
    monkeypatch.setenv("WAN_TUNNEL", tunnel % 8950)
    assert line.payload_bytes() == 1458
