"""RPC servers and notification listeners."""

from abc import ABC, abstractmethod
from typing import Any

import oslo_messaging
from oslo_config import cfg

from buswide_agent import bus, library
from buswide_agent.clock import Clock
from buswide_agent.protocol import Configure, Member
from buswide_agent.recorder import Recorder

PRIORITY = "info"


class Endpoint:
    """Counts what a receiver executes. oslo.messaging calls its public methods by name."""

    def __init__(self, member: Member, configure: Configure, clock: Clock, recorder: Recorder) -> None:
        self._member = member
        self._configure = configure
        self._clock = clock
        self._recorder = recorder

    def probe(self, _context: object, **message: Any) -> list[int]:  # noqa: ANN401 -- whatever is in the message
        """An RPC method: the caller finds its own sender and sequence number in the reply."""
        self._count(message)
        return [message["sender"], message["sequence"]]

    def info(
        self, _context: object, _publisher: str, _event: str, payload: dict[str, Any], _metadata: object
    ) -> None:
        """A notification of priority info."""
        self._count(payload)

    def _count(self, message: dict[str, Any]) -> None:
        at = self._clock.monotonic()
        ours = self._recorder.arrived(
            message["run"], message["round"], self._member.id, message["sender"], message["sequence"], at
        )
        if ours and self._configure.one_way:
            now = self._clock.stamp(at)
            self._recorder.latency(
                message["round"], message["site"], (now - message["due"]) / 1e6, (now - message["at"]) / 1e6
            )


class Receiver(ABC):
    """A server or listener with a connection of its own."""

    def __init__(self, transport: oslo_messaging.Transport) -> None:
        self._transport = transport
        self._server: Any = None

    @abstractmethod
    def start(self) -> None:
        """Connects and subscribes; returns when queues and bindings exist."""

    def close(self) -> None:
        """Unsubscribes and disconnects."""
        if self._server is not None:
            self._server.stop()
            self._server.wait()
        self._transport.cleanup()


class RpcReceiver(Receiver):
    """An RPC server of one topic: it takes calls, casts and fanouts."""

    def __init__(
        self, conf: cfg.ConfigOpts, configure: Configure, member: Member, endpoint: Endpoint
    ) -> None:
        super().__init__(bus.rpc_transport(conf, configure.transport))
        target = oslo_messaging.Target(topic=member.topic, server=member.name)
        self._server = oslo_messaging.get_rpc_server(
            self._transport, target, [endpoint], executor=library.executor()
        )
        # Casts need no second thread, and with one they are executed in the order they were delivered, so
        # that what is counted as reordered was reordered by the bus.
        self._threads = None if configure.pattern == "call" else 1

    def start(self) -> None:
        self._server.start(override_pool_size=self._threads)


class NotificationReceiver(Receiver):
    """A notification listener. All listeners of a topic share its queue, so each message goes to one.

    A listener pool of oslo.messaging would do the same with a second queue beside the default one, which
    the publisher declares anyway and which nobody would empty.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, configure: Configure, member: Member, endpoint: Endpoint
    ) -> None:
        super().__init__(bus.notification_transport(conf, configure.transport))
        self._server = oslo_messaging.get_notification_listener(
            self._transport,
            [oslo_messaging.Target(topic=member.topic)],
            [endpoint],
            executor=library.executor(),
        )

    def start(self) -> None:
        self._server.start(override_pool_size=1)


def make_receiver(
    conf: cfg.ConfigOpts, configure: Configure, member: Member, clock: Clock, recorder: Recorder
) -> Receiver:
    """The receiver the pattern needs."""
    endpoint = Endpoint(member, configure, clock, recorder)
    kind = NotificationReceiver if configure.pattern == "notify" else RpcReceiver
    return kind(conf, configure, member, endpoint)
