"""Whether charts can be found, stay the same and fit their cluster, by the tables of compatibility.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CHART, CLUSTER, NODE_GROUP, PROFILE
from assembly.links import beside, cluster_key, cluster_of, template_of
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rule import Finding, breach, rule
from guardrails.rules.compatibility import TABLE
from guardrails.rules.presence import chart_name
from guardrails.rules.versions import versions
from guardrails.rules.workloads import by_name
from kube.values import flag, known, look_up, mapping, text, unsure

_EXACT = re.compile(r"v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")

_CHARTS = [each for charts in TABLE["repositories"].values() for each in charts]


@rule("VERSION15")
def _moving_charts(environment: Environment) -> Iterator[Finding]:
    for chart in environment.resources(CHART):
        version = text(chart.properties, "Version")
        exact = bool(_EXACT.fullmatch(version)) or not known(version)
        if chart.properties.get("ChartAssetURL") is None and not exact:
            detail = f"{chart.path} asks for {version or 'no version'}."
            yield breach(chart, "Version", version or "no version", detail)


@rule("VERSION16")
def _repositories(environment: Environment) -> Iterator[Finding]:
    for chart in environment.resources(CHART):
        url, name = text(chart.properties, "Repository"), text(chart.properties, "Chart")
        if not known([url, name]) or chart.properties.get("ChartAssetURL") is not None:
            continue
        detail = ""
        if url.startswith("http://"):
            detail = "Over plain HTTP anybody on the way can replace the chart, which runs as administrator."
        elif url and not url.startswith(("https://", "oci://")):
            detail = "Helm takes repositories by https:// or oci://."
        elif not url and name and "://" not in name:
            detail = f"Helm looks for a folder named {name}."
        homes = [home for home, charts in TABLE["repositories"].items() if name in charts]
        if homes and url.rstrip("/") in TABLE["repositories"] and url.rstrip("/") not in homes:
            detail = f"{url} doesn't have {name}; {homes[0]} does."
        if detail:
            yield breach(chart, "Repository", url or "no repository", detail)
        if name not in _CHARTS and (near := get_close_matches(name, _CHARTS, 1, 0.9)):
            yield breach(chart, "Chart", name, f"Is it {near[0]}?")


@rule("VERSION17")
def _values(environment: Environment) -> Iterator[Finding]:
    for chart in environment.resources(CHART):
        rows = [row for row in TABLE["charts"] if row["chart"] == chart_name(chart)]
        try:
            values = structured(chart.properties.get("Values"))
        except ValueError:
            continue
        account = mapping(values, "serviceAccount")
        where, name = (
            text(*at) or "default" for at in ((chart.properties, "Namespace"), (account, "name"))
        )
        thing = (cluster_key(environment, chart), where), "ServiceAccount", name
        is_there = thing in by_name(environment) or not known([where, name])
        if flag(account, "create", default=True) is False and not is_there:
            detail = f"Nothing makes the ServiceAccount {name}: its pods don't start."
            yield breach(chart, "Values", "serviceAccount.create", detail)
        cluster = cluster_of(environment, chart)
        for row in rows if cluster and not unsure(values) else ():
            value = look_up(values, *row["value"].split("."))
            if value in (None, ""):
                needed = not row.get("without_metadata") or _without_metadata(
                    environment, chart, values
                )
                if needed and not look_up(values, row.get("or", "-")):
                    yield breach(chart, "Values", row["value"], f"It is not set: {row['why']}.")
            elif cluster and _is_another(environment, row["is"], value, cluster):
                detail = f"It is {value}, not that of {cluster.path}: {row['why']}."
                yield breach(chart, "Values", row["value"], detail)


def _without_metadata(environment: Environment, chart: Resource, values: object) -> bool:
    """Tell whether pods of a chart may run where they can't reach the instance metadata service."""
    groups = [*beside(environment, chart, NODE_GROUP)]
    options = (
        mapping(template.properties, "LaunchTemplateData", "MetadataOptions")
        for template in (template_of(environment, group) for group in groups)
        if template is not None
    )
    one_hop = any(text(each, "HttpPutResponseHopLimit") == "1" for each in options)
    fargate = not groups and any(beside(environment, chart, PROFILE))
    return (one_hop or fargate) and look_up(values, "hostNetwork") is not True


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
            network = look_up(cluster.properties, "ResourcesVpcConfig", "SubnetIds")
            subnets = environment.targets(network)
            vpcs = [each.properties.get("VpcId") for each in subnets]
            ours = {each.node for vpc in vpcs for each in environment.targets(vpc)}
            return bool(ours) and ((found is not None and found.node not in ours) or known(value))


@rule("VERSION18")
def _third_parties(environment: Environment) -> Iterator[Finding]:
    for chart, minor in versions(environment, CHART, ADD_ON):
        name = text(chart.properties, "AddonName") or chart_name(chart)
        version = text(chart.properties, "AddonVersion") or text(chart.properties, "Version")
        parts = re.match(r"v?(\d+\.\d+)\.", version if known(version) else "")
        for row in (each for each in TABLE["kubernetes"] if each["chart"] == name):
            bounds = row["releases"].get(parts[1]) if parts else None
            if bounds and not bounds[0] <= minor <= bounds[1]:
                detail = f"It is for 1.{bounds[0]} to 1.{bounds[1]}; the cluster runs 1.{minor}. {row['source']}"
                path = "AddonVersion" if chart.kind == ADD_ON else "Version"
                yield breach(chart, path, f"{name} {version}", detail)


@rule("VERSION22")
def _twice(environment: Environment) -> Iterator[Finding]:
    taken: dict[object, Resource] = {}
    for chart in environment.resources(CHART):
        release, where = text(chart.properties, "Release"), text(chart.properties, "Namespace")
        key = cluster_key(environment, chart), release, where or "default"
        other = taken.setdefault(key, chart)
        name = chart_name(chart)
        add_ons = beside(environment, chart, ADD_ON)
        same = [each for each in add_ons if text(each.properties, "AddonName") == name]
        if other != chart and known([release, where]):
            detail = f"{other.path} installs a release of this name."
            yield breach(chart, "Release", release, detail)
        elif same and known(name):
            yield breach(chart, "Chart", name, f"{same[0].path} installs it as an add-on.")
