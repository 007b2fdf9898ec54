"""The app of the reference environments: what app.py does with those of a team."""

from __future__ import annotations

import app
from tests.support import reference

if __name__ == "__main__":
    app.synthesize(reference())
