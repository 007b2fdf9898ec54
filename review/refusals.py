"""What is refused, by AWS, CloudFormation or the API server: then nothing else of a change happens."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from assembly.index import grouped as gathered
from assembly.kinds import CHART, CLUSTER, SUBNET, VPC
from assembly.resource import Resource
from guardrails.rule import CHECKS
from guardrails.step.change import GONE, replacement_of
from guardrails.step.replacement import changes_of, importers, subnets_of
from review import moved_stacks
from review.consents import TRAILER
from review.differences import in_short
from review.labels import NOUNS, capital, counted, grouped, label, listed, quoted
from review.model import DETAILS, Risk, Sentence, say
from review.sides import NAME_TAKEN, Sides

RULES = ("REPLACE6", "VERSION7", "VERSION8")
"""Rules whose findings are refusals of EKS, each with a sentence."""
SHOWN = 4
"""As many names stand in a sentence."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what makes the deploy fail, whatever else changes."""
    stuck = set()
    for cluster in _moved(sides):
        stuck.add(cluster.stack)
        details = [
            f"{capital(label(each.resource))} is replaced: {listed(map(each.told, each.causes))}."
            for each in sides.changes
            if each.kind == "replaced" and each.resource.kind == VPC and each.causes
        ]
        name = capital(label(cluster))
        yield say("other VPC", name=name, details=[*details, DETAILS["other VPC"]])
    for rule in RULES:
        for finding in CHECKS[rule](sides.compared):
            name = capital(label(finding.resource))
            yield say(rule, name=name, value=finding.value, details=filter(None, [finding.fix]))
            stuck |= {finding.resource.stack} if rule == "REPLACE6" else set()
    yield from _taken(sides)
    for change in changes_of(sides.compared):
        if change.effect == "refused":
            name = capital(label(change.resource))
            yield say("type changes", name=name, old=change.because.removeprefix("it was "))
    yield from exports(sides, stuck)
    for finding in CHECKS["REPLACE3"](sides.compared):
        is_chart = finding.resource.kind == CHART
        risk = Risk.LOSES_DATA if is_chart else Risk.REFUSED
        name = f"REPLACE3 {'chart' if is_chart else 'object'}"
        yield say(name, thing=finding.value, details=[capital(finding.detail)], risk=risk)


def _taken(sides: Sides) -> Iterator[Sentence]:
    """Yield what AWS refuses to make beside the old one of the same name."""
    taken = [each for each in changes_of(sides.compared) if each.effect == NAME_TAKEN]
    replaced = {each.resource.node: each for each in sides.changes}
    for kind, changes in gathered((change.kind, change) for change in taken).items():
        same = quoted(path.replace("/", ".") for path in replacement_of(kind).identity)
        names = listed(label(each.resource) for each in changes[:SHOWN])
        if len(changes) > SHOWN:
            names = counted(len(changes), NOUNS.get(kind, f"`{kind}`"))
        renamed = any(each.node not in sides.before.by_node for each in changes)
        causes = dict.fromkeys(each for change in changes for each in change.properties)
        found = (replaced[change.node] for change in changes if change.node in replaced)
        said = (each.told(cause) for each in found for cause in each.causes)
        values = [*dict.fromkeys(filter(None, said))]
        details = [DETAILS["renamed"]] if renamed else []
        if values:
            back = "value" if len(values) == 1 else "values"
            details.append(DETAILS["put back"].format(values=in_short(values), back=back))
        elif causes:
            details.append(f"{quoted(causes)} can't be changed in place.")
        ones = "one is deleted" if len(changes) == 1 else "ones are deleted"
        yield say("name taken", names=capital(names), same=same, ones=ones, details=details)


def _moved(sides: Sides) -> Iterator[Resource]:
    """Yield each cluster that stays while its subnets move to another VPC.

    EKS takes other subnets only in the same one (EKS user guide, "Amazon EKS networking requirements").
    """
    gone = {change.node for change in changes_of(sides.compared) if change.effect in GONE}
    for pair in sides.kept(CLUSTER):
        was, now = (
            {
                network.node
                for subnet in subnets_of(side, each)
                for network in side.targets(subnet.properties.get("VpcId"))
            }
            for side, each in zip(sides.both, pair, strict=True)
        )
        if was and now and (was != now or was & gone) and pair[1].node not in gone:
            yield pair[1]


def exports(sides: Sides, stuck: Collection[str] = ()) -> Iterator[Sentence]:
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
        if not moved_stacks.deleted(sides, importer)
    )
    for (exporting, importing), names in refused.items():
        values = [before.target(before.exported(name, "")) for name in names]
        whole = dict.fromkeys(each for each in values if each is not None)
        pair = {"importer": importing, "exporter": exporting}
        stacks = {role: before.stacks[path].name for role, path in pair.items()}
        left = importing in sides.gone
        command = moved_stacks.command(sides, importing) if left else ""
        how = "stack left first" if left else "give up first"
        needed = {name for name, paths in imports.items() if importing in paths}
        if not left and ({*names} & needed or needed - before.exports.keys()):
            how = "give up not"
        if importing in stuck and whole and {each.kind for each in whole} <= {SUBNET, VPC}:
            how = "give up with"
        way_out = DETAILS[how].format(path=importing, command=command, **stacks)
        yield say(
            "deploy refused left" if left else "deploy refused",
            exporter=stacks["exporter"],
            importer=stacks["importer"],
            resources=grouped(whole) if None not in values else quoted(names),
            details=[way_out, *(_when_left(sides, importing) if left else [])],
        )


def _when_left(sides: Sides, path: str) -> list[str]:
    """Return what goes with a stack that must be deleted, and how a change says that it was."""
    then = DETAILS["stack left then"].format(trailer=TRAILER, path=path)
    return [*moved_stacks.contents(sides, path), then]
