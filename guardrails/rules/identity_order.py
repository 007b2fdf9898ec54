"""What takes a role for its pods comes after all that gives it, and goes before it."""

from __future__ import annotations

from assembly.environment import Environment
from assembly.index import grouped
from assembly.links import policies_of, role_of
from guardrails.rules.order_table import Pairs, waits
from guardrails.rules.service_accounts import components, grants
from guardrails.rules.workloads import place, pods
from kube.values import text


@waits("ORDER10")
def _permissions_outlive_their_controller(environment: Environment) -> Pairs:
    given = grouped(((each.place, each.name), each) for each in grants(environment))
    clients = [
        (part.resource, part.place, name)
        for part in components(environment)
        for name in part.accounts
    ]
    for each in pods(environment):
        name = text(each.spec, "serviceAccountName") or "default"
        clients.append((each.owner.resource, place(environment, each.owner), name))
    for client, where, name in clients:
        for grant in given.get((where, name), ()):
            role = role_of(environment, grant.value)
            for permission in (grant.resource, *(policies_of(environment, role) if role else ())):
                yield client, permission, permission.logical_id
