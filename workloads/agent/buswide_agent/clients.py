"""What sends: RPC clients and notifiers."""

from abc import ABC, abstractmethod
from typing import Any

import oslo_messaging
from oslo_config import cfg

from buswide_agent import bus, library
from buswide_agent.protocol import Configure, Member

METHOD = "probe"


class WrongReply(Exception):
    """A call was answered with the reply to another."""


class Client(ABC):
    """A sender with connections of its own. Its methods may be called by several threads at once."""

    def __init__(self, transport: oslo_messaging.Transport, configure: Configure, member: Member) -> None:
        self._transport = transport
        self._configure = configure
        self.member = member
        self._payload = "x" * configure.message_bytes

    def send(self, round_: int, sequence: int, due: int, at: int) -> None:
        """Does one operation; `due` and `at` are the intended and actual start, Unix microseconds.

        Raises whatever oslo.messaging does, and WrongReply.
        """
        self._send(
            {
                "run": self._configure.run,
                "round": round_,
                "sender": self.member.id,
                "sequence": sequence,
                "site": self._configure.site,
                "due": due,
                "at": at,
                "payload": self._payload,
            }
        )

    @abstractmethod
    def _send(self, message: dict[str, Any]) -> None: ...

    def close(self) -> None:
        """Disconnects."""
        self._transport.cleanup()


class RpcClient(Client):
    """Calls, casts or fans out to one topic."""

    def __init__(self, conf: cfg.ConfigOpts, configure: Configure, member: Member) -> None:
        super().__init__(bus.rpc_transport(conf, configure.transport), configure, member)
        client = library.rpc_client(
            self._transport,
            oslo_messaging.Target(topic=member.topic, fanout=configure.pattern == "fanout" or None),
            timeout=configure.timeout,
            retry=library.retries(configure.driver),
        )
        self._client = client.prepare()
        self._calls = configure.pattern == "call"

    def _send(self, message: dict[str, Any]) -> None:
        if not self._calls:
            self._client.cast({}, METHOD, **message)
            return
        reply = self._client.call({}, METHOD, **message)
        if reply != [message["sender"], message["sequence"]]:
            raise WrongReply


class NotificationClient(Client):
    """Notifies one topic."""

    def __init__(
        self, conf: cfg.ConfigOpts, configure: Configure, member: Member, swallowed: bus.SwallowedErrors
    ) -> None:
        super().__init__(bus.notification_transport(conf, configure.transport), configure, member)
        self._notifier = oslo_messaging.Notifier(
            self._transport,
            publisher_id=member.name,
            driver="messagingv2",
            topics=[member.topic],
            retry=library.retries(configure.driver),
        )
        self._swallowed = swallowed

    def _send(self, message: dict[str, Any]) -> None:
        with self._swallowed.raised():
            self._notifier.info({}, METHOD, message)


def make_client(
    conf: cfg.ConfigOpts, configure: Configure, member: Member, swallowed: bus.SwallowedErrors
) -> Client:
    """The client the pattern needs."""
    if configure.pattern == "notify":
        return NotificationClient(conf, configure, member, swallowed)
    return RpcClient(conf, configure, member)
