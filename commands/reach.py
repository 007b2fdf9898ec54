"""Print what reaches what in a stage of cdk.out, by which hops, and which hop fails: `make reach`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import CLUSTER
from assembly.kubernetes_object import KubernetesObject
from commands import start
from guardrails.catalogue import RULES
from guardrails.reach.calls import Call, calls, from_balancers, hops_of
from guardrails.reach.hops import Hop, stop, walked
from guardrails.reach.model import API_SERVER, INTERNET, NODES, Answer, answers, walks
from guardrails.reach.places import DATA, places
from guardrails.reach.pods import of_components, starts, way_of
from guardrails.rules.workloads import Pods, namespace, pods
from kube.services import ports_of
from kube.values import number

FIXES = {rule.id: rule.fix for rule in RULES}


def main(arguments: Sequence[str] | None = None, assembly: Path = Path("cdk.out")) -> int:
    """Print the answer to a question, or all questions with their answers."""
    parser = argparse.ArgumentParser(prog="make reach", description=__doc__)
    parser.add_argument("stage")
    parser.add_argument("--from", dest="source", default="", help="a place, such as web")
    parser.add_argument("--to", dest="target", default="", help="a target, such as ecr")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        environments = assembly_at(assembly).environments()
    except ValueError as error:
        sys.exit(str(error))
    if options.stage not in environments:
        sys.exit(f"{assembly} has no stage {options.stage}. Run `make synth` first.")
    environment = environments[options.stage]
    sources, targets = _names(environment)
    for word, there in ((options.source, sources), (options.target, targets)):
        if word and not any(_is_meant(word, name) for name in there):
            print(f"Nothing is named {word}. There are: {', '.join(there)}.", file=sys.stderr)
            return 1
    found = [
        each
        for each in _asked(environment, targets if options.target else ())
        if _is_meant(options.source, each.source) and _is_meant(options.target, each.target)
    ]
    if not found:
        print(
            f"Nothing says how {options.source or 'anything'} reaches {options.target or 'anything'}: Services are "
            "asked for from pods of the same cluster, all else from pods and places.",
            file=sys.stderr,
        )
        return 1
    if options.json:
        print(json.dumps([*map(_as_json, found)], indent=2, ensure_ascii=False))
    else:
        in_detail = options.source and options.target
        print("\n".join(_in_detail(found) if in_detail else _table(found)))
    return 0


def _names(environment: Environment) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names of everything that connections start from, and lead to."""
    every = places(environment)
    services = map(_name, environment.kubernetes_objects("Service"))
    nodes = [NODES] if any(each.kind != CLUSTER for each in every) else []
    owners = [each.owner for each in pods(environment)]
    owners += [each.owner for each, _ in of_components(environment)]
    named = [*(each.name for each in every), *map(_name, owners)]
    targets = [*DATA["calls"], API_SERVER, INTERNET, *nodes, *services]
    return [*dict.fromkeys(named)], [*dict.fromkeys(targets)]


def _asked(environment: Environment, targets: Sequence[str]) -> Iterator[Answer]:
    """Yield the answers to what is needed, or about targets to everything that can be asked."""
    if targets:
        yield from _everything(environment, targets)
    else:
        yield from answers(environment)
        for template, target in ((x, y) for x, needs in of_components(environment) for y in needs):
            yield from _of_pods(environment, template, target)
    for call in calls(environment):
        target = _name(call.service) if call.service else call.host
        way = walked(hops_of(environment, call))
        yield Answer(source=_name(call.pods.owner), target=target, way=way)
    for service, way in from_balancers(environment):
        yield Answer(source=f"load-balancer {_name(service)}", target=_name(service), way=way)


def _everything(environment: Environment, targets: Sequence[str]) -> Iterator[Answer]:
    """Yield what places reach, and pods from wherever they run: as far as it can be told."""
    every = [*walks(environment)]
    yield from _between_pods(environment)
    for walk, target in product(every, [each for each in targets if "/" not in each]):
        if len((answer := walk.to(target)).way) > 1:
            yield answer
    for template in (*pods(environment), *(each for each, _ in of_components(environment))):
        for target in (*DATA["calls"], API_SERVER, INTERNET):
            yield from _of_pods(environment, template, target)


def _of_pods(environment: Environment, template: Pods, target: str) -> Iterator[Answer]:
    for walk in starts(environment, template):
        way = way_of(environment, template, walk, target)
        yield Answer(source=_name(template.owner), target=target, way=way)


def _between_pods(environment: Environment) -> Iterator[Answer]:
    """Yield the ways of pods to Services that they declare no call of, at the first port."""
    declared = {(each.pods.owner, each.service) for each in calls(environment)}
    services = [*environment.kubernetes_objects("Service")]
    for template, service in product(pods(environment), services):
        clusters = {each.resource.cluster_key for each in (template.owner, service)}
        if len(clusters) == 1 and (template.owner, service) not in declared:
            port = next((number(each, "port") for each in ports_of(service.content)), None)
            host = f"{service.name}.{namespace(service)}"
            call = Call(
                pods=template,
                variable="",
                host=host,
                port=port if isinstance(port, int) else None,
                service=service,
            )
            way = walked(hops_of(environment, call))
            yield Answer(source=_name(template.owner), target=_name(service), way=way)


def _name(item: KubernetesObject) -> str:
    return f"{namespace(item)}/{item.name}"


def _is_meant(word: str, name: str) -> bool:
    """Tell whether a word names something: sample/web in full or by its end, ecr.api by its beginning."""
    word, name = word.lower(), name.lower()
    return word in ("", name, name.rpartition("/")[2]) or name.startswith(f"{word}.")


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
        if fault := _fault(each):
            yield f"      {fault['rule']} at {fault['resource']}. Fix: {fault['fix']}"


def _fault(answer: Answer) -> dict[str, str] | None:
    """Return what is wrong with a way, and how to fix it."""
    hop = stop(answer.way)
    if hop is None or (found := hop.finding) is None:
        return None
    at, fix = found.resource.path, found.fix or FIXES[hop.rule]
    return {"rule": hop.rule, "resource": at, "detail": found.detail, "fix": fix}


def _as_json(answer: Answer) -> dict[str, object]:
    return {
        "from": answer.source,
        "to": answer.target,
        "reaches": {"✓": True, "✗": False}.get(_mark(_stops([answer]))),
        "hops": [hop.what for hop in answer.way],
        "fault": _fault(answer),
    }


if __name__ == "__main__":
    start(main)
