"""`python -m benchmarks.phases BEGUN FILE` runs app.py in the current folder and writes where the time goes.

Also how many messages the construct tree takes between Python and Node, their bytes both ways, how many of
them Node answers by a call of Python, and how long Python waits for them.

BEGUN is when the process was started, in seconds since 1970. Nothing in the product is changed for
this: its functions are wrapped here.
"""

from __future__ import annotations

import functools
import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

PHASES = (
    "start of Python",
    "imports of our own",
    "environments read and checked",
    "imports of the CDK",
    "construct tree",
    "synth, cdk-nag and validation",
    "guardrails",
    "sizes and the rest",
)
MESSAGES, WAITED = "messages", "seconds of messages"
CALLBACKS, BYTES = "callbacks", "bytes"


def main(begun: float, file: Path) -> None:
    """Run the app, and write the seconds of each phase."""
    seconds = dict.fromkeys(PHASES, 0.0)
    last = time.time()
    seconds["start of Python"] = last - begun

    def lap(phase: str) -> None:
        nonlocal last
        now = time.time()
        seconds[phase] += now - last
        last = now

    app: Any = importlib.import_module("app")
    lap("imports of our own")
    configs = app.load()
    lap("environments read and checked")
    cdk, _, plugin, _ = map(
        importlib.import_module, ("aws_cdk", "cdk_nag", "guardrails.plugin", "stacks.platform")
    )
    lap("imports of the CDK")
    spent: dict[str, float] = {}
    jsii: Any = importlib.import_module("jsii._kernel.providers.process")
    node = jsii._NodeProcess  # noqa: SLF001  # its only way to Node
    jsii.json = SimpleNamespace(
        dumps=_sized(json.dumps, spent, lambda _, written: written),
        loads=_sized(json.loads, spent, lambda read, _: read),
    )
    node.send = _timed(node.send, spent, "message", until="begun synth")
    cdk.App.synth = _timed(cdk.App.synth, spent, "synth")
    plugin.Guardrails.validate = _timed(plugin.Guardrails.validate, spent, "guardrails")
    app.synthesize(configs)
    whole = time.time() - last
    seconds["guardrails"] = spent["guardrails"]
    seconds["synth, cdk-nag and validation"] = spent["synth"] - spent["guardrails"]
    seconds["construct tree"] = spent["begun synth"] - last
    seconds["sizes and the rest"] = whole - spent["synth"] - seconds["construct tree"]
    counted = {MESSAGES: spent["number of message"], WAITED: spent["message"]}
    counted |= {CALLBACKS: spent.get(CALLBACKS, 0), BYTES: spent[BYTES]}
    file.write_text(json.dumps({**seconds, **counted}), encoding="utf-8")


def _timed(
    function: Callable[..., Any], spent: dict[str, float], name: str, until: str = ""
) -> Callable[..., object]:
    """Add up the calls of a function and their seconds, until something else has begun."""

    @functools.wraps(function)
    def timed(*arguments: Any, **options: Any) -> object:  # noqa: ANN401  # whatever it takes
        if until in spent:
            return function(*arguments, **options)
        begun = time.time()
        spent.setdefault(f"begun {name}", begun)
        try:
            return function(*arguments, **options)
        finally:
            spent[name] = spent.get(name, 0.0) + time.time() - begun
            spent[f"number of {name}"] = spent.get(f"number of {name}", 0) + 1

    return timed


def _sized(
    function: Callable[..., Any], spent: dict[str, float], text_of: Callable[[Any, Any], Any]
) -> Callable[..., object]:
    """Add up the bytes of the messages, and the callbacks, until the synth has begun."""

    @functools.wraps(function)
    def sized(argument: object, **options: Any) -> object:  # noqa: ANN401  # whatever it takes
        found = function(argument, **options)
        if "begun synth" not in spent:
            spent[BYTES] = spent.get(BYTES, 0) + len(text_of(argument, found))
            spent[CALLBACKS] = spent.get(CALLBACKS, 0) + (
                isinstance(found, dict) and "callback" in found
            )
        return found

    return sized


if __name__ == "__main__":
    # As `python app.py` has it.
    sys.path.insert(0, str(Path.cwd()))
    main(float(sys.argv[1]), Path(sys.argv[2]))
