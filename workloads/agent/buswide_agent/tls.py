"""What oslo.messaging leaves out of TLS."""

import socket
from typing import Any

from amqp.transport import SSLTransport

_plain_wrap = SSLTransport._wrap_socket


def _wrap_checked(self: SSLTransport, sock: socket.socket, *args: Any, **options: Any) -> Any:  # noqa: ANN401
    options.setdefault("server_hostname", self.host)
    return _plain_wrap(self, sock, *args, **options)


def check_host_names() -> None:
    """Has TLS connections check that a broker's certificate names the host that was asked for.

    oslo.messaging (14.7.3, ``impl_rabbit.Connection._fetch_ssl_params``) checks that a known authority has
    signed the certificate, and not whose it is: any server with one could pass for any other. py-amqp does
    check once it is told the name, which its transport knows for the host it is connecting to.
    """
    SSLTransport._wrap_socket = _wrap_checked
