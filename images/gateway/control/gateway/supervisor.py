"""The gateway's main process: sets the container up, keeps the emulator running."""

import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn

from . import firewall, interfaces, links, netem, nfqueue, runtime, state, temporary, tunnel
from .spec import parse_network

_ATTACH_SECONDS = 60
# Slows down an emulator that cannot start; one that died after a while is back at once.
_RESTART_PAUSE_SECONDS = 0.5


def _log(message: str) -> None:
    print(f"gateway: {message}", file=sys.stderr, flush=True)


def _end(signal_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signal_number if signal_number != signal.SIGTERM else 0)


def _lock_down_ipv6() -> None:
    """Links are IPv4; where the container has IPv6 at all, nothing of it passes or leaves."""
    if os.path.exists("/proc/net/if_inet6"):
        with open("/proc/net/if_inet6", encoding="ascii") as file:
            if any(line.split()[-1] != "lo" for line in file):
                firewall.restore(firewall.LOCKDOWN, family=6)


def _set_up() -> runtime.Runtime:
    network = parse_network(os.environ.get("SITE_ADDRESS"), os.environ.get("WAN_ADDRESS"))
    wan = tunnel.parse(os.environ.get("WAN_TUNNEL"))
    firewall.restore(firewall.LOCKDOWN)
    _lock_down_ipv6()
    underlay = None
    if wan:
        tunnel.make(network, wan)
        underlay = interfaces.wait_for(wan.address.ip, _ATTACH_SECONDS)
    found = interfaces.wait(network, _ATTACH_SECONDS)
    hosts = interfaces.prepare(found, network)
    if os.environ.get("SITE_HOST_ADDRESS"):
        hosts.append(os.environ["SITE_HOST_ADDRESS"])
    kernel = {"netem": netem.probe(), "nfqueue": nfqueue.probe()}
    emulator = runtime.choose_emulator(os.environ.get("EMULATOR", "auto"), kernel)
    firewall.restore(firewall.render_base(found.site, found.wan, hosts))
    if underlay:
        firewall.restore(firewall.render_underlay(underlay))
    over = f" over {underlay}" if underlay else ""
    _log(f"site {network.site} on {found.site}, WAN {network.wan.ip} on {found.wan}{over}, emulator {emulator}")
    return runtime.Runtime(emulator, kernel, found.site, found.wan, found.wan_prefix_length, underlay)


def _start_emulator() -> subprocess.Popen[bytes]:
    return subprocess.Popen([nfqueue.PROGRAM, nfqueue.SOCKET])


def _keep_emulator(process: subprocess.Popen[bytes], found: runtime.Runtime) -> NoReturn:
    while True:
        started = time.monotonic()
        code = process.wait()
        _log(f"the emulator ended with code {code}; packets of all links are dropped until it is back")
        if time.monotonic() - started < _RESTART_PAUSE_SECONDS:
            time.sleep(_RESTART_PAUSE_SECONDS)
        process = _start_emulator()
        with state.locked():
            links.restore_emulator(state.load(), found)
        _log("the emulator is back")


def run() -> NoReturn:
    """Sets up and stays. Raises Refused, Failed."""
    signal.signal(signal.SIGTERM, _end)
    runtime.withdraw()
    temporary.forget()
    found = _set_up()
    process = _start_emulator() if found.emulator == "nfqueue" else None
    with state.locked():
        current = state.load()
        links.restore_all(current, found)
    port = os.environ.get("FIGURES_PORT")
    if port:
        # Most gateways do without, and there are many.
        from . import figures

        figures.start(port, found)
    runtime.publish(found)
    _log(f"ready with {len(current.classes)} classes and {len(current.routes)} routes")
    if process:
        _keep_emulator(process, found)
    while True:
        signal.pause()
