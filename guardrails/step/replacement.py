"""What a change would replace, delete or lose, and what fails in the middle of a deploy.

CloudFormation, EKS and the API server of a cluster refuse. Without a base to compare with, as in a plain
synth, these rules find nothing. Who means a replacement names it in the environment's
accepted_replacements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ACCESS_ENTRY, CHART, CLUSTER, NODE_GROUP, SUBNET
from assembly.order import closure, named_in
from assembly.references import Node, references
from assembly.resource import Resource
from assembly.worlds import worlds
from guardrails.reach.places import subnets_of
from guardrails.reach.subnets import block_of, in_the_way
from guardrails.rule import Finding, anywhere, breach, rule
from guardrails.step.change import GONE, NEW, STATEFUL_TYPES, Change, is_stateful
from guardrails.step.changes import changes
from guardrails.step.lost_objects import HOW_TO_CONSENT, applied, brought, lost_objects
from guardrails.support_calendar import minor_of

PRINCIPAL = "PrincipalArn"
LOSS = "REPLACE1"
"""The id of the rule whose findings an environment may consent to; the others are impossible."""


@indexed
def changes_of(environment: Environment) -> Sequence[Change]:
    """Return what becomes of each resource since the templates that were accepted last."""
    return [] if environment.base is None else changes(environment.base, environment)


def kept(environment: Environment, *kinds: str) -> Iterator[tuple[Resource, Resource]]:
    """Yield the resources of these types that were there before, each as it was and as it is."""
    before = environment.base.by_node if environment.base else {}
    for now in environment.resources(*kinds) if before else ():
        was = before.get(now.node)
        if was is not None and was.kind == now.kind:
            yield was, now


def consents(accepted: Mapping[str, str], finding: Finding) -> bool:
    """Tell whether an environment accepts a loss, by construct path or by logical id."""
    return not accepted.keys().isdisjoint({finding.resource.path, finding.resource.logical_id})


def unused(accepted: Mapping[str, str], environment: Environment) -> list[str]:
    """Return the consents that no change needs any more, as soon as there are changes.

    A consent has done its work when it is merged, and would cover the next replacement as well.
    """
    found = [change for world in worlds(environment) for change in changes_of(world)]
    gone = [change.resource for change in found if change.effect in GONE or change.lost]
    gone += [finding.resource for finding in lost_objects(environment)]
    needed = {name for each in gone for name in (each.path, each.logical_id)}
    return sorted(accepted.keys() - needed) if found else []


def losses(changes: Sequence[Change]) -> Iterator[Change]:
    """Yield the losses of stateful resources, each with all that follows as one, and those of data.

    A VPC takes its subnets with it; who consents to the one consents to the other.
    """
    leaders = {change.node: change.leaders for change in changes}
    stateful = {change.node for change in changes if is_stateful(change.resource)}
    for change in changes:
        # All whose own change is the reason, directly or over others.
        causes = closure(change.node, leaders)
        is_lost = change.effect in ("deleted", "replaced") and change.node in stateful
        if change.lost or (is_lost and stateful.isdisjoint(causes)):
            yield change


@rule(LOSS)
def _lost(environment: Environment) -> Iterator[Finding]:
    for change in losses(changes_of(environment)):
        fix = HOW_TO_CONSENT.format(change.resource)
        if change.lost:
            path, detail = change.properties[0], f"{change.path} ({change.kind}) {change.lost}."
            yield breach(change.resource, path, f"lost: {path}", detail, fix=fix)
            continue
        follows = f". What follows: {STATEFUL_TYPES[change.kind]}."
        may = "is" if change.certain else "may be"
        yield _finding(change, f" {may} {change.effect}", follows, fix)
    yield from lost_objects(environment)


_IN_THE_WAY = "Keep the range and the construct id; or move to a free range first, and here in a later deploy."


@rule("REPLACE2")
def _impossible(environment: Environment) -> Iterator[Finding]:
    for change in changes_of(environment):
        if change.effect in ("replaced with a fixed name", "refused"):
            yield _finding(change)
    new, gone = ({x.node for x in changes_of(environment) if x.effect in of} for of in (NEW, GONE))
    for subnet, old in in_the_way(environment, new, gone):
        detail = (
            f"{old.path} has {block_of(old)} until the end of the update, and EC2 takes no overlap."
        )
        yield breach(subnet, "CidrBlock", f"overlap: {block_of(subnet)}", detail, fix=_IN_THE_WAY)
    for entry, role, group in entries_of_eks(environment):
        detail = f"EKS made one for {role.path} with {group.path}, and leaves it when that goes."
        yield breach(entry, PRINCIPAL, f"second entry: {role.logical_id}", detail)


def entries_of_eks(environment: Environment) -> Iterator[tuple[Resource, Resource, Resource]]:
    """Yield new access entries for a role that EKS has made one for, with the role and its node group.

    Source: https://github.com/aws/containers-roadmap/issues/2631.
    """
    if (base := environment.base) is None:
        return
    groups, named = _by_role(base, NODE_GROUP, "NodeRole"), _by_role(base, ACCESS_ENTRY, PRINCIPAL)
    gone = {change.node for change in changes_of(environment) if change.effect in GONE}
    for entry in environment.resources(ACCESS_ENTRY):
        role = environment.target(entry.properties.get(PRINCIPAL))
        if role is None or entry.node in base.by_node or role.node in gone:
            continue
        if role.node in groups.keys() - named:
            yield entry, role, groups[role.node]


def _by_role(base: Environment, kind: str, name: str) -> Mapping[Node, Resource]:
    found = ((base.target(each.properties.get(name)), each) for each in base.resources(kind))
    return {role.node: each for role, each in found if role is not None}


@rule("REPLACE3")
def _moved(environment: Environment) -> Iterator[Finding]:
    for thing, holder, resource in moved(environment):
        yield breach(resource, "", thing, f"{holder.path} ({holder.logical_id}) has it so far.")


def moved(environment: Environment) -> Iterator[tuple[str, Resource, Resource]]:
    """Yield the objects and releases that another resource makes than so far, with both."""
    if environment.base is None:
        return
    before = dict([*brought(environment.base), *applied(environment.base)])
    old, new = environment.base.by_node, environment.by_node
    for thing, resource in (*applied(environment), *brought(environment)):
        holder = before.get(thing, resource)
        # Between two manifests that both stay, kubectl takes it over.
        both = resource.node in old and holder.node in new
        # Of one release Helm takes over what it made: the release itself is found.
        release = {holder.kind, resource.kind} == {CHART} and not thing[1].startswith("chart ")
        if holder != resource and not both and not release:
            yield thing[1], holder, resource


def _finding(change: Change, effect: str = "", follows: str = ".", fix: str = "") -> Finding:
    by = f" by {', '.join(change.properties)}" if change.properties else ""
    detail = f"{change.path} ({change.kind}){effect}{by}: {change.because}{follows}"
    first = change.properties[:1]
    value, path = ": ".join((change.effect, *first)), "".join(first)
    return breach(change.resource, path, value, detail, fix=fix)


@indexed
def importers(environment: Environment) -> Mapping[str, list[str]]:
    """Return the stacks that import each export, by its name."""
    return grouped(
        (name, path)
        for path, scope in environment.scopes.items()
        for name in sorted(named_in(scope.stack.section("Resources"), scope)[1])
        if name in environment.exports
    )


@rule("REPLACE4")
def given_up(environment: Environment) -> Iterator[Finding]:
    """Yield the exports that go or get another value.

    CloudFormation updates the exporting stack first, while the importing one is as it was.
    """
    if (base := environment.base) is None:
        return
    gone = {change.node for change in changes_of(environment) if change.effect in GONE}
    for name, paths in importers(base).items():
        exporter = base.exports[name][0]
        was, now = base.exported(name, ""), environment.exported(name, "")
        before, after = ({each.node for each in references(value)} for value in (was, now))
        same = before == after and not before & gone if before else was == now
        if exporter in environment.stacks and not same:
            how = "no longer exports" if now is None else "exports another value under"
            detail = f"{exporter} {how} this name, which {' and '.join(paths)} imports so far."
            where = base.target(was) or anywhere(base, exporter)
            yield Finding(resource=where, value=name, location="Outputs", detail=detail)


@rule("REPLACE6")
def _other_zones(environment: Environment) -> Iterator[Finding]:
    for was, cluster in kept(environment, CLUSTER):
        before = _zones(subnets_of(environment.base or environment, was))
        after = _zones(subnets_of(environment, cluster))
        if before and after and before != after:
            old, gone, new = (", ".join(sorted(x)) for x in (before, before - after, after))
            # A zone that other subnets are still in was only taken from the control plane.
            used = before <= _zones(environment.resources(SUBNET))
            field = f"network.{'control_plane_zones' if used else 'zones'}"
            fix = _ZONE_GONE if gone else _ZONE_NEW
            fix = fix.format(gone=gone, field=field, old=old)
            yield breach(cluster, "ResourcesVpcConfig.SubnetIds", f"{old} to {new}", fix=fix)


_ZONE_GONE = (
    "Put {gone} back into `{field}`: a cluster can't give up a zone. To keep only nodes out of it, set "
    "`node_groups[].zones`."
)
_ZONE_NEW = (
    "Set `network.control_plane_zones` to {old}: nodes and pods may use more zones "
    "(docs/stateful-resources.md, “Add a zone”)."
)


def _zones(subnets: Iterable[Resource]) -> set[str]:
    zones = [subnet.properties.get("AvailabilityZone") for subnet in subnets]
    return {zone for zone in zones if isinstance(zone, str)}


def _refuses(rule_id: str, minors: range, fix: str = "") -> None:
    @rule(rule_id)
    def _(environment: Environment) -> Iterator[Finding]:
        for was, cluster in kept(environment, CLUSTER):
            before, after = (minor_of(each.properties.get("Version")) for each in (was, cluster))
            if before is not None and after is not None and after - before in minors:
                best = fix.format(before=before, next=before + 1, last=before - 1)
                yield breach(cluster, "Version", f"1.{before} to 1.{after}", fix=best)


_LEAP = "Set cluster.kubernetes_version to 1.{next}, deploy, then go on (docs/upgrade.md)."
_FALL = "Keep 1.{before}; a rollback within seven days goes to 1.{last} and no further (docs/upgrade.md)."
_refuses("VERSION7", range(2, 1 << 32), _LEAP)
_refuses("VERSION8", range(-(1 << 32), -1), _FALL)
_refuses("VERSION9", range(-1, 0))
