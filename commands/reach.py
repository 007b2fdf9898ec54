"""Print what reaches what in a stage of cdk.out, by which hops, and which hop fails: `make reach`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from assembly.cloud_assembly import assembly_at
from assembly.index import grouped
from commands import start
from guardrails.catalogue import RULES
from guardrails.reach.hops import Hop, is_unknown
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
    named = {"source": places_named(environment), "target": names_of_targets(environment)}
    for option, there in named.items():
        word = getattr(options, option)
        if word and not any(_is_meant(word, name) for name in there):
            print(f"Nothing is named {word}. There are: {', '.join(there)}.", file=sys.stderr)
            return 1
    found = [
        each
        for each in asked(environment, everything=bool(options.target))
        if (not options.source or _is_meant(options.source, each.source))
        and (not options.target or _is_meant(options.target, each.target))
    ]
    in_detail = options.source and options.target
    told = _in_detail(found) if in_detail else _table(found)
    as_json = json.dumps([*map(_as_json, found)], indent=2, ensure_ascii=False)
    print(as_json if options.json else "\n".join(told))
    return 0


def _is_meant(word: str, name: str) -> bool:
    """Tell whether a word names something: sample/web in full or by its end, ecr.api by its beginning."""
    word, name = word.lower(), name.lower()
    return word in (name, name.rpartition("/")[2]) or name.startswith(f"{word}.")


def _stop(answer: Answer) -> Hop | None:
    """Return the hop that fails, or the first that only a deploy knows."""
    failed = [hop for hop in answer.way if hop.finding is not None]
    return next(iter((*failed, *(hop for hop in answer.way if hop.unknown))), None)


def _mark(found: Iterable[Answer]) -> str:
    stops = [*filter(None, map(_stop, found))]
    return "✗" if any(hop.finding for hop in stops) else "?" if stops else "✓"


def _table(found: Sequence[Answer]) -> Iterator[str]:
    """Yield a paragraph for each place: what it reaches, and the hop that fails or isn't known."""
    for source, mine in grouped((each.source, each) for each in found).items():
        by_target = grouped((each.target, each) for each in mine)
        marks = {target: _mark(ways) for target, ways in by_target.items()}
        yield f"from {source}"
        if reached := [target for target, mark in marks.items() if mark == "✓"]:
            yield f"  ✓ {', '.join(reached)}"
        for target, mark in marks.items():
            if mark != "✓":
                stops = filter(None, map(_stop, by_target[target]))
                yield f"  {mark} {target}: {'; '.join(dict.fromkeys(map(_hop, stops)))}"


def _hop(hop: Hop) -> str:
    return f"{hop.what}: {hop.finding.detail or hop.finding.value}" if hop.finding else hop.what


def _in_detail(found: Sequence[Answer]) -> Iterator[str]:
    for each in found:
        yield f"{_mark([each])} {each.source} → {each.target}"
        for hop in each.way:
            yield f"    {'✗' if hop.finding else '?' if hop.unknown else '✓'} {_hop(hop)}"
            if hop.finding:
                fix = hop.finding.fix or FIXES[hop.rule]
                yield f"      {hop.rule} at {hop.finding.resource.path}. Fix: {fix}"


def _as_json(answer: Answer) -> dict[str, object]:
    hop, fault = answer.way[-1], None
    if hop.finding is not None:
        at, fix = hop.finding.resource.path, hop.finding.fix or FIXES[hop.rule]
        fault = {"rule": hop.rule, "resource": at, "detail": hop.finding.detail, "fix": fix}
    return {
        "from": answer.source,
        "to": answer.target,
        "reaches": None if is_unknown(answer.way) else fault is None,
        "hops": [hop.what for hop in answer.way],
        "fault": fault,
    }


if __name__ == "__main__":
    start(main)
