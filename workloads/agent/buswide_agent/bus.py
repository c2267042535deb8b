"""oslo.messaging without an application around it: a private configuration, a transport a member."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import oslo_messaging
from oslo_config import cfg

from buswide_agent import amqp, library, tls
from buswide_agent.protocol import ProtocolError, Settings

CALL_THREADS = 8
"""Threads with which a server executes calls unless the settings say otherwise. A service has 64, which at
50 servers a process is too many; with one, a reply's broker round trip would hold up the next call."""


def make_configuration(settings: Settings) -> cfg.ConfigOpts:
    """A configuration of its own, read from no file, with `settings` (group to options) applied.

    Raises ProtocolError naming the group and option that do not exist or do not take the value.
    """
    conf = cfg.ConfigOpts()
    conf(args=[], project="buswide", default_config_files=[], default_config_dirs=[])
    library.register_options(conf)
    tls.check_host_names()
    conf.set_default("executor_thread_pool_size", CALL_THREADS)
    for group, values in settings.items():
        for option, value in values.items():
            try:
                conf.set_override(option, value, group=None if group == "DEFAULT" else group)
            except (cfg.NoSuchOptError, cfg.NoSuchGroupError) as error:
                raise ProtocolError(
                    f"settings.{group}.{option}: oslo.messaging has no such option"
                ) from error
            except (ValueError, TypeError) as error:
                raise ProtocolError(f"settings.{group}.{option}: not a value for this option") from error
    if conf[amqp.GROUP].hosts_in_order:
        amqp.begin_at_first_host()
    return conf


class SwallowedErrors(logging.Handler):
    """Finds the errors the notifier only logs.

    ``Notifier`` catches whatever its messaging driver raises, so a notification that failed looks sent. The
    log record of the sending thread is the only trace of it.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._seen = threading.local()
        logging.getLogger("oslo_messaging.notify.messaging").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the error for the thread it belongs to."""
        if record.exc_info is not None and record.exc_info[1] is not None:
            self._seen.error = record.exc_info[1]

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raises, at its end, what was swallowed inside."""
        self._seen.error = None
        yield
        error = self._seen.error
        self._seen.error = None
        if error is not None:
            raise error


def rpc_transport(conf: cfg.ConfigOpts, url: str) -> oslo_messaging.Transport:
    """A transport with connections of its own."""
    return oslo_messaging.get_rpc_transport(conf, url=url)


def notification_transport(conf: cfg.ConfigOpts, url: str) -> oslo_messaging.Transport:
    """A transport with connections of its own."""
    return oslo_messaging.get_notification_transport(conf, url=url)
