"""Measuring the rate of one direction of a link with a train of UDP packets.

Why not iperf3: its TCP goodput is that of the congestion control, not of the line, once there is loss or the
sender's own queue limits count packets the emulator holds; and its UDP streams begin with a handshake that
is never repeated, so one lost packet ends the test after half a minute.

The sender keeps the line's queue filled: it offers somewhat more than the rate asked for. The receiver fits a
line to the bytes received over the kernel's receive times, which averages out the scheduling of emulator and
receiver. A packet lost at random is missing in the offer only, which is why the offer exceeds the loss.
"""

import os
import socket
import struct
import time
from typing import NamedTuple

from . import tunnel
from .errors import Failed, Refused

_MOST_PAYLOAD = 1458
_INNER_HEADERS = 8 + 20  # UDP, IPv4
_ETHERNET_HEADER = 14  # what emulators count besides
# Linux numbers of socket(7), absent from Python's socket module.
_SO_TIMESTAMPNS = 35
_SO_SNDBUFFORCE = 32
_SO_RCVBUFFORCE = 33
_BUFFER_BYTES = 32 << 20
_IDLE_SECONDS = 0.5
# Filled into the queue at once, so that a short pause of the sender leaves the line busy.
_HEAD_START_PACKETS = 100
_OVER_OFFER = 1.08


class Arrival(NamedTuple):
    """A packet as received: seconds since the first one."""

    time: float
    bytes: int


def payload_bytes() -> int:
    """Of a packet that no link has to divide, the same at both ends. Raises Refused."""
    wan = tunnel.parse(os.environ.get("WAN_TUNNEL"))
    return min(_MOST_PAYLOAD, wan.mtu - _INNER_HEADERS) if wan else _MOST_PAYLOAD


def wire_bytes() -> int:
    """A packet as it is on the line."""
    return payload_bytes() + _INNER_HEADERS + _ETHERNET_HEADER


def fit_rate(arrivals: list[Arrival]) -> float:
    """Bits per second: the least-squares slope of the bytes received over time. Raises Failed."""
    if len(arrivals) < 10:
        raise Failed(f"{len(arrivals)} packets received, too few for a rate")
    total = 0
    points = []
    for arrival in arrivals:
        total += arrival.bytes
        points.append((arrival.time, total))
    mean_time = sum(time for time, _ in points) / len(points)
    mean_bytes = sum(total for _, total in points) / len(points)
    spread = sum((time - mean_time) ** 2 for time, _ in points)
    if spread == 0:
        raise Failed("all packets were received at one time")
    return 8 * sum((time - mean_time) * (total - mean_bytes) for time, total in points) / spread


def receive(address: str, port: int, patience_seconds: float) -> dict[str, object]:
    """Says "ready", takes in one train, returns its rate. Raises Failed if none comes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
        receiver.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        receiver.bind((address, port))
        receiver.settimeout(patience_seconds)
        print("ready", flush=True)
        stamps = []
        try:
            while True:
                _, ancillary, _, _ = receiver.recvmsg(16, 64)
                stamps.append(ancillary[0][2])
                receiver.settimeout(_IDLE_SECONDS)
        except TimeoutError:
            pass
    times = [seconds + nanoseconds / 1e9 for seconds, nanoseconds in (struct.unpack("qq", stamp) for stamp in stamps)]
    size = wire_bytes()
    arrivals = [Arrival(at - times[0], size) for at in times]
    return {"packets": len(arrivals), "rateBitsPerSecond": round(fit_rate(arrivals))}


def send(address: str, port: int, rate: float, loss_percent: float, seconds: float) -> dict[str, object]:
    """Sends a train that keeps a line of `rate` bits per second busy for `seconds`."""
    offered = rate * _OVER_OFFER / (1 - loss_percent / 100) / (8 * wire_bytes())
    payload = bytes(payload_bytes())
    # A head start of at most a tenth of the train, which on a slow line is few packets.
    head_start = min(_HEAD_START_PACKETS, 1 + int(offered * seconds / 10))
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        # Packets the emulator holds count against the sender's buffer.
        sender.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _BUFFER_BYTES)
        sender.connect((address, port))
        start = time.monotonic()
        while (elapsed := time.monotonic() - start) < seconds:
            while sent < head_start + elapsed * offered:
                sender.send(payload)
                sent += 1
            time.sleep(0.001)
    return {"packets": sent}


def main(arguments: list[str]) -> dict[str, object]:
    """`receive ADDRESS PORT PATIENCE` or `send ADDRESS PORT RATE LOSS SECONDS`. Raises Refused, Failed."""
    try:
        match arguments:
            case ["receive", address, port, patience]:
                return receive(address, int(port), float(patience))
            case ["send", address, port, rate, loss, seconds]:
                if not 0 <= float(loss) < 100 or float(rate) <= 0:
                    raise Refused(f"rate {rate}, loss {loss}: nothing would arrive")
                return send(address, int(port), float(rate), float(loss), float(seconds))
    except ValueError as error:
        raise Refused(f"line: {error}") from error
    except OSError as error:
        raise Failed(f"line: {error}") from error
    raise Refused("usage: gateway line receive ADDRESS PORT PATIENCE | send ADDRESS PORT RATE LOSS SECONDS")
