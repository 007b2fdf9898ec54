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
from guardrails.reach.hops import Hop, stop
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


def _stops(found: Iterable[Answer]) -> list[Hop]:
    return [hop for each in found if (hop := stop(each.way)) is not None]


def _mark(stops: Sequence[Hop]) -> str:
    return "✗" if any(hop.finding for hop in stops) else "?" if stops else "✓"


def _table(found: Sequence[Answer]) -> Iterator[str]:
    """Yield a paragraph for each place: what it reaches, and the hop that fails or isn't known."""
    for source, mine in grouped((each.source, each) for each in found).items():
        by_target = grouped((each.target, each) for each in mine)
        stops = {target: _stops(ways) for target, ways in by_target.items()}
        yield f"from {source}"
        if reached := [target for target, hops in stops.items() if not hops]:
            yield f"  ✓ {', '.join(reached)}"
        for target, hops in stops.items():
            if hops:
                yield f"  {_mark(hops)} {target}: {'; '.join(dict.fromkeys(map(_hop, hops)))}"


def _hop(hop: Hop) -> str:
    return f"{hop.what}: {hop.finding.detail or hop.finding.value}" if hop.finding else hop.what


def _in_detail(found: Sequence[Answer]) -> Iterator[str]:
    for each in found:
        yield f"{_mark(_stops([each]))} {each.source} → {each.target}"
        for hop in each.way:
            yield f"    {_mark([hop] if hop.finding or hop.unknown else [])} {_hop(hop)}"
            if fault := _fault(hop):
                yield f"      {fault['rule']} at {fault['resource']}. Fix: {fault['fix']}"


def _fault(hop: Hop) -> dict[str, str] | None:
    """Return what is wrong with a hop, and how to fix it."""
    if (found := hop.finding) is None:
        return None
    at, fix = found.resource.path, found.fix or FIXES[hop.rule]
    return {"rule": hop.rule, "resource": at, "detail": found.detail, "fix": fix}


def _as_json(answer: Answer) -> dict[str, object]:
    hop = stop(answer.way)
    return {
        "from": answer.source,
        "to": answer.target,
        "reaches": None if hop and not hop.finding else hop is None,
        "hops": [hop.what for hop in answer.way],
        "fault": _fault(hop) if hop else None,
    }


if __name__ == "__main__":
    start(main)
