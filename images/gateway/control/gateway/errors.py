"""What can go wrong, by exit code."""


class Refused(Exception):
    """The input is wrong; nothing was changed. Exit code 2. The message names the field."""


class Failed(Exception):
    """The input is right but could not be carried out. Exit code 1."""
