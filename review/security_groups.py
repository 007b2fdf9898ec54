"""What security groups let in and out, and what they no longer do.

Rules are read as what they allow together: 80 and 81 are 80 to 81. Source: EC2 user guide, "Security
group rules".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.kinds import ASSOCIATION, CLUSTER, INGRESS, SECURITY_GROUP
from assembly.resource import Resource
from kube.values import Json, dicts, text, unsure
from review.labels import label, listed, service_account, words
from review.model import DETAILS, Risk, Sentence, read, say
from review.networks import beyond, cut_off, from_outside, gained, lost, rest
from review.sides import Sides

EGRESS = "AWS::EC2::SecurityGroupEgress"
USERS = read("consequences")["users"]
"""Types that have a role or a security group."""
PEERS = ("CidrIp", "CidrIpv6", "SecurityGroupId", "PrefixListId")
USUAL = ("", "tcp", "-1")
"""Protocols that a sentence leaves out; -1 is every one."""
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
NOBODY = "255.255.255.255/32"
"""What the CDK lets traffic out to where none shall go out."""
EVERYTHING: Sequence[Json] = ({"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"},)
"""What a group lets out that names nothing (CloudFormation, AWS::EC2::SecurityGroup)."""
LAST = 65_535


class Rule(NamedTuple):
    """What one rule allows; ports that aren't numbers, as those of ICMP, are one text."""

    group: str
    out: bool
    peer: str
    protocol: str
    ports: tuple[int, int] | str

    def takes(self, other: Rule) -> bool:
        """Tell whether the rule takes the peers and the protocol of another one."""
        same = (self.group, self.out) == (other.group, other.out)
        protocol = self.protocol in {"-1", other.protocol}
        return same and protocol and not beyond([other.peer], [self.peer])


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what groups newly let in and out, and what they no longer do."""
    old, new = ([*_rules(side)] for side in sides.both)
    both = {each.group for each in old} & {each.group for each in new}
    used = {label(each) for each in _left(sides)} if {each.group for each in old} - both else set()
    named = {label(x): x for x in sides.after.resources(SECURITY_GROUP)}
    for these, those, how in ((new, old, ""), (old, new, "no longer ")):
        for rule in _beyond(these, those):
            # What a group lets out that comes or goes as a whole is no news, nor what one without use let in.
            if rule.group not in both and (rule.out or (how and rule.group not in used)):
                continue
            way, gone = "out" if rule.out else "in", bool(how) and not rule.out
            outside = Risk.WEAKENS if rule.out else Risk.EXPOSES
            used_by = users(sides.after, named.get(rule.group) if rule.group in both else None)
            left = [x.peer for x in those if x.group == rule.group and not x.out]
            same = (x for x in those if x.takes(rule._replace(peer=x.peer)))
            parts = (x for x in same if not beyond([x.peer], [rule.peer]))
            kept = [x.peer for x in parts if x.peer != NOBODY and not any(_open(rule, [x.ports]))]
            others = any(from_outside(sides.after, x) for x in rest([rule.peer], kept))
            risk, moved = outside if others else Risk.SAFE, lost if how else gained
            some = [x for x in those if _is_part(x, rule) and x.peer not in kept]
            beside = [_some(some, "still" if how else "until now")] if some else []
            yield say(
                f"group {how}lets {way}",
                details=[*beside, *cut_off(sides.after, [rule.peer] * gone, left), *used_by],
                name=rule.group,
                source=moved([rule.peer], kept, "any address") if kept else f"`{words(rule.peer)}`",
                ports=_ports(rule),
                risk=None if how else risk,
            )


def _is_part(one: Rule, whole: Rule) -> bool:
    """Tell whether a rule allows a part of another one: some addresses, and some ports."""
    same = (one.group, one.out) == (whole.group, whole.out) and one.peer != NOBODY
    if not same or beyond([one.peer], [whole.peer]):
        return False
    (first, last), (start, end) = (
        x.ports if isinstance(x.ports, tuple) else (0, -1) for x in (one, whole)
    )
    protocols = {one.protocol, whole.protocol}
    return first <= end and start <= last and (len(protocols) == 1 or "-1" in protocols)


def _some(rules: Iterable[Rule], said: str) -> str:
    named = listed(dict.fromkeys(f"`{words(x.peer)}` on {_ports(x)}" for x in rules))
    return DETAILS[said].format(before=named, left=named)


def users(environment: Environment, resource: Resource | None) -> list[str]:
    """Return in a detail what has a role or a security group, if anything of these stacks does."""
    found = []
    for each in environment.resources(*USERS[resource.kind]) if resource else ():
        if resource in [*environment.targets(each.properties)]:
            pods = f"the pods of ServiceAccount `{service_account(each)}`"
            endpoint = ", for the private endpoint of its API server" * (each.kind == CLUSTER)
            found.append(pods if each.kind == ASSOCIATION else f"{label(each)}{endpoint}")
    return [DETAILS["used by"].format(names=listed(found))] if found else []


def _left(sides: Sides) -> Iterator[Resource]:
    """Yield the groups of before that something has which stays."""
    for each in sides.before.resources():
        if each.node in sides.after.by_node and each.kind != SECURITY_GROUP:
            yield from (
                x for x in sides.before.targets(each.properties) if x.kind == SECURITY_GROUP
            )


def _rules(environment: Environment) -> Iterator[Rule]:
    for group in environment.resources(SECURITY_GROUP):
        for field, out in (("SecurityGroupIngress", False), ("SecurityGroupEgress", True)):
            usual = EVERYTHING if out and not unsure(group.properties.get(field)) else ()
            for rule in dicts(group.properties, field) or usual:
                yield _rule(label(group), rule, out=out)
    for each in environment.resources(INGRESS, EGRESS):
        group = environment.target(each.properties.get("GroupId")) or each
        yield _rule(label(group), each.properties, out=each.kind == EGRESS)


def _rule(group: str, rule: Json, *, out: bool) -> Rule:
    ways = ("", "Destination" if out else "Source")
    named = (text(rule, f"{way}{name}") for name in PEERS for way in ways)
    protocol = text(rule, "IpProtocol").lower() or "-1"
    protocol = PROTOCOLS.get(protocol, protocol)
    first, last = (text(rule, name) for name in ("FromPort", "ToPort"))
    ports: tuple[int, int] | str = (0, LAST)
    if protocol != "-1" and (first or last):
        numbers = first.isdecimal() and last.isdecimal() and not protocol.startswith("icmp")
        ports = (int(first), int(last)) if numbers else f"{words(first)} to {words(last)}"
    peer = next(filter(None, named), "anything")
    return Rule(group, out, peer, protocol, ports)


def _beyond(these: Iterable[Rule], those: Sequence[Rule]) -> Iterator[Rule]:
    """Yield what some rules allow together and others don't."""
    found = [
        (each._replace(ports=""), ports)
        for each in these
        for ports in _open(each, [other.ports for other in those if other.takes(each)])
        if each.peer != NOBODY
    ]
    for rule, every in sorted(gathered(found).items()):
        ranges = sorted(x for x in every if not isinstance(x, str))
        for ports in _merged(ranges):
            yield rule._replace(ports=ports)
        for named in dict.fromkeys(x for x in every if isinstance(x, str)):
            yield rule._replace(ports=named)


def _open(rule: Rule, taken: Sequence[tuple[int, int] | str]) -> Iterator[tuple[int, int] | str]:
    if (0, LAST) in taken or rule.ports in taken:
        return
    if isinstance(rule.ports, str):
        yield rule.ports
        return
    first, last = rule.ports
    for start, end in _merged(sorted(x for x in taken if not isinstance(x, str))):
        if first < start and first <= last:
            yield first, min(start - 1, last)
        first = max(first, end + 1)
    if first <= last:
        yield first, last


def _merged(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield ranges in order, those that meet as one."""
    found: list[tuple[int, int]] = []
    for start, end in ranges:
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    yield from found


def _ports(rule: Rule) -> str:
    of = "" if rule.protocol in USUAL else f" of {words(rule.protocol)}"
    if rule.ports == (0, LAST):
        return f"every port{of}"
    first, last = rule.ports if isinstance(rule.ports, tuple) else rule.ports.split(" to ")
    return f"port {first}{of}" if first == last else f"ports {first} to {last}{of}"
