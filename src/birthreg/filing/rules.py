"""How long a filing may take, when it is tried again, and which may come from whom. Pure."""

from datetime import timedelta

ALLOWED = timedelta(minutes=30)
"""Each registration is filed with the level above within this time (the notice)."""

WARNED_AFTER = timedelta(minutes=20)
