"""Check whether the pods of an environment fit: `make plan`.

Needs neither CDK nor AWS.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from capacity.as_json import as_json
from capacity.growth import Growth
from capacity.plan import Plan
from capacity.words import growth_lines, plan_lines
from commands import start
from configuration.capacity_plan import growth_of, not_counted, plan_of
from configuration.loading import load
from configuration.model import EnvironmentConfig
from configuration.scheduling_proof import prove
from configuration.scheduling_words import left_lines, scheduling_json, scheduling_lines
from constructs_lib.specs.base import ConfigurationError


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan of the environments named, of all without a name."""
    parser = argparse.ArgumentParser(prog="make plan", description=__doc__)
    parser.add_argument("names", nargs="*", help="environments such as dev; all by default")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--max", action="store_true", help="show how far it can grow, and the limits"
    )
    options = parser.parse_args(arguments)
    try:
        configs = load(may_overflow=True)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    known = [config.name for config in configs]
    unknown = [name for name in options.names if name not in known]
    if unknown:
        told = f"No environment {', '.join(unknown)}. Available: {', '.join(known)}."
        print(told, file=sys.stderr)
        return 1
    chosen = [config for config in configs if config.name in (options.names or known)]
    if options.json:
        print(json.dumps({config.name: _as_json(config) for config in chosen}, indent=2))
        return 0
    lines = growth_lines if options.max else plan_lines
    print("\n\n".join("\n".join(_lines(lines, config)) for config in chosen))
    return 0


def text_of(config: EnvironmentConfig) -> str:
    """Return the plan of an environment in words."""
    return "\n".join(_lines(plan_lines, config)) + "\n"


def _as_json(config: EnvironmentConfig) -> dict[str, Any]:
    return {
        **as_json(plan_of(config), growth_of(config)),
        "not_counted": not_counted(config),
        "scheduling": scheduling_json(prove(config)),
    }


def _lines(
    lines: Callable[[str, Plan, Growth], Iterator[str]], config: EnvironmentConfig
) -> Iterator[str]:
    yield from lines(config.name, plan_of(config), growth_of(config))
    if lines is plan_lines:
        proof = prove(config)
        yield from (*left_lines(proof), *scheduling_lines(proof))
    for name in not_counted(config):
        yield f"Not counted: the pods of {name}, an add-on that this project doesn't know."


if __name__ == "__main__":
    start(main)
