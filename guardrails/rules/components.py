"""Add-ons and charts: their names, their namespaces, and what they are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CHART
from assembly.resource import Resource
from assembly.structured import structured
from kube.values import Unknown, table, text

HELD = {CHART: "Values", ADD_ON: "ConfigurationValues"}
"""The property that says something of the pods of charts and add-ons."""
NAMESPACES: Mapping[str, str] = table(__file__)["namespaces"]
"""The namespaces of add-ons that EKS installs outside kube-system."""


def components(environment: Environment) -> Iterator[tuple[Resource, str, str]]:
    """Yield every chart and add-on with its name and its namespace."""
    for each in environment.resources(ADD_ON, CHART):
        name = name_of(each)
        if each.kind == CHART:
            yield each, name, text(each.properties, "Namespace") or "default"
        else:
            chosen = text(each.properties, "NamespaceConfig", "Namespace")
            yield each, name, chosen or NAMESPACES.get(name, "kube-system")


def name_of(component: Resource) -> str:
    """Return the name of a chart or an add-on."""
    return (
        chart_name(component)
        if component.kind == CHART
        else text(component.properties, "AddonName")
    )


def chart_name(chart: Resource) -> str:
    """Return the name of a chart; one from an OCI registry has it at the end of its address."""
    named = text(chart.properties, "Chart") or text(chart.properties, "Repository")
    # What isn't known stays so.
    return (named.rstrip("/") if named.endswith("/") else named).rpartition("/")[2]


def told(component: Resource) -> object:
    """Return what a chart or an add-on is told, unknown where that can't be read."""
    held = HELD[component.kind]
    try:
        return structured(component.properties.get(held), or_yaml=True)
    except ValueError:
        return Unknown(f"${{{held}}}")
