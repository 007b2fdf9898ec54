"""The date that support and certificates are compared with."""

from __future__ import annotations

import datetime as dt
import os


def today() -> dt.date:
    """Return the date of the build: now, or that of SOURCE_DATE_EPOCH (reproducible-builds.org).

    No template depends on it, only what is refused and what is warned of.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return (
        dt.datetime.fromtimestamp(int(epoch), tz=dt.UTC) if epoch else dt.datetime.now(tz=dt.UTC)
    ).date()
