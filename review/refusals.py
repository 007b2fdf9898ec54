"""What is refused, by AWS, CloudFormation or the API server: then nothing else of a change happens."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from assembly.index import grouped as gathered
from assembly.kinds import CLUSTER, SUBNET, VPC
from assembly.order import closure
from assembly.references import Node
from assembly.resource import Resource
from guardrails.rule import CHECKS
from guardrails.step.change import Change as Found
from guardrails.step.change import replacement_of
from guardrails.step.one_way import MADE, fixed
from guardrails.step.replacement import changes_of, entries_of_eks, importers
from review import moved_networks, moved_stacks
from review.differences import in_short
from review.labels import NOUNS, counted, grouped, is_or_are, label, listed, quoted, words
from review.model import DETAILS, Risk, Sentence, capital, say
from review.protection_rows import ROWS
from review.sides import NAME_TAKEN, Change, Sides

RULES = ("REPLACE6", "VERSION7", "VERSION8")
"""Rules whose findings are refusals of EKS, each with a sentence."""
SHOWN = 4
"""As many names stand in a sentence."""
FIRST = ("give up first", "give up then")
"""Ways out by deploying a stack of this change alone."""
IN_ORDER = "what an order of deploys overcomes"
FOLLOWS = "what is refused already"
"""What a refusal is about that goes with the cause of another one."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what makes the deploy fail, whatever else changes; what only follows is a detail."""
    found = [*_refused(sides)]
    firsts = [each for each in found if each.about != FOLLOWS] or found
    more = [f"{each.text} {each.details[0]}" for each in found if each not in firsts]
    for each in firsts:
        yield replace(each, details=(*each.details, *more))
        more = []


def in_order(sentences: Iterable[Sentence]) -> bool:
    """Tell whether all that is refused only wants stacks deployed in an order of its own."""
    return all(x.about == IN_ORDER for x in sentences if x.risk is Risk.REFUSED)


def _refused(sides: Sides) -> Iterator[Sentence]:
    stuck = set()
    networks = [x for x in sides.changes if x.kind == "replaced" and x.resource.kind == VPC]
    elsewhere = [*moved_networks.moved(sides)]
    for cluster in elsewhere:
        stuck.add(cluster.stack)
        details = [
            f"{label(each.resource)} is replaced: {listed(map(each.told, each.causes))}."
            for each in networks
            if each.causes
        ]
        details.append(DETAILS["other VPC"].format(back=moved_networks.back(networks)))
        yield say("other VPC", name=capital(label(cluster)), details=details)
    for rule in RULES:
        for finding in CHECKS[rule](sides.compared):
            name, details = capital(label(finding.resource)), [*filter(None, [finding.fix])]
            yield say(rule, name=name, value=finding.value, details=details)
            stuck |= {finding.resource.stack} if rule == "REPLACE6" else set()
    yield from _fixed(sides)
    overlaps = moved_networks.overlapping(sides)
    if overlaps:
        details = [f"{listed([*overlaps.values()][:SHOWN])}.", DETAILS["free range"]]
        yield say("subnets overlap", names=capital(grouped(overlaps)), details=details)
    refused = [*overlaps, *(each.resource for each in networks if elsewhere)]
    yield from _taken(sides, [each.node for each in refused])
    for change in changes_of(sides.compared):
        if change.effect == "refused":
            old = change.because.removeprefix("it was ")
            yield say("type changes", name=capital(label(change.resource)), old=old)
    yield from _exports(sides, stuck)
    for entry, role, group in entries_of_eks(sides.compared):
        name, whose, old = map(label, (entry, role, group))
        yield say("entry taken", name=name, role=whose, group=old, details=[DETAILS["own role"]])
    yield from moved_stacks.objects(sides)
    yield from moved_stacks.standing(sides)


def _fixed(sides: Sides) -> Iterator[Sentence]:
    """Yield what AWS doesn't change in place, and CloudFormation replaces nothing for."""
    told = {row.path for row in ROWS if Risk[row.risk] is Risk.REFUSED}
    for finding in fixed(sides.compared):
        path, change = finding.value.partition(":")[0], sides.by_node.get(finding.resource.node)
        if path not in told:
            value = change.told(path.replace("/", ".")) if change else ""
            name, value = label(finding.resource), value or f"`{words(finding.value)}`"
            says = finding.detail.partition(") ")[2].rstrip(".")
            said = "REPLACE7" if says == MADE else "one way"
            fix = DETAILS["allow it" if says.endswith("Upgrade`") else "old value"]
            yield say(said, name=name, says=says, value=value, details=[fix])


def _taken(sides: Sides, moved: Iterable[Node]) -> Iterator[Sentence]:
    """Yield what AWS refuses to make beside the old one of the same name, what follows from others last.

    `moved` are other resources whose replacement is refused already.
    """
    found = [each for each in changes_of(sides.compared) if each.effect == NAME_TAKEN]
    kinds = gathered((change.kind, change) for change in found)
    causes = _causes(sides, kinds, {*moved, *(each.node for each in found)})
    for kind, changes in sorted(kinds.items(), key=lambda each: bool(causes[each[0]])):
        same = quoted(path.replace("/", ".") for path in replacement_of(kind).identity)
        names = listed(label(each.resource) for each in changes[:SHOWN])
        if len(changes) > SHOWN:
            names = counted(len(changes), NOUNS.get(kind, f"`{kind}`"))
        details = [*_way_out(sides, kind, changes)]
        if causes[kind]:
            details = [DETAILS["follows"].format(names=grouped(causes[kind]))]
        ones = "one has" if len(changes) == 1 else "ones have"
        said = say("name taken", names=capital(names), same=same, ones=ones, details=details)
        yield replace(said, about=FOLLOWS * bool(causes[kind]))


def _causes(
    sides: Sides, kinds: Mapping[str, Sequence[Found]], refused: Collection[Node]
) -> Mapping[str, Sequence[Resource]]:
    """Return what is refused already, and all resources of each kind change only because of it."""
    everything = {each.node: each for each in changes_of(sides.compared)}
    leaders = {
        node: {
            *each.leaders,
            *(
                target.node
                for path in each.properties
                for target in sides.after.targets(each.resource.properties.get(path))
            ),
        }
        for node, each in everything.items()
    }

    def above(change: Found) -> list[Resource]:
        nodes = closure(change.node, leaders) & {*refused}
        others = (each for node, each in everything.items() if node in nodes)
        return [each.resource for each in others if each.kind != change.kind]

    of = {kind: [*map(above, changes)] for kind, changes in kinds.items()}
    return {
        kind: [*dict.fromkeys(itertools.chain(*found))] if all(found) else []
        for kind, found in of.items()
    }


def _way_out(sides: Sides, kind: str, changes: Sequence[Found]) -> Iterator[str]:
    new = [each.resource for each in changes if each.node not in sides.before.by_node]
    if new:
        yield DETAILS["renamed"].format(ids=sides.renamed(new[0]) if len(new) == 1 else "")
    causes = dict.fromkeys(each for change in changes for each in change.properties)
    found = [sides.by_node[each.node] for each in changes if each.node in sides.by_node]
    values = _values(found)
    if values:
        names = [x for x in replacement_of(kind).identity if x.endswith("Name")]
        other = DETAILS["second cluster"] if kind == CLUSTER else ""
        if names and not other:
            other = DETAILS["other name"].format(names=quoted(names))
        words = {"values": in_short(values), "back": _value(values), "other": other}
        yield DETAILS["put back"].format(**words)
    elif why := _replaced(sides, [x.node for each in found for x in each.follows]):
        yield why
    elif causes:
        yield f"{quoted(causes)} can't be changed in place."


def _values(changes: Iterable[Change]) -> list[str]:
    said = (each.told(cause) for each in changes for cause in each.causes)
    return [*dict.fromkeys(filter(None, said))]


def _value(values: Sequence[str]) -> str:
    return "value" if len(values) == 1 else "values"


def _replaced(sides: Sides, nodes: Iterable[Node]) -> str:
    """Return which resources are replaced by values of their own, and that these may be put back."""
    both = (sides.by_node[x] for x in dict.fromkeys(nodes) if x in sides.by_node)
    found = [x for x in both if x.kind == "replaced"]
    said = _values(found)
    words = {
        "names": grouped(x.before or x.resource for x in found),
        "be": is_or_are(found),
        "values": in_short(said),
        "back": _value(said),
    }
    return DETAILS["replaced before"].format(**words) if said else ""


def _exports(sides: Sides, stuck: Collection[str] = ()) -> Iterator[Sentence]:
    """Yield what CloudFormation refuses: to change or to delete an export that a stack imports.

    It updates the exporting stack first, while the importing one is still as it was, unless a trailer says
    that it is deleted. `stuck` are the stacks whose cluster can't change its subnets.
    """
    before = sides.before
    kept = {change.node for change in changes_of(sides.compared) if change.effect == NAME_TAKEN}
    imported, imports = map(importers, sides.both)
    refused = gathered(
        ((before.exports[finding.value][0], importer), finding.value)
        for finding in CHECKS["REPLACE4"](sides.compared)
        for importer in imported[finding.value]
        if importer != before.exports[finding.value][0] and finding.resource.node not in kept
        if importer not in sides.gone or not moved_stacks.deleted(sides, importer)
    )
    # What a stack still exports keeps it from being deployed, so that it must go first.
    later = sorted(refused.items(), key=lambda each: -len(before.order.stacks_before(each[0][0])))
    exporters = {exporting for exporting, _ in refused}
    for (exporting, importing), names in later:
        values = [before.target(before.exported(name, "")) for name in names]
        whole = dict.fromkeys(each for each in values if each is not None)
        pair = {"importer": importing, "exporter": exporting}
        stacks = {role: before.stacks[path].name for role, path in pair.items()}
        left = importing in sides.gone
        command = moved_stacks.command(sides, importing) if left else ""
        how = "give up then" if importing in exporters else "give up first"
        how = "stack left first" if left else how
        needed = {name for name, paths in imports.items() if importing in paths}
        if not left and ({*names} & needed or needed - before.exports.keys()):
            how = "give up not"
        if how in FIRST and (given := moved_stacks.deleted(sides, importing)):
            yield say("stack deployed", name=stacks["importer"], consents=given)
            continue
        if importing in stuck and whole and {each.kind for each in whole} <= {SUBNET, VPC}:
            how = "give up with"
        way_out = DETAILS[how].format(path=importing, command=command, **stacks)
        why = _replaced(sides, (x.node for x in whole)) if how == "give up not" else ""
        said = say(
            "deploy refused left" if left else "deploy refused",
            exporter=stacks["exporter"],
            importer=stacks["importer"],
            resources=_of_outputs(sides, names, whole) if None not in values else quoted(names),
            details=[why or way_out, *moved_stacks.when_done(sides, importing, first=how in FIRST)],
        )
        yield replace(said, about=FOLLOWS * (how == "give up with") or IN_ORDER * (how in FIRST))


def _of_outputs(sides: Sides, names: Sequence[str], whole: Collection[Resource]) -> str:
    """Return what goes: resources, or where they all stay the outputs that tell of them."""
    goes = {x.resource.node for x in sides.changes if x.kind in {"removed", "replaced"}}
    if goes & {each.node for each in whole}:
        return grouped(whole)
    of = listed(map(label, whole))
    return DETAILS["only outputs"].format(outputs=counted(len(names), "output"), of=of)
