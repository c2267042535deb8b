import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from amqp.transport import SSLTransport

from buswide_agent import tls


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of the name ``localhost``, which is its own authority, with its key beside it."""
    openssl = shutil.which("openssl")
    assert openssl is not None
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "certificate.pem")]
    subprocess.run(  # noqa: S603 -- the test's own words
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files],
        check=True,
        capture_output=True,
    )
    return tmp_path / "certificate.pem"


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve() -> None:
            connection, _ = server.accept()
            connection.settimeout(10)
            try:
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    wrapped.recv(8)
            except OSError:
                # A client that refuses the certificate hangs up.
                connection.close()

        serving = threading.Thread(target=serve)
        serving.start()
        yield server.getsockname()[1]
        serving.join(10)


def _connect(host: str, port: int, authority: Path) -> None:
    # What oslo.messaging hands on for ssl=True with an ssl_ca_file.
    options = {"ca_certs": str(authority), "cert_reqs": ssl.CERT_REQUIRED}
    transport = SSLTransport(f"{host}:{port}", connect_timeout=5, ssl=options)
    transport.connect()
    transport.close()


def test_a_broker_whose_certificate_names_it_is_taken(port: int, certificate: Path) -> None:
    tls.check_host_names()
    _connect("localhost", port, certificate)


def test_a_broker_with_the_certificate_of_another_is_refused(port: int, certificate: Path) -> None:
    tls.check_host_names()
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for '127\.0\.0\.1'"):
        _connect("127.0.0.1", port, certificate)
