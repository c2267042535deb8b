"""Nova's own services, as Nova tells of them."""

from datetime import UTC, datetime
from typing import TypedDict

from buswide_load.cloud import JSON


class Report(TypedDict):
    """Of one service."""

    up: bool
    reported: float | None
    """When it last said that it lives, Unix time in full seconds; None: never."""


def reports_of(body: JSON) -> dict[str, Report]:
    """Each service of an answer to GET /os-services, by `<binary>/<host>`."""
    return {
        f"{service['binary']}/{service['host']}": {
            "up": service["state"] == "up",
            "reported": _time_of(service.get("updated_at")),
        }
        for service in body.get("services", [])
    }


def well_since(reports: dict[str, Report], time: float) -> bool:
    """Whether all are up, and have said so after a Unix time."""
    return all(report["up"] and (report["reported"] or 0) >= time for report in reports.values())


def _time_of(text: str | None) -> float | None:
    """Nova's times are UTC, and do not say so."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
