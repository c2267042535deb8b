"""A steady load on a control plane: servers are booted, followed and deleted, and tokens asked for, come what may.

Everything that is found is said as it is found, a JSON object each:

- `boot`, `authentication`: a request that is over: its `number`, when it was `due`, `sent` and `answered`, and its
  `status` or `error`.
- `server`: one that became ACTIVE or an ERROR: `number`, `state`, `time` and, of an error, `fault`. Then it is deleted.
- `services`: Nova's own, by `<binary>/<host>`, or the `status` or `error` with which they were not told.
- `windowEnded`: the last request was begun.
- `end`: nothing more is waited for. `states`: of servers by number that are neither ACTIVE nor an ERROR: what Nova
  calls it (BUILD, …); `gone`, if Nova knows of none by the identity that it gave; `unknown`, if it could not be asked.
- `left`: how many `servers` are still there after all have been deleted; null: they could not be listed.

Times are Unix times in seconds.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from buswide_load.cloud import JSON, Answer, Cloud
from buswide_load.pace import at_times, due_times, workers
from buswide_load.services import Report, reports_of, well_since
from buswide_load.watch import SETTLED, Watch

LOOK_SECONDS = 0.5
"""Between two lists of servers: so much later than it was may be what is told of one."""
SERVICES_SECONDS = 1.0
LOOK_TIMEOUT = 10.0
"""For an answer to what is asked to know what came of the load."""
DELETE_AGAIN_SECONDS = 5.0
LAST_LOOKS = 3
CLEANING_SECONDS = 60.0
HURRIED_SECONDS = 5.0
"""To delete all in, if all is to end."""

OK = 200
NOT_FOUND = 404


@dataclass(frozen=True)
class Wanted:
    """What is asked for. Rates are per second, times in seconds; 0 authentications: none."""

    prefix: str
    flavor: str
    image: str
    rate: float
    authentications: float
    duration: float
    wait: float
    """How long after the window it is waited for what was asked for to be there."""
    timeout: float
    quiet_from: float
    """When the last fault is over, from the window's start."""


class Load:
    """One load, from its window's start to when its servers are gone."""

    def __init__(self, cloud: Cloud, wanted: Wanted, say: Callable[[JSON], None], ending: threading.Event) -> None:
        """`say` takes what is found, from any thread; `ending`, once set, has all deleted and returned from."""
        self._cloud = cloud
        self._wanted = wanted
        self._say = say
        self._ending = ending
        self._watch = Watch(wanted.prefix)
        self._accepted: dict[int, str] = {}
        """The identity that Nova gave each server."""
        self._doubtful = False
        """Whether a request was refused or not answered, of which there may be a server all the same."""
        self._delete_next: dict[int, float] = {}
        self._reports: dict[str, Report] = {}
        self._reports_at = 0.0
        """When what is known of Nova's services was asked for; 0: the last time, it was not told."""
        self._settled = threading.Event()
        """Set once no more is waited for: what only looks stops."""

    def run(self, start: float) -> None:
        """Does all of it; `start`: of the window, Unix time."""
        wanted = self._wanted
        most = workers(wanted.rate, wanted.timeout) + workers(wanted.authentications, wanted.timeout)
        with ThreadPoolExecutor(most) as pool, ThreadPoolExecutor(4) as deleters:
            asking = [
                threading.Thread(target=self._boot_all, args=(start, pool)),
                threading.Thread(target=self._authenticate_all, args=(start, pool)),
            ]
            looking = threading.Thread(target=self._look_at_services)
            for thread in (*asking, looking):
                thread.start()
            self._follow(start, asking, deleters)
            self._settled.set()
            if self._ending.is_set():
                # What is asked for just now may be there only later.
                self._clean_up()
            for thread in (*asking, looking):
                thread.join()
            if not self._ending.is_set():
                self._say({"event": "end", "time": time.time(), "states": self._last_states()})
            self._clean_up()

    def _boot_all(self, start: float, pool: ThreadPoolExecutor) -> None:
        due = due_times(self._wanted.rate, self._wanted.duration, start)
        begun = at_times(due, self._boot, pool, self._ending)
        self._ending.wait(max(0.0, start + self._wanted.duration - time.time()))
        self._say({"event": "windowEnded", "time": time.time()})
        wait(begun)

    def _authenticate_all(self, start: float, pool: ThreadPoolExecutor) -> None:
        rate = self._wanted.authentications
        due = due_times(rate, self._wanted.duration, start) if rate > 0 else []
        wait(at_times(due, self._authenticate, pool, self._ending))

    def _boot(self, number: int, due: float) -> None:
        wanted = self._wanted
        server = {
            "name": self._watch.name(number),
            "flavorRef": wanted.flavor,
            "imageRef": wanted.image,
            "networks": "none",
        }
        answer = self._cloud.ask("POST", "/servers", wanted.timeout, {"server": server})
        made = answer.body.get("server") if answer.status is not None and answer.status < 300 else None
        if made:
            self._accepted[number] = made["id"]
        else:
            self._doubtful = True
        self._say({"event": "boot", "number": number, "due": due, **outcome(answer)})

    def _authenticate(self, number: int, due: float) -> None:
        answer = self._cloud.authenticate(self._wanted.timeout)
        self._say({"event": "authentication", "number": number, "due": due, **outcome(answer)})

    def _look_at_services(self) -> None:
        while not self._settled.wait(SERVICES_SECONDS) and not self._ending.is_set():
            asked = time.time()
            answer = self._cloud.ask("GET", "/os-services", LOOK_TIMEOUT)
            if answer.status == OK:
                self._reports, self._reports_at = reports_of(answer.body), asked
                self._say({"event": "services", "time": asked, "services": self._reports})
            else:
                self._reports_at = 0.0
                self._say({"event": "services", "time": asked, "status": answer.status, "error": answer.error})

    def _follow(self, start: float, asking: list[threading.Thread], deleters: ThreadPoolExecutor) -> None:
        """Looks at the servers until each is what it is to be and Nova's services are well, or it was waited for."""
        wanted = self._wanted
        end = start + wanted.duration
        while not self._ending.wait(LOOK_SECONDS):
            asked = not any(thread.is_alive() for thread in asking)
            if self._list():
                self._delete_settled(deleters)
                if asked and not self._doubtful and self._all_settled() and self._services_well(start):
                    return
            if time.time() > end + wanted.wait:
                return

    def _list(self) -> bool:
        """Whether Nova told which servers there are."""
        answer = self._cloud.ask("GET", f"/servers/detail?name={self._watch.prefix}-", LOOK_TIMEOUT)
        if answer.status != OK:
            return False
        for number in self._watch.take(answer.body):
            self._tell(number, answer.answered)
        return True

    def _tell(self, number: int, at: float) -> None:
        server = self._watch.servers[number]
        fault = {} if server.fault is None else {"fault": server.fault}
        self._say({"event": "server", "number": number, "state": server.status, "time": at, **fault})

    def _all_settled(self) -> bool:
        known = self._watch.servers
        return not self._watch.unsettled() and all(number in known for number in self._accepted)

    def _services_well(self, start: float) -> bool:
        return self._reports_at > 0 and well_since(self._reports, start + self._wanted.quiet_from)

    def _delete_settled(self, deleters: ThreadPoolExecutor) -> None:
        """Also those whose deletion Nova has not heard of, or has forgotten."""
        now = time.time()
        for number, identity in self._watch.listed().items():
            if self._watch.servers[number].settled and self._delete_next.get(number, 0.0) <= now:
                self._delete_next[number] = now + DELETE_AGAIN_SECONDS
                deleters.submit(self._cloud.ask, "DELETE", f"/servers/{identity}", LOOK_TIMEOUT)

    def _last_states(self) -> dict[int, str]:
        """What each server is that has not become active, or an error."""
        servers = self._watch.servers
        missing = {number: identity for number, identity in self._accepted.items() if number not in servers}
        unsettled = {number: servers[number].id for number in self._watch.unsettled()}
        states = {
            number: self._state_of(number, identity) for number, identity in sorted({**missing, **unsettled}.items())
        }
        # Some may have come by just now.
        return {number: state for number, state in states.items() if state not in SETTLED}

    def _state_of(self, number: int, identity: str) -> str:
        """By the server itself: lists leave out those of a database that does not answer."""
        for _ in range(LAST_LOOKS):
            answer = self._cloud.ask("GET", f"/servers/{identity}", LOOK_TIMEOUT)
            if answer.status == NOT_FOUND:
                return "gone"
            if answer.status == OK and "server" in answer.body:
                if self._watch.see(number, answer.body["server"]):
                    self._tell(number, answer.answered)
                return self._watch.servers[number].status
            if self._ending.wait(LOOK_SECONDS):
                break
        return "unknown"

    def _clean_up(self) -> None:
        hurried = self._ending.is_set()
        end = time.time() + (HURRIED_SECONDS if hurried else CLEANING_SECONDS)
        timeout = HURRIED_SECONDS if hurried else LOOK_TIMEOUT
        left: int | None = None
        asked: dict[str, float] = {}
        while time.time() < end and left != 0:
            path = f"/servers/detail?name={self._watch.prefix}-"
            answer = self._cloud.ask("GET", path, timeout)
            if answer.status == OK:
                self._watch.take(answer.body)
                identities = list(self._watch.listed().values())
                left = len(identities)
                for identity in identities:
                    if asked.get(identity, 0.0) <= time.time() - DELETE_AGAIN_SECONDS:
                        asked[identity] = time.time()
                        self._cloud.ask("DELETE", f"/servers/{identity}", timeout)
            else:
                left = None
            if left != 0:
                time.sleep(LOOK_SECONDS)
        self._say({"event": "left", "servers": left})


def outcome(answer: Answer) -> JSON:
    """What is said of an answer."""
    return {"sent": answer.sent, "answered": answer.answered, "status": answer.status, "error": answer.error}
