"""Whether some node of the cluster takes the pods that are to run on nodes, and runs their image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assembly.environment import Environment
from assembly.images import architectures
from assembly.kinds import CLUSTER, PROFILE
from assembly.links import beside
from assembly.nodes import has_other_nodes
from guardrails.rule import Finding, rule
from guardrails.rules.guests import Guest, on_nodes
from guardrails.rules.homes import ARCH, Home, homes, lets_in
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, pods
from kube.values import mapping, text

AMD64 = "amd64"
NO_NODES = "The cluster has no nodes, and no Fargate profile selects these pods."
SELECT = "Add a selector for their namespace and labels to a Fargate profile, or a node group."
ON_FARGATE = f"Build the image for {AMD64}, or let the pods run on nodes."


@rule("KUBE22")
def _homeless(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        if runs_on_fargate(environment, template):
            for built in _built_for(environment, template) - {AMD64}:
                detail = f"The image is built for {built}, and Fargate has only {AMD64}."
                where = Guest(pods=template, count=None)
                yield where.finding(f"image {built}", detail, ON_FARGATE)
    # A DaemonSet with no node has nothing to do.
    for guest in () if has_other_nodes(environment) else on_nodes(environment):
        there = homes(environment, guest)
        open_ = [home for home in there if lets_in(home, guest)]
        resource = guest.pods.owner.resource
        if not there and not guest.per_node:
            if all(any(beside(environment, resource, kind)) for kind in (CLUSTER, PROFILE)):
                yield guest.finding("node", NO_NODES, SELECT)
        elif there and not guest.per_node and not open_:
            groups = {home.group.node for home in there}
            count = "one node group" if len(groups) == 1 else f"{len(groups)} node groups"
            yield guest.finding("node", f"The cluster has {count}, and none fits.")
        yield from _misplaced_images(environment, guest, open_)


def _misplaced_images(
    environment: Environment, guest: Guest, open_: Sequence[Home]
) -> Iterator[Finding]:
    for built in _built_for(environment, guest.pods):
        selecting = {**mapping(guest.spec, "nodeSelector"), ARCH: built}
        asking = replace(guest.pods, spec={**guest.spec, "nodeSelector": selecting})
        wrong = [each for each in open_ if not lets_in(each, replace(guest, pods=asking))]
        for other in sorted({str(each.labels[ARCH]) for each in wrong}):
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
