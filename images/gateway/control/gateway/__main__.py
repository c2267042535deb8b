"""gateway run | status | class set NAME | class delete NAME | class render EMULATOR | routes set | services set |
schedule run | traffic SECONDS | line …

`set` and `render` read JSON from standard input, `schedule` and `traffic` lines of it. Results are JSON on standard
output. Exit codes: 0 done, 1 failed, 2 input refused, nothing changed."""

import json
import sys

from . import commands
from .errors import Failed, Refused


def _dispatch(arguments: list[str]) -> dict[str, object]:
    match arguments:
        case ["class", "set", name]:
            return commands.class_set(name, sys.stdin.read())
        case ["class", "delete", name]:
            return commands.class_delete(name)
        case ["class", "render", emulator]:
            return commands.class_render(emulator, sys.stdin.read())
        case ["routes", "set"]:
            return commands.routes_set(sys.stdin.read())
        case ["services", "set"]:
            return commands.services_set(sys.stdin.read())
        case ["status"]:
            return commands.status()
        # What follows is imported late, as the commands above should start fast.
        case ["line", *rest]:
            from . import line

            return line.main(rest)
        case ["schedule", "run"]:
            from . import schedule

            return schedule.run()
        case ["traffic", interval]:
            from . import traffic

            return traffic.run(interval)
        case ["run"]:
            from . import supervisor

            supervisor.run()
        case _:
            raise Refused(f"usage: {__doc__}")


def main() -> int:
    """Runs the command line; the exit code."""
    try:
        print(json.dumps(_dispatch(sys.argv[1:])))
    except Refused as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 2
    except Failed as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
