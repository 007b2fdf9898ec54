"""Whether nodes of the cluster take the pods that are to run on them, apart, and run their image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.images import architectures
from assembly.kinds import CLUSTER, PROFILE
from assembly.links import beside
from assembly.nodes import ANY, has_other_nodes, node_groups
from guardrails.rule import Finding, breach, rule
from guardrails.rules.availability import least, surge
from guardrails.rules.devices import ROWS
from guardrails.rules.homes import BY_OTHERS, Home, homes, is_on_each, kept_out, lets_in, on_nodes
from guardrails.rules.pod_networking import instance_types
from guardrails.rules.presence import closed
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, components, pods, selected
from kube.pods import requests
from kube.scheduling import HOSTNAME, REQUIRED, ZONE, takes
from kube.selectors import matches, may_match
from kube.values import Json, Unknown, dicts, items, known, mapping, text

AMD64, ARCH = "amd64", "kubernetes.io/arch"
SPREAD = "topologySpreadConstraints"
LABELS = "Write the labels of the pod template into the constraint's labelSelector."
TOGETHER = "Write labels that the pods beside them have, or let it be a wish: preferredDuringSchedulingIgnoredDuringExecution"
ANTI, ELSEWHERE = "podAntiAffinity", {"namespaces", "namespaceSelector"}
NO_NODES = "The cluster has no nodes, and no Fargate profile selects these pods."
SELECT = "Add a selector for their namespace and labels to a Fargate profile, or a node group."
LET_IN = "Give the node group the label that nodeSelector asks for, and tolerate its taints."
PLUG_IN = (
    "Install the device plug-in of the vendor on these nodes: device_plugins of the data plane."
)
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
            near = kept_out(there, guest)
            yield guest.finding("node", f"The cluster has {count}, and none fits: {near}.")
        yield from _misplaced_images(environment, guest, open_)


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
            wanted = _wanted(guest, at, term, least(environment, guest.owner) or 0)
            # Where no constraint takes its pods, KUBE5 says that nothing spreads them.
            own = [x for x in dicts(guest.spec, SPREAD) if _takes(x, guest)]
            if SPREAD in at and own and not _takes(term, guest):
                detail = "Its labelSelector takes none of these pods, so nothing spreads them."
                yield guest.finding(f"{at} labelSelector", detail, LABELS, at)
            elif key and known(key) and not any(_has(home, key) for home in there):
                yield guest.finding(f"{at} {key}", f"No node has the label {key}.", at=at)
            elif _is_alone(environment, guest, at, term):
                detail = "No pods of its namespace have these labels, so none of these ever starts."
                yield guest.finding(f"{at} labelSelector", detail, TOGETHER, at)
            elif wanted > most > 0:
                detail = f"{wanted} pods need a {key} each, and there are at most {most}."
                yield guest.finding(f"{at} {key} {wanted}", detail, at=at)


def _is_alone(environment: Environment, guest: Pods, at: str, term: Json) -> bool:
    """Tell whether pods must be beside others that certainly aren't there."""
    where, wanted = guest.owner.place, term.get("labelSelector")
    return (
        ".podAffinity." in at
        and closed(environment).get(where) == frozenset()
        and not ELSEWHERE & set(term)
        and not selected(environment, guest.owner, wanted, surely=False)
    )


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


@rule("NODES10")
def _undriven(environment: Environment) -> Iterator[Finding]:
    for group in node_groups(environment):
        image, kinds = text(group.properties, "AmiType"), [*instance_types(group)]
        judged = (group.cluster_key, "") in closed(environment)
        for device, row in ROWS.items() if kinds and known(image) and judged else ():
            has = all(re.fullmatch(row["types"], each.name) for each in kinds)
            if has and not re.fullmatch(row["images"], image):
                all_have = f"All of its instance types have {device}"
                detail = f"{all_have}, and {image} has no driver for it."
                yield breach(group, "AmiType", f"{device} {image}", detail, fix=row["fix"])


@rule("NODES10")
def _unplugged(environment: Environment) -> Iterator[Finding]:
    for device, row in ROWS.items():
        named = [x for x in pods(environment) if re.fullmatch(row["plugin"], x.owner.name)]
        plugins = [each for each in named if is_on_each(each)]
        charts = (name for _, name, _ in components(environment))
        if any(re.fullmatch(row["plugin"], each) for each in charts):
            continue
        for guest in plugins or on_nodes(environment):
            there = [x for x in homes(environment, guest) if _needs_plugin(x, row)]
            if (guest.owner.resource.cluster_key, "") not in closed(environment):
                continue
            if not plugins:
                if requests(guest.spec).get(device) and any(lets_in(x, guest) for x in there):
                    yield guest.finding(device, f"Nothing tells the kubelet of {device}.", PLUG_IN)
            elif kept_out := [x for x in there if not takes(_node(x), {"spec": guest.spec})]:
                nodes = f"The {kept_out[0].kind} nodes of {kept_out[0].group.path}"
                detail = f"{nodes} have {device}, and it doesn't run there."
                yield guest.finding("node", detail, LET_IN)


@rule("NODES10")
def _on_no_node(environment: Environment) -> Iterator[Finding]:
    for guest in () if has_other_nodes(environment) else pods(environment):
        there, name = homes(environment, guest), guest.owner.name
        ours = any(re.fullmatch(x["plugin"], name) for x in ROWS.values())
        judged = (guest.owner.resource.cluster_key, "") in closed(environment)
        if (
            "device-plugin" in name
            and judged
            and not ours
            and there
            and not any(takes(_node(x), {"spec": guest.spec}) for x in there)
        ):
            yield guest.finding("node", "No node of the cluster lets it in.", LET_IN)


def _needs_plugin(home: Home, row: Json) -> bool:
    """Tell whether nodes have a device that a DaemonSet must find; Bottlerocket finds GPUs of NVIDIA itself."""
    image = text(home.group.properties, "AmiType")
    return bool(home.kind and re.fullmatch(row["types"], home.kind)) and not (
        isinstance(image, Unknown) or re.fullmatch("BOTTLEROCKET.*NVIDIA.*", image)
    )


def _node(home: Home) -> Json:
    return {"metadata": {"labels": home.labels}, "spec": home.spec}
