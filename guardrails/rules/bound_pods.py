"""Pods that no NetworkPolicy selects, and those to which several leave no traffic."""

from __future__ import annotations

from collections.abc import Mapping

from assembly.environment import Environment
from assembly.index import grouped, indexed
from guardrails.reach.isolation import enforced, policies_of
from guardrails.rules.availability import least
from guardrails.rules.homes import of_platform
from guardrails.rules.workloads import Pods, pods
from kube.network_policies import shut
from kube.selectors import may_match


def unselected(environment: Environment) -> list[Pods]:
    """Return the pods that policies would bind and that none selects, those of the platform as well."""
    policies = grouped(
        (each.place, each.spec.get("podSelector"))
        for each in environment.kubernetes_objects("NetworkPolicy")
    )
    # The DaemonSets of the platform are in the network of their node.
    platform = (x for x in of_platform(environment) if x.owner.kind == "Deployment")
    return [
        each
        for each in (*pods(environment), *platform)
        if enforced(environment, each)
        if not any(may_match(x, each.labels) for x in policies.get(each.owner.place, ()))
    ]


@indexed
def shut_off(environment: Environment) -> Mapping[str, list[Pods]]:
    """Return the pods that have no traffic of a direction since what the environment is compared with."""
    base = environment.base or environment
    # What was meant for pods on Fargate is nothing new to them on nodes.
    was = {
        x.owner.whole_key: shut(policies_of(base, x, on_fargate=True), x.labels)
        for x in pods(base)
        if least(base, x.owner) != 0
    }
    return grouped(
        (kind, x)
        for x in pods(environment)
        if least(environment, x.owner) != 0 and (key := x.owner.whole_key) in was
        for kind in shut(policies_of(environment, x), x.labels) - was[key]
    )
