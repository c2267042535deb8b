"""The process: commands from standard input, reports to standard output, logs to standard error."""

import json
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Iterable
from typing import IO, Any
from urllib.parse import urlsplit

from buswide_agent import protocol
from buswide_agent.agent import Agent
from buswide_agent.clock import Clock
from buswide_agent.protocol import ProtocolError

END_OF_INPUT = 3
DEADMAN = 4


class Secrets(logging.Formatter):
    """Formats log records, and any other text, without the secrets it was told of."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._known: list[str] = []

    def add_transport(self, url: str) -> None:
        """Hides a transport URL and the passwords in it; it may name several hosts, each with its own."""
        found = [url]
        scheme, _, rest = url.partition("://")
        for host in rest.split("/")[0].split(","):
            password = urlsplit(f"{scheme}://{host}").password
            if password:
                found.append(password)
        self._known = sorted({*self._known, *found}, key=len, reverse=True)

    def redact(self, text: str) -> str:
        """The text with every known secret replaced."""
        for secret in self._known:
            text = text.replace(secret, "[secret]")
        return text

    def format(self, record: logging.LogRecord) -> str:
        """As the base class, redacted."""
        return self.redact(super().format(record))


class Channel:
    """Writes reports, one JSON object a line. A probe that is gone ends this process."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def report(self, message: dict[str, Any]) -> None:
        """Sends one report."""
        line = json.dumps(message, separators=(",", ":"))
        with self._lock:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                end(END_OF_INPUT)


def end(code: int) -> None:
    """Ends the process at once: oslo.messaging leaves threads behind that would keep it for seconds more."""
    os._exit(code)


class Process:
    """Reads commands and has the agent carry them out."""

    def __init__(self, channel: Channel, secrets: Secrets) -> None:
        self._channel = channel
        self._secrets = secrets
        self._clock = Clock()
        self._agent: Agent | None = None
        self._heard = time.monotonic()
        self._deadman = self._deadman_connected = math.inf
        self._connecting = True

    def serve(self, lines: Iterable[str]) -> bool:
        """Carries out commands until told to stop (True) or the input ends (False)."""
        for line in lines:
            self._heard = time.monotonic()
            try:
                stop = self._handle(protocol.parse(line))
            except ProtocolError as error:
                self._error(error)
                continue
            if stop:
                return True
        return False

    def _handle(self, command: protocol.Command) -> bool:
        match command:
            case protocol.Ping():
                pass
            case protocol.Clock(id=number):
                now = self._clock.monotonic()
                self._channel.report(
                    {
                        "type": "clock",
                        "id": number,
                        "pid": os.getpid(),
                        "unix": self._clock.stamp(now) / 1e6,
                        "offset": self._clock.offset,
                    }
                )
            case protocol.Configure():
                self._configure(command)
            case protocol.Run():
                agent = self._configured()
                # Clients connect in the first round: where another follows, nothing is busy with it any more.
                if not self._connecting:
                    self._deadman = self._deadman_connected
                self._connecting = False
                agent.run(command)
            case protocol.Abort():
                self._configured().abort()
            case protocol.Flush(id=number):
                self._configured().flush(number)
            case protocol.Stop():
                if self._agent is not None:
                    self._agent.close()
                return True
        return False

    def _configured(self) -> Agent:
        if self._agent is None:
            raise ProtocolError("configure: expected before any other command")
        return self._agent

    def _configure(self, configure: protocol.Configure) -> None:
        if self._agent is not None:
            raise ProtocolError("configure: this process is configured already")
        self._secrets.add_transport(configure.transport)
        agent = Agent(configure, self._clock, self._channel.report)
        self._agent = agent
        self._deadman, self._deadman_connected = configure.connecting_deadman, configure.deadman
        threading.Thread(target=self._watch, daemon=True).start()
        threading.Thread(target=self._connect, args=(agent,), daemon=True).start()

    def _connect(self, agent: Agent) -> None:
        try:
            agent.connect()
        # Nothing can go on without the members; the probe is told why and ends this process.
        except Exception as error:  # noqa: BLE001
            self._error(error)
            return
        self._channel.report({"type": "configured"})

    def _watch(self) -> None:
        """Ends a process whose probe has fallen silent, for channels that do not close with their far end."""
        while time.monotonic() - self._heard < self._deadman:
            time.sleep(min(1.0, self._deadman / 4))
        logging.getLogger(__name__).error("nothing heard from the probe for %s s", self._deadman)
        end(DEADMAN)

    def _error(self, error: Exception) -> None:
        kind = "" if isinstance(error, ProtocolError) else f"{type(error).__name__}: "
        self._channel.report({"type": "error", "message": self._secrets.redact(f"{kind}{error}")})


def main(commands: Iterable[str] | None = None) -> None:
    """Entry point of ``buswide-agent``. Exit codes: 0 stopped, 3 the input ended, 4 the probe fell silent."""
    secrets = Secrets()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(secrets)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # Whatever a library prints must not end up between the reports.
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    stopped = Process(Channel(reports), secrets).serve(commands or sys.stdin)
    end(0 if stopped else END_OF_INPUT)
