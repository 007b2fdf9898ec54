"""Whether nodes of the cluster take the pods that are to run on them, apart, and run their image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.images import architectures
from assembly.kinds import CLUSTER, PROFILE
from assembly.links import beside
from assembly.nodes import ANY, has_other_nodes
from guardrails.rule import Finding, rule
from guardrails.rules.availability import least, surge
from guardrails.rules.homes import BY_OTHERS, Home, homes, is_on_each, lets_in, on_nodes
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, pods
from kube.scheduling import HOSTNAME, REQUIRED, ZONE, is_selected
from kube.selectors import matches, may_match
from kube.values import Json, dicts, items, known, mapping, text

AMD64, ARCH = "amd64", "kubernetes.io/arch"
SPREAD = "topologySpreadConstraints"
LABELS = "Write the labels of the pod template into the constraint's labelSelector."
ANTI, ELSEWHERE = "podAntiAffinity", {"namespaces", "namespaceSelector"}
NO_NODES = "The cluster has no nodes, and no Fargate profile selects these pods."
SELECT = "Add a selector for their namespace and labels to a Fargate profile, or a node group."
ON_FARGATE = f"Build the image for {AMD64}, or let the pods run on nodes."


@rule("KUBE22")
def _homeless(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        if runs_on_fargate(environment, template):
            for built in _built_for(environment, template) - {AMD64}:
                detail = f"The image is built for {built}, and Fargate has only {AMD64}."
                yield template.finding(f"image {built}", detail, ON_FARGATE)
    # A DaemonSet with no node has nothing to do.
    for guest in () if has_other_nodes(environment) else on_nodes(environment):
        there = homes(environment, guest)
        open_ = [home for home in there if lets_in(home, guest)]
        resource = guest.owner.resource
        if not there and not is_on_each(guest):
            if all(any(beside(environment, resource, kind)) for kind in (CLUSTER, PROFILE)):
                yield guest.finding("node", NO_NODES, SELECT)
        elif there and not is_on_each(guest) and not open_:
            groups = {home.group.node for home in there}
            count = "one node group" if len(groups) == 1 else f"{len(groups)} node groups"
            lacks = "".join(f"; no node has the label {each}" for each in _unmet(guest, there))
            yield guest.finding("node", f"The cluster has {count}, and none fits{lacks}.")
        yield from _misplaced_images(environment, guest, open_)


def _unmet(guest: Pods, there: Sequence[Home]) -> Iterator[str]:
    for key, value in mapping(guest.spec, "nodeSelector").items():
        nodes = [{"metadata": {"labels": each.labels}} for each in there]
        if not any(is_selected(node, {"nodeSelector": {key: value}}) for node in nodes):
            yield f"{key}={value}"


def _misplaced_images(
    environment: Environment, guest: Pods, open_: Sequence[Home]
) -> Iterator[Finding]:
    there = {text(home.labels, ARCH) for home in open_}
    for built in _built_for(environment, guest):
        for other in sorted(each for each in there - {built, ""} if known(each)):
            detail = f"The image is built for {built}, and the pods can start on {other} nodes."
            fix = (
                f"Add nodeSelector: {{{ARCH}: {built}}}, build the image for {other}, or let a "
                "Fargate profile select namespace and labels of the pods."
            )
            yield guest.finding(f"image {built}", detail, fix)


def _built_for(environment: Environment, template: Pods) -> set[str]:
    by_tag = architectures(environment)
    tags = (text(each, "image").rpartition(":")[2] for each in template.all_containers)
    return {by_tag[tag] for tag in tags if tag in by_tag}


@rule("KUBE26")
def _misspread(environment: Environment) -> Iterator[Finding]:
    for guest in () if has_other_nodes(environment) else on_nodes(environment):
        there = [home for home in homes(environment, guest) if lets_in(home, guest)]
        for at, term in _terms(guest.spec) if there else ():
            key, most = text(term, "topologyKey"), _domains(there, term)
            # Where no constraint takes its pods, KUBE5 says that nothing spreads them.
            own = [x for x in dicts(guest.spec, SPREAD) if _takes(x, guest)]
            if SPREAD in at and own and not _takes(term, guest):
                detail = "Its labelSelector takes none of these pods, so nothing spreads them."
                yield guest.finding(f"{at} labelSelector", detail, LABELS, at)
            elif key and known(key) and not any(_has(home, key) for home in there):
                yield guest.finding(f"{at} {key}", f"No node has the label {key}.", at=at)
            elif (
                (wanted := _wanted(guest, at, term, least(environment, guest.owner) or 0))
                > most
                > 0
            ):
                detail = f"{wanted} pods need a {key} each, and there are at most {most}."
                yield guest.finding(f"{at} {key} {wanted}", detail, at=at)


def _terms(spec: Json) -> Iterator[tuple[str, Json]]:
    for index, each in enumerate(items(spec, SPREAD)):
        if text(each, "whenUnsatisfiable") == "DoNotSchedule":
            yield f"{SPREAD}[{index}]", each
    for name in ("podAffinity", ANTI):
        for index, each in enumerate(items(spec, "affinity", name, REQUIRED)):
            if mapping(each):
                yield f"affinity.{name}.{REQUIRED}[{index}]", each


def _takes(term: Json, guest: Pods) -> bool:
    return may_match(term.get("labelSelector"), guest.labels)


def _has(home: Home, key: str) -> bool:
    return key in home.labels or ANY in home.labels or bool(BY_OTHERS.fullmatch(key))


def _domains(there: Sequence[Home], term: Json) -> int:
    """Return how many nodes or zones there can be, 0 for another key or if that isn't known."""
    if term.get("topologyKey") == HOSTNAME:
        groups = {home.group.node: home.most for home in there}
        return 0 if None in groups.values() else sum(filter(None, groups.values()))
    found = {text(home.labels, ZONE) for home in there}
    return len(found) if term.get("topologyKey") == ZONE and known(list(found)) else 0


def _wanted(guest: Pods, at: str, term: Json, count: int) -> int:
    """Return how many places pods need that a term keeps apart, 0 if it doesn't or nobody knows."""
    apart = ANTI in at and not ELSEWHERE & set(term)
    if not apart or not matches(term.get("labelSelector"), guest.labels):
        return 0
    return count + (0 if term.get("matchLabelKeys") else surge(guest.owner, count))
