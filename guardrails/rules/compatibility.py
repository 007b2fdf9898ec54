"""Whether node groups and add-ons fit their cluster, by the tables of compatibility.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from assembly.environment import Environment
from assembly.kinds import ADD_ON, NODE_GROUP
from assembly.links import template_of
from assembly.resource import Resource
from capacity.instance_types import UnknownInstanceTypeError, instance_type
from constructs_lib.specs.kubernetes_versions import RELEASES
from guardrails.rule import Finding, breach, rule
from guardrails.rules.presence import reached
from guardrails.rules.versions import NODES_BEHIND, versions
from guardrails.support_calendar import minor_of
from kube.values import items, known, mapping, number, table, text

TABLE: Mapping[str, Any] = table(__file__, "compatibility.yaml")
_NAMES: list[str] = TABLE["add_ons"]["names"]
_ADD_ON_VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")
WHOLE = 100
"""Percent."""


def why_not(name: str, version: str, minor: int) -> str:
    """Return why an add-on can't run with a Kubernetes version, empty where it may."""
    if name not in _NAMES:
        close = get_close_matches(name.lower(), _NAMES, n=1, cutoff=0.85)
        return f"EKS has no add-on {name}; it has {close[0]}." if close else ""
    if version and not _ADD_ON_VERSION.fullmatch(version):
        return f"{version} is no version of an add-on: those are like v1.21.1-eksbuild.8."
    proxy = minor_of(version)
    if name == "kube-proxy" and proxy and not minor - NODES_BEHIND <= proxy <= minor:
        return f"kube-proxy 1.{proxy} must not be newer than 1.{minor}, nor three minors older."
    tested = minor_of(_tested(name, minor))
    behind = tested - proxy if tested and proxy else 0
    if behind >= TABLE["add_ons"]["too_old"].get(name, WHOLE):
        return f"{version} is {behind} minor versions older than what runs with 1.{minor}."
    return ""


@rule("VERSION10")
def _impossible_add_ons(environment: Environment) -> Iterator[Finding]:
    for add_on, name, version, minor in _add_ons(environment):
        if detail := why_not(name, version, minor):
            yield breach(add_on, "AddonVersion", f"{name} {version}".rstrip(), detail)


@rule("VERSION5")
def _untried_add_ons(environment: Environment) -> Iterator[Finding]:
    for add_on, name, version, minor in _add_ons(environment):
        seen = _tested(name, minor)
        # A build of the same upstream version differs in its base image only.
        untried = seen and version and version.split("-")[0] != seen.split("-")[0]
        # Add-ons of the Marketplace have the name of their vendor before an underscore.
        nobodys = name and name not in _NAMES and "_" not in name
        if (untried or nobodys) and not why_not(name, version, minor):
            tested = f"tested version is {seen}" if seen else "tables have no such add-on"
            detail = f"The cluster runs 1.{minor}; the {tested}."
            yield breach(add_on, "AddonVersion", f"{name} {version}".rstrip(), detail)


def _add_ons(environment: Environment) -> Iterator[tuple[Resource, str, str, int]]:
    for each, minor in versions(environment, ADD_ON):
        name, version = (text(each.properties, f"Addon{field}") for field in ("Name", "Version"))
        if known([name, version]):
            yield each, name, version, minor


def _tested(name: str, minor: int) -> str:
    release = RELEASES.get(f"1.{minor}")
    return release.add_ons.get(name, "") if release else ""


@rule("VERSION11")
def _releases(environment: Environment) -> Iterator[Finding]:
    for group, minor in versions(environment, NODE_GROUP):
        release, image = (text(group.properties, key) for key in ("ReleaseVersion", "AmiType"))
        wanted = minor_of(text(group.properties, "Version")) or minor
        if not release or not known([release, image]):
            continue
        shape = r"\d+\.\d+\.\d+-[0-9a-f]{8}" if "BOTTLEROCKET" in image else r"1\.\d+(\.\d+)?-\d{8}"
        if not re.fullmatch(shape, release):
            detail = f"No release of {image or 'an AMI'} has such a name."
            yield breach(group, "ReleaseVersion", release, detail)
        elif "BOTTLEROCKET" not in image and minor_of(release) != wanted:
            detail = f"It is a release for 1.{minor_of(release)}; the nodes are to run 1.{wanted}."
            yield breach(group, "ReleaseVersion", release, detail)


@rule("VERSION12")
def _refused(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        template = template_of(environment, group)
        data = mapping(template.properties, "LaunchTemplateData") if template else {}
        image, given = text(group.properties, "AmiType"), group.properties.get("LaunchTemplate")
        there = {
            *(["template"] if given is not None else []),
            *(["image"] if data.get("ImageId") is not None else []),
            *(["InstanceType"] if data.get("InstanceType") is not None else []),
            *(["CUSTOM"] if image == "CUSTOM" else []),
        }
        for row in TABLE["node_groups"]:
            holder = template if row["in"] == "template" else group
            values = data if row["in"] == "template" else group.properties
            found = [value for _, value in reached(values, row["path"])]
            judged = row.get("with", "template") in there and row.get("except", "-") not in found
            if holder and judged and bool(found) is not row.get("lacks", False):
                path = row["path"] if holder == group else f"LaunchTemplateData/{row['path']}"
                yield breach(holder, path, row["path"], f"{group.path}: {row['why']}.")


@rule("VERSION14")
def _all_at_once(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        wanted = number(group.properties, "ScalingConfig", "DesiredSize")
        for name, most in (("MaxUnavailable", wanted), ("MaxUnavailablePercentage", WHOLE)):
            count = number(group.properties, "UpdateConfig", name)
            # One node is always all of them.
            if wanted != 1 and count is not None and most is not None and count >= most:
                unit = " %" if most is WHOLE else ""
                detail = (
                    f"{group.path} may update {count}{unit} of {wanted or 'its'} nodes at once."
                )
                yield breach(group, f"UpdateConfig/{name}", f"{count}{unit}", detail)


@rule("VERSION23")
def _instance_types(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        for name in filter(known, items(group.properties, "InstanceTypes")):
            try:
                instance_type(str(name))
            except UnknownInstanceTypeError as error:
                # Of a family that the data doesn't have it isn't known.
                if f" {str(name).partition('.')[0]}." in error.fix:
                    yield breach(group, "InstanceTypes", str(name), error.fix)


@rule("VERSION20")
def _followed(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        template = template_of(environment, group)
        version = mapping(group.properties, "LaunchTemplate").get("Version")
        attribute = getattr(version, "attribute", "")
        fixed = version is None or known(version) or attribute == "DefaultVersionNumber"
        if template and fixed:
            value = "DefaultVersionNumber" if attribute else str(version or "no version")
            detail = f"{group.path} uses {value} of {template.path}."
            yield breach(group, "LaunchTemplate/Version", value, detail)
