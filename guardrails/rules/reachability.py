"""Whether whatever runs in a subnet can reach what it needs: why ways of guardrails/reach end.

Only networks made in the same environment are judged. Of an existing one the templates hold nothing
but ids: neither its routes nor its endpoints, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, VPC
from assembly.resource import Resource
from guardrails.reach.balancers import from_balancers
from guardrails.reach.calls import calls, hops_of
from guardrails.reach.endpoints import no_names
from guardrails.reach.hops import walked
from guardrails.reach.model import answers
from guardrails.reach.places import DATA, handled, places
from guardrails.reach.subnets import WHOLE_INTERNET, ways_out
from guardrails.rule import Finding, breach, rule
from kube.values import flag, known, look_up, several, text

OF_WAYS = (1, 2, 4, *range(6, 15), 18)
"""The rules that say why a way ends; some of them say more, below and in endpoints.py."""


@indexed
def _of_ways(environment: Environment) -> dict[str, list[Finding]]:
    """Return why ways end, by the rule that says it: each once, however many ways it ends."""
    ways = [each.way for each in answers(environment)]
    ways += [walked(hops_of(environment, call)) for call in calls(environment)]
    ways += [way for _, way in from_balancers(environment)]
    once: dict[tuple[str, Resource, str], Finding] = {}
    for hop in (way[-1] for way in ways if way):
        if hop.finding is not None:
            once.setdefault((hop.rule, hop.finding.resource, hop.finding.value), hop.finding)
    return grouped((rule, finding) for (rule, _, _), finding in once.items())


def _why_ways_end(rule_id: str, environment: Environment) -> Iterator[Finding]:
    yield from _of_ways(environment).get(rule_id, ())


for _number in OF_WAYS:
    rule(f"REACH{_number}")(partial(_why_ways_end, f"REACH{_number}"))


@rule("REACH2")
def _api_server_out_of_reach(environment: Environment) -> Iterator[Finding]:
    for handler, clusters in handled(environment).items():
        inside = several(handler.properties, "VpcConfig", "SubnetIds")
        # The address of a handler outside the VPC isn't known.
        if not inside and any(map(_is_closed, clusters)):
            detail, fix = "The kubectl handler runs outside the VPC.", DATA["handler_inside"]
            yield breach(handler, "VpcConfig", "outside the VPC", detail, fix=fix)


def _is_closed(cluster: Resource) -> bool:
    network = look_up(cluster.properties, "ResourcesVpcConfig")
    cidrs = several(network, "PublicAccessCidrs") or [WHOLE_INTERNET]
    closed = known(cidrs) and WHOLE_INTERNET not in cidrs
    return closed or flag(network, "EndpointPublicAccess", default=True) is False


@rule("REACH3")
def _no_names(environment: Environment) -> Iterator[Finding]:
    for vpc in environment.resources(VPC):
        yield from no_names(vpc)
    for options in environment.resources("AWS::EC2::DHCPOptions"):
        servers = several(options.properties, "DomainNameServers")
        if servers and known(servers) and "AmazonProvidedDNS" not in servers:
            detail = "The private endpoint of EKS needs AmazonProvidedDNS among the servers."
            yield breach(options, "DomainNameServers", ", ".join(map(text, servers)), detail)


@rule("REACH5")
def _lost_pods(environment: Environment) -> Iterator[Finding]:
    for place in places(environment):
        for subnet in place.subnets if place.kind == ADD_ON else ():
            ways = ways_out(environment)[subnet.node]
            if ways.judged and not (ways.associations and (ways.routes or ways.endpoints)):
                name = text(place.resource.properties, "AddonName")
                yield breach(subnet, "", subnet.logical_id, f"{name} gives its addresses to pods.")
