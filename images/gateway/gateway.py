#!/usr/bin/python3 -IS
"""Starts the control program, without the site packages and user settings it does not use."""

import sys

sys.path.insert(0, "/usr/local/lib/buswide")
from gateway.__main__ import main

sys.exit(main())
