"""What fits.yaml asks about versions: node groups, add-ons and charts, and what surrounds them.

What is known of add-ons and charts stands in compatibility.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CHART, CLUSTER, FUNCTION, NODE_GROUP, PROFILE
from assembly.links import beside, kubectl_handlers, template_of
from assembly.nodes import is_self_managed, node_groups
from assembly.resource import Resource
from assembly.structured import structured
from capacity.instance_types import UnknownInstanceTypeError, instance_type
from constructs_lib.specs.devices import EFA
from constructs_lib.specs.kubernetes_versions import RELEASES
from constructs_lib.specs.machine_features import EFAS
from guardrails.reach.places import subnets_of, vpc_of_cluster
from guardrails.rule import Finding, View, breach, rule
from guardrails.rules import pod_roles
from guardrails.rules.devices import adapters
from guardrails.rules.function_code import code_of
from guardrails.rules.node_pool_facts import of_controller
from guardrails.rules.pod_networking import instance_types
from guardrails.rules.reachability import of_corefile
from guardrails.rules.versions import HOMES, NODES_BEHIND, minor_for, right_home
from guardrails.rules.workloads import HELD, by_name, chart_name, told
from guardrails.support_calendar import minor_of
from kube.values import Json, Unknown, items, known, look_up, mapping, number, table, text
from kube.words import nearest

TABLE: Mapping[str, Any] = table(__file__, "compatibility.yaml")
_NAMES: list[str] = TABLE["add_ons"]
_CHARTS = [each for charts in HOMES.values() for each in charts]
SIX = {"Ipv6CidrBlock", "Ipv6IpamPoolId", "Ipv6NetmaskLength"}
"""What gives a subnet IPv6 addresses."""
_FIELDS: Mapping[str, Mapping[str, str]] = table(__file__, "add_ons.json")
"""The fields on top of an add-on's configuration with the JSON type of each, as `aws eks
describe-addon-configuration` prints them. A newer version may have more."""
_TYPES = {Mapping: "object", list: "array", str: "string", bool: "boolean", int: "integer"}


def version_views(environment: Environment) -> Iterator[View]:
    """Yield what has a version that must fit the cluster's."""
    for group in node_groups(environment):
        of = "self-managed groups" if is_self_managed(group) else "node groups"
        yield View(of=of, item=group, facts=_of_group(environment, group))
    for add_on in environment.resources(ADD_ON):
        name = text(add_on.properties, "AddonName")
        yield View(of="add-ons", item=add_on, named=name, facts=_of_add_on(environment, add_on))
    for chart in environment.resources(CHART):
        yield View(of="charts", item=chart, facts=_of_chart(environment, chart))
    for handler in kubectl_handlers(environment):
        yield View(of="kubectl handlers", item=handler, facts=code_of(environment, handler))
    for function in environment.resources(FUNCTION):
        yield View(of="functions", item=function, facts=code_of(environment, function))
    added = environment.resources("AWS::EC2::SubnetCidrBlock")
    with_six = {*environment.targets([each.properties.get("SubnetId") for each in added])}
    for cluster in environment.resources(CLUSTER):
        subnets = [each for each in subnets_of(environment, cluster) if each not in with_six]
        fours = [each.path for each in subnets if not SIX & each.properties.keys()]
        yield View(of="networks", item=cluster, facts={**cluster.properties, "fours": fours})


def _of_group(environment: Environment, group: Resource) -> Json:
    template, fields = template_of(environment, group), group.properties
    data = mapping(template.properties, "LaunchTemplateData") if template else {}
    version = mapping(fields, "LaunchTemplate").get("Version")
    default = getattr(version, "attribute", "") == "DefaultVersionNumber"
    minor = minor_of(text(fields, "Version")) or minor_for(group)
    types = [each.name for each in instance_types(group)]
    count = number(fields, "ScalingConfig", "DesiredSize")
    hints = {}
    efas = int(adapters(group, template).get(EFA, 0))
    for name in filter(known, items(fields, "InstanceTypes")):
        try:
            instance_type(str(name))
        except UnknownInstanceTypeError as error:
            # Of a family that the data doesn't have it isn't known.
            if f" {str(name).partition('.')[0]}." in error.fix:
                hints[name] = error.fix
    return {
        **fields,
        "minor": minor_for(group),
        # What only a deploy knows, too.
        "in_template": [name for name, value in data.items() if value is not None],
        "fixed": template is not None and (version is None or known(version) or default),
        "most": count - 1 if count and count > 1 else None,  # one is always all of them
        "minors": [minor] if minor else None,
        "release_minor": minor_of(text(fields, "ReleaseVersion")),
        "unknown_types": [*hints],
        "efas": efas,
        "fewer_efas": [x for x in types if EFAS.get(x, 0) < efas],
        "hints": " ".join(hints.values()).rstrip("."),
    }


def _of_add_on(environment: Environment, add_on: Resource) -> Json:
    name, version = (text(add_on.properties, f"Addon{field}") for field in ("Name", "Version"))
    minor, own = minor_for(add_on), minor_of(version)
    release = RELEASES.get(f"1.{minor}")
    tested = release.add_ons.get(name, "") if release else ""
    newest = minor_of(tested)
    # Of an add-on without a tested version nobody knows which ones it has.
    others = release.add_ons.items() if release and tested else ()
    near = nearest(name.lower(), _NAMES, 0.85) if name not in _NAMES else ""
    # A build of the same upstream version differs in its base image only. Add-ons of the Marketplace
    # have the name of their vendor before an underscore.
    new = tested and version and version.split("-")[0] != tested.split("-")[0]
    nobodys = name and not near and name not in _NAMES and "_" not in name
    upstream = {of.split("-")[0]: each for each, of in others if minor_of(of) != newest}
    return {
        **add_on.properties,
        "Values": (values := told(add_on)),
        "corefile": of_corefile(environment, add_on, values) if name == "coredns" else {},
        **_bounds(name, version),
        "minor": minor,
        "own": own,
        "oldest": minor and minor - NODES_BEHIND,
        "behind": newest - own if newest and own else None,
        "tested": tested,
        "names": _NAMES,
        "near": near,
        "version": version,
        "untried": bool(minor and known([name, version]) and (new or nobodys)),
        "of_another": upstream.get(version.split("-")[0], ""),
    }


def _bounds(name: str, version: str) -> Json:
    """Return the Kubernetes minors of a release, if a table has them."""
    parts = re.match(r"v?(\d+\.\d+)\.", version if known(version) else "")
    for row in TABLE["kubernetes"]:
        if parts and row["chart"] == name and (bounds := row["releases"].get(parts[1])):
            return dict(zip(("first", "last"), bounds, strict=True)) | {"source": row["source"]}
    return {}


def _of_chart(environment: Environment, chart: Resource) -> Json:
    name, url = chart_name(chart), text(chart.properties, "Repository").rstrip("/")
    add_ons = beside(environment, chart, ADD_ON)
    same = [each for each in add_ons if text(each.properties, "AddonName") == name]
    values = told(chart)
    where = text(chart.properties, "Namespace") or "default"
    account = text(values, "serviceAccount", "name") or "default"
    thing = (chart.cluster_key, where), "ServiceAccount", account
    given = [(each.place, each.name) for each in pod_roles.grants(environment) if not each.web]
    count = number(values, "replicaCount")
    return {
        **chart.properties,
        **_bounds(name, text(chart.properties, "Version")),
        "Values": values,
        "name": name,
        "minor": minor_for(chart),
        "regions": [region]
        if (region := chart.scope.stack.region) and "${" not in region
        else None,
        "published": TABLE["published"].get(name),
        "home": right_home(url, name),
        "near": nearest(name, _CHARTS, 0.9) if url in HOMES and name not in _CHARTS else "",
        "add_on": same[0].path if same and known(name) else "",
        "account": account,
        "made": thing in by_name(environment),
        "has_account": thing in by_name(environment) or not known([where, account]),
        "paired": (thing[0], account) in given,
        "most_kept": count - 1 if count else None,
        **of_controller(environment, chart, values),
        "without_metadata": _without_metadata(environment, chart),
    }


def _without_metadata(environment: Environment, chart: Resource) -> bool:
    """Tell whether pods may run where they can't reach the instance metadata service."""
    groups = [*beside(environment, chart, NODE_GROUP)]
    path = "LaunchTemplateData", "MetadataOptions", "HttpPutResponseHopLimit"
    templates = [template_of(environment, group) for group in groups]
    one_hop = any(text(each.properties, *path) == "1" for each in templates if each)
    return one_hop or (not groups and any(beside(environment, chart, PROFILE)))


@rule("VERSION17")
def _of_another_cluster(environment: Environment) -> Iterator[Finding]:
    for chart in environment.resources(CHART):
        cluster = chart.cluster
        for path, what in TABLE["values"].get(chart_name(chart), {}).items() if cluster else ():
            value = look_up(told(chart), *path.split("."))
            if value and cluster and _is_another(environment, what, value, cluster):
                detail = f"It is {value}, not that of {cluster.path}."
                yield breach(chart, "Values", f"Values.{path}", detail)


def _is_another(environment: Environment, what: str, value: object, cluster: Resource) -> bool:
    """Tell whether a value is surely not that of the cluster."""
    found = environment.target(value)
    match what:
        case "cluster":
            name = look_up(cluster.properties, "Name")
            other = found is not None and found.kind == CLUSTER and found != cluster
            return other or (known([name, value]) and isinstance(name, str) and name != value)
        case "region":
            region = cluster.scope.stack.region
            return known(value) and bool(region) and "${" not in region and value != region
        case _:
            vpc = vpc_of_cluster(environment, cluster)
            ours = {vpc.node} if vpc else set()
            return bool(ours) and ((found is not None and found.node not in ours) or known(value))


@rule("NODES6")
def _wrong_configuration(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        value, name = add_on.properties.get(HELD[ADD_ON]), text(add_on.properties, "AddonName")
        # vpc-cni has rules of its own.
        for what, detail in _wrong_settings(value, name) if value and name != "vpc-cni" else ():
            yield breach(add_on, HELD[ADD_ON], what, detail)


def _wrong_settings(value: object, name: str) -> Iterator[tuple[str, str]]:
    try:
        found = structured(value, or_yaml=True)
    except ValueError as error:
        if known(value):
            yield "unreadable", f"It is neither JSON nor YAML: {error}."
        return
    fields = _FIELDS.get(name, {})
    if not isinstance(found, Mapping | Unknown | type(None)):
        yield "no object", f"It is {text(value)!r}, which is no object."
    for key, inner in mapping(found).items() if fields else ():
        meant = nearest(text(key), [*fields], 0.5)
        kind = next((word for kind, word in _TYPES.items() if isinstance(inner, kind)), "null")
        if meant and key not in fields:
            yield str(key), f"{name} has no field {key}, but {meant}."
        elif key in fields and kind not in (fields[key], "null") and known(inner):
            yield str(key), f"{name} takes {fields[key]} for {key}, not {inner!r}."
