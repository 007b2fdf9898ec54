"""Whether whatever runs in a subnet can reach what it needs: the faults of the ways in guardrails/reach.

Only networks made in the same environment are judged. Of an existing one the templates hold nothing
but ids: neither its routes nor its endpoints, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from assembly import kinds
from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import FUNCTION, KUBECTL
from assembly.links import cluster_of
from assembly.resource import Resource
from guardrails.reach.balancers import from_balancers
from guardrails.reach.calls import calls, hops_of
from guardrails.reach.endpoints import DNS_FLAGS
from guardrails.reach.hops import Fault, fault_of, walked
from guardrails.reach.model import answers
from guardrails.reach.places import DATA
from guardrails.reach.subnets import WHOLE_INTERNET, pod_subnets, runner, users, ways_out
from guardrails.rule import Finding, breach, found, rule
from kube.values import flag, known, look_up, several, text

OF_WAYS = (1, 4, 6, 7, 8, 10, 11, 12, 13, 14, 18)
"""The rules that say nothing but why a way ends."""


@indexed
def faults_of_ways(environment: Environment) -> dict[str, list[Fault]]:
    """Return why ways end, by the rule that says it: each fault once, however many ways it ends."""
    ways = [each.way for each in answers(environment)]
    ways += [walked(hops_of(environment, call)) for call in calls(environment)]
    ways += [way for _, way in from_balancers(environment)]
    faults = filter(None, map(fault_of, ways))
    once: dict[tuple[str, Resource, str], Fault] = {}
    for fault in faults:
        once.setdefault((fault.rule, fault.resource, fault.value), fault)
    return grouped((fault.rule, fault) for fault in once.values())


def said(faults: Iterable[Fault]) -> Iterator[Finding]:
    """Yield a finding for each fault."""
    for fault in faults:
        if fault.item is None:
            yield breach(fault.resource, fault.path, fault.value, fault.detail, fix=fault.fix)
        else:
            yield found(fault.item, fault.value, fault.detail, fix=fault.fix)


def _of_ways(rule_id: str, environment: Environment) -> Iterator[Finding]:
    yield from said(faults_of_ways(environment).get(rule_id, ()))


for _number in OF_WAYS:
    rule(f"REACH{_number}")(partial(_of_ways, f"REACH{_number}"))


@rule("REACH2")
def _api_server_out_of_reach(environment: Environment) -> Iterator[Finding]:
    yield from said(faults_of_ways(environment).get("REACH2", ()))
    clusters = grouped(
        (runner(environment, each), cluster)
        for each in environment.resources(*KUBECTL)
        if (cluster := cluster_of(environment, each))
    )
    for user, _ in users(environment):
        inside = several(user.properties, "VpcConfig", "SubnetIds")
        outside = user.kind == FUNCTION and not inside
        # The address of a handler outside the VPC isn't known.
        if outside and any(map(_is_closed, clusters.get(user.node, ()))):
            detail = "The kubectl handler runs outside the VPC."
            yield breach(user, "VpcConfig", "outside the VPC", detail, fix=DATA["handler_inside"])


def _is_closed(cluster: Resource) -> bool:
    network = look_up(cluster.properties, "ResourcesVpcConfig")
    cidrs = several(network, "PublicAccessCidrs") or [WHOLE_INTERNET]
    closed = known(cidrs) and WHOLE_INTERNET not in cidrs
    return closed or flag(network, "EndpointPublicAccess", default=True) is False


@rule("REACH3")
def _no_names(environment: Environment) -> Iterator[Finding]:
    for vpc in environment.resources(kinds.VPC):
        for name, default in DNS_FLAGS:
            if flag(vpc.properties, name, default=default) is False:
                yield breach(vpc, name, name)
    for options in environment.resources("AWS::EC2::DHCPOptions"):
        servers = several(options.properties, "DomainNameServers")
        if servers and known(servers) and "AmazonProvidedDNS" not in servers:
            detail = "The private endpoint of EKS needs AmazonProvidedDNS among the servers."
            yield breach(options, "DomainNameServers", ", ".join(map(text, servers)), detail)


@rule("REACH5")
def _lost_pods(environment: Environment) -> Iterator[Finding]:
    for add_on, names in pod_subnets(environment):
        for subnet in names:
            ways = ways_out(environment)[subnet.node]
            if ways.judged and not (ways.associations and (ways.routes or ways.endpoints)):
                name = text(add_on.properties, "AddonName")
                yield breach(subnet, "", subnet.logical_id, f"{name} gives its addresses to pods.")
