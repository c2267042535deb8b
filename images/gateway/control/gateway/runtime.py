"""What the running gateway found out about its container, left for the commands that come later."""

import json
import os
import time
from typing import NamedTuple

from .errors import Failed, Refused
from .firewall import EmulatorKind
from .spec import Network, parse_network
from .tunnel import Tunnel, parse

DIRECTORY = "/run/gateway"
READY = f"{DIRECTORY}/ready"
# In memory: what has to be written in time does not wait for a disk that others keep busy.
MEMORY = "/dev/shm"

# Covers a container whose second network is attached late.
_PATIENCE_SECONDS = 30


class Runtime(NamedTuple):
    """The emulator chosen, what the kernel has, and the interfaces."""

    emulator: EmulatorKind
    kernel: dict[str, bool]
    site: str
    wan: str
    wan_prefix_length: int
    # The interface to the host, where the WAN is a tunnel between hosts.
    underlay: str | None = None

    def tunnel(self) -> Tunnel | None:
        """How the WAN is made, from the container's environment; None where it is a network."""
        return parse(os.environ.get("WAN_TUNNEL"))

    def network(self) -> Network:
        """Where the gateway stands, from the container's environment."""
        return parse_network(os.environ.get("SITE_ADDRESS"), os.environ.get("WAN_ADDRESS"), self.wan_prefix_length)


def boot_id() -> str:
    """Differs at each start of the container: the start time of its first process (field 22 of proc(5) stat)."""
    with open("/proc/1/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[19]


def publish(runtime: Runtime) -> None:
    """Tells that the gateway is ready."""
    with open(f"{READY}.new", "w", encoding="utf-8") as file:
        json.dump({"boot": boot_id(), "runtime": runtime._asdict()}, file)
    os.replace(f"{READY}.new", READY)


def withdraw() -> None:
    """Forgets what an earlier start of the container left."""
    os.makedirs(DIRECTORY, exist_ok=True)
    for name in os.listdir(DIRECTORY):
        os.unlink(os.path.join(DIRECTORY, name))


def wait(seconds: float = _PATIENCE_SECONDS) -> Runtime:
    """Waits until the gateway is ready. Raises Failed."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with open(READY, encoding="utf-8") as file:
                value = json.load(file)
            if value["boot"] == boot_id():
                return Runtime(**value["runtime"])
        except FileNotFoundError:
            pass
        if time.monotonic() > deadline:
            raise Failed("the gateway is not ready: see its log")
        time.sleep(0.02)


def choose_emulator(asked: str, kernel: dict[str, bool]) -> EmulatorKind:
    """netem where the kernel has it, else user space. Raises Refused or Failed."""
    if asked not in ("auto", "netem", "nfqueue"):
        raise Refused(f"EMULATOR: {json.dumps(asked)} refused, wanted auto, netem or nfqueue")
    if asked == "netem" and not kernel["netem"]:
        raise Failed("EMULATOR=netem, but this kernel has no netem (sch_netem): load the module or use auto")
    if asked != "netem" and not kernel["nfqueue"] and (asked == "nfqueue" or not kernel["netem"]):
        raise Failed("this kernel has no user-space queues (nfnetlink_queue)")
    if asked == "auto":
        return "netem" if kernel["netem"] else "nfqueue"
    return "netem" if asked == "netem" else "nfqueue"
