"""Runs a node: finds out whether to begin the cluster or to join it, starts the server, and again when it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pymysql

from . import data, members, reports
from .decision import Decision, Join, Lasting, Position, Report, Wait, begins_now, decide
from .server import Server
from .status import Status, report_of

ACCOUNTS = Path("/etc/buswide/accounts.sql")
OPENED = members.KEPT.with_name("opened")
"""There once this container has been open."""
_LOOK = 1.0
"""Seconds between two looks at what is."""
_PAUSE = 2.0
"""Seconds until a server that ended is started again."""
_LOST = 15.0
"""Seconds that a server may answer and be in touch with no group, not even its own."""
_GRACE = 30.0
"""Seconds that a server may take to end."""


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a server, in order if it can."""
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Node:
    """This node."""

    def __init__(self, name: str) -> None:
        """`name`: as the others know it."""
        self._name = name
        self._server = Server()
        self._process: subprocess.Popen[bytes] | None = None
        self._found: Position | None = None
        self._recovered = False
        self._made = False
        self._reason = "nobody has said who else there is"
        self._ending = threading.Event()

    def run(self) -> None:
        """Returns when the server has ended, after this was told to end (SIGTERM, SIGINT)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        web = reports.serve(lambda: reports.encode(self._report(), self._reason), self._refusal)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        while not self._ending.is_set():
            self._found = data.position()
            self._recovered = True
            begins = self._settle()
            if begins is None:
                return
            self._start(begins)
            self._watch()
            self._ending.wait(_PAUSE)

    def _refusal(self) -> str | None:
        return self._reason if self._process is None else self._server.refusal()

    def _report(self) -> Report:
        running = self._process is not None
        if not running and not self._recovered:
            return Report(running=False, settled=False, fresh=not OPENED.exists())
        status = self._server.status() if running else None
        return report_of(running, status, self._found, self._made, not OPENED.exists())

    def _decide(self, known: dict[str, str]) -> Decision:
        others = {name: address for name, address in known.items() if name != self._name}
        return decide(self._name, list(known), {**reports.gather(others), self._name: self._report()})

    def _settle(self) -> bool | None:
        """Whether this node begins the cluster, once that is clear. None: it is to end."""
        lasting = Lasting()
        while not self._ending.is_set():
            known = members.read()
            if known:
                decision = self._decide(known)
                if isinstance(decision, Join):
                    return False
                if begins_now(decision, lasting, time.monotonic()):
                    return True
                self._say(decision.reason if isinstance(decision, Wait) else "about to begin")
            self._ending.wait(_LOOK)
        return None

    def _start(self, begins: bool) -> None:
        addresses = ",".join(members.read().values())
        command = ["mariadbd", f"--datadir={data.DATA}", f"--wsrep-cluster-address=gcomm://{addresses}"]
        if begins and self._found is None:
            data.install()
        elif self._found is not None:
            command.append(f"--wsrep-start-position={self._found.history}:{self._found.number}")
        if begins:
            data.allow_beginning()
            command.append("--wsrep-new-cluster")
        self._say("beginning the cluster" if begins else "joining the cluster")
        self._made = not begins
        self._process = subprocess.Popen(command)
        # From here on the server knows; once it has ended, its data has to be asked again.
        self._recovered = False

    def _watch(self) -> None:
        """Returns when the server has ended."""
        process = self._process
        assert process is not None
        right, out_of_touch = Lasting(), Lasting()
        while process.poll() is None:
            status = self._server.status()
            lost = out_of_touch.seconds(status is not None and not status.connected, time.monotonic())
            # A server that could not be brought up to date stays, and answers, and never tries again.
            if self._ending.is_set() or lost > _LOST:
                end(process)
                break
            if status is not None:
                self._look(status, right)
            self._ending.wait(_LOOK)
        self._process = None
        self._say(f"the server ended ({process.returncode})")

    def _look(self, status: Status, right: Lasting) -> None:
        """Sees to what a server needs that answers. `right`: for how long it has been right to go on without others."""
        if status.primary:
            right.seconds(False, time.monotonic())
            if status.ready:
                self._open()
            return
        # Galera finds together again by itself if enough of those who were together last come back. They do not where
        # they were made anew, or are members no more.
        decision = self._decide(members.read())
        self._say(decision.reason if isinstance(decision, Wait) else "not in the primary component")
        if begins_now(decision, right, time.monotonic()):
            self._say("going on with those who are there")
            self._execute("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'")

    def _open(self) -> None:
        if not self._made:
            self._made = self._execute(ACCOUNTS.read_text())
        if self._made and not OPENED.exists():
            OPENED.touch()
        if self._made:
            self._say("open")

    def _execute(self, statements: str) -> bool:
        try:
            self._server.execute(statements)
            return True
        except pymysql.MySQLError as error:
            # Not the statement, which may hold a hash.
            self._say(f"refused by the server: error {error.args[0] if error.args else '?'}")
            return False

    def _say(self, reason: str) -> None:
        if reason != self._reason:
            print(f"buswide: {reason}", file=sys.stderr, flush=True)
        self._reason = reason

    def _end(self, *_: object) -> None:
        self._ending.set()


if __name__ == "__main__":
    Node(os.environ["BUSWIDE_NODE"]).run()
