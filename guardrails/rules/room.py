"""Whether nodes have room for what is to run on them, and quotas of namespaces let it in."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kubernetes_object import KubernetesObject
from assembly.nodes import has_other_nodes
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.availability import at_most, surge
from guardrails.rules.homes import (
    Home,
    asked,
    homes,
    is_on_each,
    kept_out,
    lets_in,
    on_nodes,
    on_nodes_now,
    surely_in,
)
from guardrails.rules.spaces import NONE, amount_in_words, spaces, together, too_small
from guardrails.rules.workloads import Place, Pods, pods_in
from kube.pods import Amounts, replicas, total_of
from kube.pods import number as quantity
from kube.quotas import SPELLED_OUT, in_words, limits, taken
from kube.values import Json, dicts, known, look_up, mapping, text

ONE = {"pods": Decimal(1)}
LARGER = "Use a larger instance type, or raise max_pods where it is what limits."
ELSEWHERE = "Keep the DaemonSet to nodes that have it, by nodeSelector or by a toleration of their taint alone."
WITH_IT = (
    "Ask for none in resources.requests, or add a group or a pool of nodes that have it, and let the pods "
    "tolerate their taint."
)
LET_IN = "Let the pods select and tolerate nodes that have room for them, ask for less in resources.requests, or use larger types."
SOME_NODE = "Set desired_size (and min_size) of a node group to 1 or more."
NO_NODE = "Every node group has 0 nodes, and nothing in the templates adds any."


@rule("KUBE24")
def _no_room(environment: Environment) -> Iterator[Finding]:
    guests = () if has_other_nodes(environment) else on_nodes(environment)
    clusters = ((each.owner.resource.cluster_key, each) for each in guests)
    for in_cluster in grouped(clusters).values():
        daemons = [each for each in in_cluster if is_on_each(each)]
        others = [each for each in in_cluster if not is_on_each(each)]
        there = homes(environment, in_cluster[0])
        short = [*_one_by_one(daemons, others, there)]
        yield from short
        if others and there:
            if all(home.most == 0 for home in there):
                where = "ScalingConfig/DesiredSize"
                yield breach(there[0].group, where, "0 nodes", NO_NODE, fix=SOME_NODE)
            elif not short:
                yield from together(environment, others, [*spaces(environment, there)])


def _one_by_one(
    daemons: Sequence[Pods], others: Sequence[Pods], there: Sequence[Home]
) -> Iterator[Finding]:
    taken: dict[Home, Amounts] = {}
    for home in there:
        every = [each for each in daemons if surely_in(home, each)]
        amounts = total_of(*map(asked, every))
        if short := too_small(home, total_of(amounts, ONE)):
            detail = f"{short}: {', '.join(each.name for each in every)}, and one more pod."
            fix = ELSEWHERE if " for 0 " in short else LARGER
            yield breach(home.group, "InstanceTypes", f"{home.kind} room", detail, fix=fix)
        else:
            taken[home] = amounts
    for guest in others:
        open_ = [home for home in there if lets_in(home, guest)]
        fitting = [home for home in open_ if home in taken]
        short_of = [too_small(home, total_of(taken[home], asked(guest))) for home in fitting]
        if fitting and all(short_of):
            nearest = max(short_of, key=lambda each: (" for 0 " not in each, each))
            detail = f"{nearest}: these pods, and what runs on every node."
            shut = (x for x in there if x not in open_ and not too_small(x, asked(guest)))
            out = kept_out(shut, guest)
            fix = LET_IN if out else WITH_IT if " for 0 " in nearest else ""
            yield guest.finding("room", f"{detail} {out}." if out else detail, fix)
        elif fitting and any(home.most for home in there) and {x.most for x in open_} == {0}:
            names = ", ".join(dict.fromkeys(home.group.path for home in open_))
            detail = f"Only {names} lets them in, with 0 nodes, and nothing adds any."
            yield guest.finding("0 nodes", detail, SOME_NODE)


BOUNDS = {"max": operator.gt, "min": operator.lt}
OF = {"max": ("limits", "requests"), "min": ("requests", "limits")}
"""What of a container a LimitRange compares, and what stands for it where it isn't stated.

Source: https://kubernetes.io/docs/concepts/policy/limit-range/
"""
COUNTED = [f"{of}.{resource}" for of in ("requests", "limits") for resource in SPELLED_OUT]


@rule("KUBE32")
def _outside_range(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("LimitRange"):
        for edges, (bound, is_over) in product(dicts(item.spec, "limits"), BOUNDS.items()):
            for template in pods_in(environment, item.place):
                for name, resources in _bound(text(edges, "type"), template):
                    for resource, edge in mapping(edges, bound).items():
                        said = [look_up(resources, of, resource) for of in OF[bound]]
                        stated = next((each for each in said if each is not None), None)
                        limit = quantity(edge)
                        if limit is not None and stated is not None and is_over(stated, limit):
                            value = f"{name} {amount_in_words(resource, stated)}".lstrip()
                            detail = f"LimitRange {item.name} has a {bound} of {edge} {resource}."
                            yield found(template.owner, value, detail)


def _bound(of: str, template: Pods) -> Iterator[tuple[str, Mapping[str, Amounts]]]:
    """Yield what a range of a type is about, with its requests and limits: containers, or all of a pod."""
    stated = {text(each, "name"): mapping(each, "resources") for each in template.all_containers}
    read = {
        name: {part: _amounts(mapping(one, part)) for part in OF["max"]}
        for name, one in stated.items()
    }
    if of == "Container":
        yield from read.items()
    if of == "Pod":
        own = [read[text(each, "name")] for each in template.containers]
        yield "pod", {part: total_of(*(each[part] for each in own)) for part in OF["max"]}


def _amounts(written: Json) -> Amounts:
    amounts = {str(name): quantity(each) for name, each in written.items()}
    return {name: each for name, each in amounts.items() if each is not None}


class Short(NamedTuple):
    """A limit of a quota that is lower than what the templates need of it.

    `wanted` is for all that they keep, or that autoscalers may make of it where it is `scaled`, `updates`
    for that and an update of what has pods, by its owner.
    """

    quota: KubernetesObject
    name: str
    most: Decimal
    wanted: Decimal
    updates: Mapping[KubernetesObject, Decimal]
    scaled: bool

    @property
    def detail(self) -> str:
        """Return what is needed, and what is allowed."""
        needed = max([self.wanted, *self.updates.values()])
        wanted, most = (in_words(self.name, each) for each in (self.wanted, needed))
        more = f" ({most} while a Deployment is updated)" * (needed > self.wanted)
        scaled = "at the maximum of autoscalers, " * self.scaled
        words = f"Of `{self.name}`, {scaled}the templates need {wanted}{more}"
        return f"{words}, and it allows {text(self.quota.spec, 'hard', self.name)}."


def short(environment: Environment, *, scaled: bool = False) -> Iterator[Short]:
    """Yield the limits of quotas that have no room for what is declared, or for all that autoscalers may make."""
    count = at_most if scaled else lambda _, owner: replicas(owner.content)
    for quota, where, hard in _quotas(environment):
        templates = [
            (x, on_nodes_now(environment, x) if is_on_each(x) else count(environment, x.owner))
            for x in pods_in(environment, where)
        ]
        counts = [(x, n or 0) for x, n in templates if n != 0]
        needs = [(x.owner, taken(x.spec, n), taken(x.spec, surge(x.owner, n))) for x, n in counts]
        every = environment.kubernetes_objects("Service")
        services = [each.spec.get("type") for each in every if each.place == where]
        needed = total_of(*(now for _, now, _ in needs))
        needed["services"] = Decimal(len(services))
        needed["services.loadbalancers"] = Decimal(services.count("LoadBalancer"))
        for name, written in hard.items():
            counted, limit = SPELLED_OUT.get(name, name), quantity(written)
            wanted = needed.get(counted, NONE)
            counting = [(owner, more) for owner, now, more in needs if counted in now]
            updates = {owner: wanted + more.get(counted, NONE) for owner, more in counting}
            if limit is not None and max([wanted, *updates.values()]) > limit:
                yield Short(quota, name, limit, wanted, updates, scaled)


def _quotas(environment: Environment) -> Iterator[tuple[KubernetesObject, Place, Json]]:
    """Yield the quotas of all pods of their namespaces, with these and the limits."""
    for each in environment.kubernetes_objects("ResourceQuota"):
        if hard := limits(each.content):
            yield each, each.place, hard


@rule("KUBE32")
def _over(environment: Environment) -> Iterator[Finding]:
    for each in short(environment):
        value = f"{each.name} {text(each.quota.spec, 'hard', each.name)}"
        yield found(each.quota, value, each.detail, field=f"spec.hard[{each.name}]")


@rule("KUBE32")
def _larger_than_a_quota(environment: Environment) -> Iterator[Finding]:
    """Of what doesn't say how many pods it has, such as a CronJob, not even one comes."""
    for quota, where, hard in _quotas(environment):
        every = (x for x in pods_in(environment, where) if replicas(x.owner.content) is None)
        for template, (name, most) in product(every, hard.items()):
            asks = taken(template.spec, 1).get(SPELLED_OUT.get(name, name), NONE)
            if (limit := quantity(most)) is not None and asks > limit:
                detail = f"ResourceQuota {quota.name} allows {most} of `{name}`, for all pods."
                yield found(template.owner, f"{name} {in_words(name, asks)}", detail)


@rule("KUBE32")
def _unstated(environment: Environment) -> Iterator[Finding]:
    ranges = {each.place for each in environment.kubernetes_objects("LimitRange")}
    for quota, where, hard in _quotas(environment):
        # A LimitRange may state it for them.
        names = {SPELLED_OUT.get(each, each) for each in hard if where not in ranges}
        for counted, template in product(sorted({*COUNTED} & names), pods_in(environment, where)):
            detail = f"ResourceQuota {quota.name} counts {counted}: a pod without it is refused."
            for container in _silent(template, *counted.split(".")):
                yield found(template.owner, f"{container} {counted}", detail)


def _silent(template: Pods, of: str, resource: str) -> Iterator[str]:
    """Yield the containers that don't state an amount; a request may be stated by a limit.

    Of pods that have resources as a whole none must (pkg/quota/v1/evaluator/core/pods.go, Constraints).
    """
    for container in () if template.spec.get("resources") else template.all_containers:
        stated = mapping(container, "resources")
        amounts = {**mapping(stated, "limits"), **mapping(stated, of)}
        if known(container.get("resources")) and resource not in amounts:
            yield text(container, "name")
