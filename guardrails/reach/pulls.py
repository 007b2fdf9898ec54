"""Where pods run, and the registries that their images come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ADD_ON, CLUSTER, NODE_GROUP, PROFILE
from assembly.links import cluster_of, template_of
from assembly.user_data import user_data
from guardrails.reach.hops import stop
from guardrails.reach.model import INTERNET, Walk, walks
from guardrails.reach.places import Place
from guardrails.rule import Finding
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, pods
from kube.values import known, look_up, text

HOST = re.compile(r"(?P<host>localhost|[^/:]+(?:[.:][^/]*))/.+")
"""The host of an image's name; one without comes from Docker Hub (distribution/reference, "normalize")."""
ECR = re.compile(r"\d{12}\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\..+")
INSIDE = re.compile(
    r"[^.]+(:\d+)?|[\d.]+(:\d+)?|.+\.(internal|local|lan|corp|home|intranet)(:\d+)?"
)
"""Hosts that only a network of one's own can have: addresses, and names that the internet has not."""
USER_DATA = ("LaunchTemplateData", "UserData")
PROXY = re.compile(r"(?i)\bhttps?[-_]?proxy\b")


@indexed
def _walks(environment: Environment) -> tuple[Walk, ...]:
    return tuple(each for each in walks(environment) if each.subnet)


def starts(environment: Environment, template: Pods) -> Sequence[Walk]:
    """Return where the connections of pods start: on Fargate, in pod subnets, or on nodes."""
    of_cluster = _of_cluster(environment, template)
    nodes = ADD_ON if any(each.place.kind == ADD_ON for each in of_cluster) else NODE_GROUP
    kind = PROFILE if runs_on_fargate(environment, template) else nodes
    return [each for each in of_cluster if each.place.kind == kind]


def _of_cluster(environment: Environment, template: Pods) -> Sequence[Walk]:
    cluster = cluster_of(environment, template.owner.resource)
    return [each for each in _walks(environment) if each.place.cluster == cluster]


def _pulling(environment: Environment, template: Pods) -> Sequence[Walk]:
    """Return where the images of pods are pulled: by nodes, not in pod subnets."""
    of_cluster = _of_cluster(environment, template)
    kind = PROFILE if runs_on_fargate(environment, template) else NODE_GROUP
    # Without a group or a class there are the nodes of Auto Mode's own class, in the cluster's subnets.
    found = [each for each in of_cluster if each.place.kind == kind]
    return found or [each for each in of_cluster if each.place.kind == CLUSTER]


def out_of_reach(environment: Environment) -> Iterator[Finding]:
    """Yield the images of pods in registries that no node of theirs reaches."""
    for template in pods(environment):
        region = template.owner.resource.scope.stack.region
        images = dict.fromkeys(text(each, "image") for each in template.all_containers)
        far = {x: host for x in images if (host := _far(x, region))}
        walks = _pulling(environment, template) if far else ()
        ways = [
            each.to(INTERNET).way for each in walks if not _asks_a_proxy(environment, each.place)
        ]
        stops = [hop for hop in map(stop, ways) if hop and hop.finding]
        for image, host in far.items() if stops and len(stops) == len(walks) else ():
            yield template.finding(image, f"Nothing leads from {walks[0].place.name} to {host}.")


def _far(image: str, region: str) -> str:
    """Return the registry of an image if only the internet leads there, else an empty text."""
    if not image or not known(image) or "${" in image:
        return ""
    found = HOST.fullmatch(image)
    host = found["host"] if found else "docker.io"
    ecr = ECR.fullmatch(host)
    if ecr is not None:
        return host if known(region) and region and ecr["region"] != region else ""
    return "" if INSIDE.fullmatch(host) else host


def _asks_a_proxy(environment: Environment, place: Place) -> bool:
    """Tell whether nodes ask a proxy, as their user data or their class says, or may ask one."""
    template = template_of(environment, place.resource)
    if template is None:
        return PROXY.search(str(place.resource.properties)) is not None
    written, said = user_data(template), look_up(template.properties, *USER_DATA)
    return said not in (None, "") if written is None else PROXY.search(written) is not None
