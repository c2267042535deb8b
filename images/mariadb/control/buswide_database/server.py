"""The server of this node, asked over its socket as the user who runs it."""

import threading

import pymysql

from .status import Status, read_status, refusal

SOCKET = "/run/mysqld/mysqld.sock"
_TIMEOUT = 2


class Server:
    """A connection that is made when it is needed, and anew when it breaks. For several threads."""

    def __init__(self, socket: str = SOCKET) -> None:
        """`socket`: where the server listens."""
        self._socket = socket
        self._lock = threading.Lock()
        self._connection: pymysql.connections.Connection | None = None
        self._donors_serve = False

    def status(self) -> Status | None:
        """None: it does not answer."""
        rows = self._rows("SHOW GLOBAL STATUS LIKE 'wsrep%'")
        return None if rows is None else read_status(rows)

    def refusal(self) -> str | None:
        """Why no client is to be sent here. None: queries are served."""
        return refusal(self.status(), self._donors_serve)

    def execute(self, statements: str) -> None:
        """Executes statements, one a line. Raises pymysql.MySQLError."""
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                for statement in statements.splitlines():
                    cursor.execute(statement)
        finally:
            connection.close()

    def _rows(self, statement: str) -> dict[str, str] | None:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect(_TIMEOUT)
                    with self._connection.cursor() as cursor:
                        cursor.execute("SHOW GLOBAL VARIABLES LIKE 'wsrep_sst_method'")
                        self._donors_serve = dict(cursor.fetchall()).get("wsrep_sst_method") == "mariabackup"
                with self._connection.cursor() as cursor:
                    cursor.execute(statement)
                    return dict(cursor.fetchall())
            except (pymysql.MySQLError, OSError):
                if self._connection is not None:
                    self._connection._force_close()
                self._connection = None
                return None

    def _connect(self, timeout: int | None = None) -> pymysql.connections.Connection:
        return pymysql.connect(
            unix_socket=self._socket,
            user="mysql",
            autocommit=True,
            connect_timeout=_TIMEOUT,
            read_timeout=timeout,
            write_timeout=timeout,
        )
