"""Starts Home Assistant on the Python that is there: a release may ask for a newer patch version than it needs."""

import sys

import homeassistant.const

homeassistant.const.REQUIRED_PYTHON_VER = (3, 13, 0)

from homeassistant.__main__ import main  # noqa: E402

sys.exit(main())
