"""udp.py receive ADDRESS PORT SECONDS | send ADDRESS PORT BYTES SECONDS [PACKETS_PER_SECOND]

Numbered UDP packets. `receive` says "listening", waits at most SECONDS for the first packet and ends when none has come
for a while; it prints how many came, how many of them after one sent later, and the seconds from the first to the last.
`send` prints how many it sent; without a rate as many as it can. Unlike iperf3's, this needs no packet of its own to
arrive first, and so stands any loss.
"""

import socket
import struct
import sys
import time

SILENCE_SECONDS = 2


def receive(address: str, port: int, patience: int) -> None:
    """Counts what comes, until nothing does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        # The kernel's own timeout: Python's would cost a second system call a packet.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", patience, 0))
        listener.bind((address, port))
        print("listening", flush=True)
        packet = bytearray(2048)
        received = disordered = 0
        latest = -1
        first = last = 0.0
        while True:
            try:
                listener.recv_into(packet)
            except BlockingIOError:
                break
            last = time.monotonic()
            if received == 0:
                first = last
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE_SECONDS, 0))
            received += 1
            number = int.from_bytes(packet[:8], "big")
            if number < latest:
                disordered += 1
            else:
                latest = number
        print(received, disordered, last - first)


def send(address: str, port: int, size: int, seconds: float, rate: float | None) -> None:
    """Sends packets of `size` bytes, evenly or without a pause."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((address, port))
        rest = bytes(size - 8)
        start = time.monotonic()
        end = start + seconds
        sent = 0
        while (now := time.monotonic()) < end:
            # Without a rate the clock is read once in a while only.
            due = sent + 64 if rate is None else int((now - start) * rate)
            for number in range(sent, due):
                sender.send(number.to_bytes(8, "big") + rest)
            sent = max(sent, due)
            if rate is not None:
                time.sleep(0.0005)
        print(sent)


match sys.argv[1:]:
    case ["receive", address, port, patience]:
        receive(address, int(port), int(patience))
    case ["send", address, port, size, seconds, *rate]:
        send(address, int(port), int(size), float(seconds), float(rate[0]) if rate else None)
    case _:
        sys.exit(__doc__)
