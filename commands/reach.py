"""Print what reaches what in a stage of cdk.out, by which hops, and which hop fails: `make reach`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from assembly.cloud_assembly import assembly_at
from commands import start
from guardrails.catalogue import RULES
from guardrails.reach.hops import Fault, Hop, fault_of, is_unknown
from guardrails.reach.model import Answer
from guardrails.reach.questions import asked, names_of_targets, places_named

FIXES = {rule.id: rule.fix for rule in RULES}


def main(arguments: Sequence[str] | None = None, assembly: Path = Path("cdk.out")) -> int:
    """Print the answer to a question, or all questions with their answers."""
    parser = argparse.ArgumentParser(prog="make reach", description=__doc__)
    parser.add_argument("stage")
    parser.add_argument("--from", dest="source", default="", help="a place, such as web")
    parser.add_argument(
        "--to", dest="target", default="", help="a target, such as ecr or api-server"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        environments = assembly_at(assembly).environments()
    except ValueError as error:
        sys.exit(str(error))
    if options.stage not in environments:
        sys.exit(f"{assembly} has no stage {options.stage}. Run `make synth` first.")
    environment = environments[options.stage]
    for word, known in (
        (options.source, places_named(environment)),
        (options.target, names_of_targets(environment)),
    ):
        if word and not any(_is_meant(word, name) for name in known):
            print(f"Nothing is named {word}. There are: {', '.join(known)}.", file=sys.stderr)
            return 1
    found = [
        each
        for each in asked(environment, everything=bool(options.target))
        if (not options.source or _is_meant(options.source, each.source))
        and (not options.target or _is_meant(options.target, each.target))
    ]
    if options.json:
        print(json.dumps([*map(_as_json, found)], indent=2, ensure_ascii=False))
    else:
        in_detail = options.source and options.target
        print("\n".join(_in_detail(found) if in_detail else _table(found)))
    return 0


def _is_meant(word: str, name: str) -> bool:
    """Tell whether a word names something: sample/web in full or by its end, ecr.api by its beginning."""
    word, name = word.lower(), name.lower()
    return word in (name, name.rpartition("/")[2]) or name.startswith(f"{word}.")


def _mark(found: Iterable[Answer]) -> str:
    ways = [each.way for each in found]
    if any(fault_of(way) is not None for way in ways):
        return "✗"
    return "?" if any(map(is_unknown, ways)) else "✓"


def _table(found: Sequence[Answer]) -> Iterator[str]:
    """Yield a paragraph for each place: what it reaches, and the hop that fails or isn't known."""
    for source in dict.fromkeys(each.source for each in found):
        mine = [each for each in found if each.source == source]
        targets = dict.fromkeys(each.target for each in mine)
        marks = {to: _mark(each for each in mine if each.target == to) for to in targets}
        yield f"from {source}"
        if reached := [target for target, mark in marks.items() if mark == "✓"]:
            yield f"  ✓ {', '.join(reached)}"
        for target, mark in marks.items():
            last = dict.fromkeys(_last(each) for each in mine if each.target == target)
            if mark != "✓":
                yield f"  {mark} {target}: {'; '.join(filter(None, last))}"


def _last(answer: Answer) -> str:
    """Return the hop that fails, or the first that only a deploy knows."""
    stops = [hop for hop in answer.way if hop.fault is not None or hop.unknown]
    return _hop(stops[-1] if fault_of(answer.way) else stops[0]) if stops else ""


def _hop(hop: Hop) -> str:
    return f"{hop.what}: {hop.fault.detail or hop.fault.value}" if hop.fault else hop.what


def _in_detail(found: Sequence[Answer]) -> Iterator[str]:
    for each in found:
        yield f"{_mark([each])} {each.source} → {each.target}"
        for hop in each.way:
            yield f"    {'✗' if hop.fault else '?' if hop.unknown else '✓'} {_hop(hop)}"
        if fault := fault_of(each.way):
            yield f"      {fault.rule} at {fault.resource.path}. Fix: {_fix(fault)}"


def _fix(fault: Fault) -> str:
    return fault.fix or FIXES[fault.rule]


def _as_json(answer: Answer) -> dict[str, object]:
    fault = fault_of(answer.way)
    failed = fault and {
        "rule": fault.rule,
        "resource": fault.resource.path,
        "detail": fault.detail,
        "fix": _fix(fault),
    }
    reaches = None if is_unknown(answer.way) else fault is None
    hops = [hop.what for hop in answer.way]
    return {
        "from": answer.source,
        "to": answer.target,
        "reaches": reaches,
        "hops": hops,
        "fault": failed,
    }


if __name__ == "__main__":
    start(main)
