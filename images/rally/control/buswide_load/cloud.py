"""A control plane as its administrator asks it, each request once: what is refused, or not answered, is the finding."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from keystoneauth1.identity.v3 import Password

JSON = dict[str, Any]
Service = Literal["compute", "image"]

MICROVERSION = "2.37"
"""Of Nova's API: the first in which a server may be without a network (https://docs.openstack.org/nova/latest/reference/api-microversion-history.html)."""


TOKEN_TIMEOUT = 30.0
"""Seconds, for the token with which Nova is asked."""


@dataclass(frozen=True)
class Answer:
    """What came of a request; times are Unix times in seconds."""

    sent: float
    answered: float
    """When it was answered, or given up."""
    status: int | None = None
    """Of HTTP; None: there was no answer."""
    error: str | None = None
    """Why there was no answer: the class of the client's error."""
    body: JSON = field(default_factory=dict)


class Cloud(Protocol):
    """What is asked."""

    def ask(self, method: str, path: str, timeout: float, json: JSON | None = None) -> Answer:
        """Asks Nova. `timeout`: seconds to connect, and as long again for each part of the answer."""

    def authenticate(self, timeout: float) -> Answer:
        """Asks Keystone for a token by name and password, over a connection of its own."""


class KeystoneCloud:
    """A cloud by keystoneauth: its client takes care of the token, and of nothing else."""

    def __init__(self, told: JSON) -> None:
        """`told`: `url` of Keystone, `region`, and the administrator's `password`."""
        from keystoneauth1.session import Session

        self._told = told
        # Of requests for its token, which have none of their own: one would wait for a Keystone that hangs for good.
        self._session = Session(self._user(), timeout=TOKEN_TIMEOUT)

    def _user(self) -> "Password":
        from keystoneauth1.identity.v3 import Password

        return Password(
            auth_url=self._told["url"],
            username="admin",
            password=self._told["password"],
            project_name="admin",
            user_domain_id="default",
            project_domain_id="default",
        )

    def ask(
        self, method: str, path: str, timeout: float, json: JSON | None = None, service: Service = "compute"
    ) -> Answer:
        """As `Cloud.ask`, also of Glance."""
        from keystoneauth1 import exceptions

        sent = time.time()
        try:
            response = self._session.request(
                path,
                method,
                json=json,
                timeout=timeout,
                raise_exc=False,
                endpoint_filter={
                    "service_type": service,
                    "interface": "public",
                    "region_name": self._told["region"],
                },
                headers={"Accept": "application/json"},
                **({"microversion": MICROVERSION} if service == "compute" else {}),
            )
        except exceptions.HttpError as error:
            # It is Keystone's, asked for a token: others are answers here.
            return Answer(sent, time.time(), error=f"Keystone{type(error).__name__}")
        except exceptions.ClientException as error:
            return Answer(sent, time.time(), error=type(error).__name__)
        answered = time.time()
        try:
            body = response.json()
        except ValueError:
            body = None
        return Answer(sent, answered, response.status_code, body=body if isinstance(body, dict) else {})

    def authenticate(self, timeout: float) -> Answer:
        """As `Cloud.authenticate`."""
        from keystoneauth1 import exceptions
        from keystoneauth1.session import Session

        sent = time.time()
        try:
            with_token = self._user().get_access(Session(timeout=timeout))
        except exceptions.HttpError as error:
            return Answer(sent, time.time(), status=error.http_status)
        except exceptions.ClientException as error:
            return Answer(sent, time.time(), error=type(error).__name__)
        return Answer(sent, time.time(), status=201 if with_token.auth_token else None)
