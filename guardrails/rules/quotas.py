"""How many pods the quotas of a namespace let in."""

from __future__ import annotations

from collections.abc import Mapping

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kubernetes_object import KubernetesObject
from guardrails.rules.availability import at_most
from guardrails.rules.room import short
from guardrails.rules.spaces import NONE
from guardrails.rules.workloads import pods_in
from kube.pods import replicas
from kube.quotas import SPELLED_OUT, taken


@indexed
def let_in(environment: Environment) -> Mapping[KubernetesObject, int]:
    """Return how many pods there are at most of what quotas have no room for, one object after the other."""
    return _let_in(environment, scaled=False)


@indexed
def let_in_at_most(environment: Environment) -> Mapping[KubernetesObject, int]:
    """Return the same where autoscalers make all that they may."""
    return _let_in(environment, scaled=True)


def _let_in(environment: Environment, *, scaled: bool) -> Mapping[KubernetesObject, int]:
    found: dict[KubernetesObject, int] = {}
    # How many of the others there are isn't known, or isn't counted.
    for each in (x for x in short(environment, scaled=scaled) if x.wanted > x.most):
        name, left = SPELLED_OUT.get(each.name, each.name), each.most
        for template in pods_in(environment, each.quota.place):
            one, owner = taken(template.spec, 1).get(name, NONE), template.owner
            count = at_most(environment, owner) if scaled else replicas(owner.content)
            if one and count:
                most = min(int(left // one), count)
                found[owner], left = min(most, found.get(owner, most)), left - most * one
    return found
