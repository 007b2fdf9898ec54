"""Say which environments there are if ENV is none of them: the CDK only says that no stack matches."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from commands import start
from configuration.loading import load
from constructs_lib.specs.base import ConfigurationError


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the names and return 2, unless ENV and its stage are known or the files have problems; always fail."""
    name, stage, *_ = [*(sys.argv[1:] if arguments is None else arguments), "", ""]
    try:
        known = {config.stage_id: config.name for config in load(may_overflow=True)}
    except ConfigurationError:
        return 1  # the synth has printed them
    if stage and stage not in known:
        print(f"No environment {name}. Available: {', '.join(known.values())}.", file=sys.stderr)
        return 2
    return 1


if __name__ == "__main__":
    start(main)
