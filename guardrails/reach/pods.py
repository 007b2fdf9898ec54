"""Where pods run, the registries of their images, and what those of charts and add-ons call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CLUSTER, NODE_GROUP, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import template_of
from assembly.user_data import user_data
from guardrails.reach.filters import OUTSIDE
from guardrails.reach.hops import Way, stop, walked
from guardrails.reach.isolation import crossed
from guardrails.reach.model import API_SERVER, INTERNET, Walk, walks
from guardrails.reach.places import DATA, Place, needs_of
from guardrails.rule import Finding
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, components, pods
from kube.network_policies import EGRESS, Port, Side
from kube.platform_pods import PLATFORM_PODS
from kube.values import flag, known, look_up, text

HOST = re.compile(r"(?P<host>localhost|[^/:]+(?:[.:][^/]*))/.+")
"""The host of an image's name; one without comes from Docker Hub (distribution/reference, "normalize")."""
ECR = re.compile(r"\d{12}\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\..+")
INSIDE = re.compile(
    r"[^.]+(:\d+)?|[\d.]+(:\d+)?|.+\.(internal|local|lan|corp|home|intranet)(:\d+)?"
)
"""Hosts that only a network of one's own can have: addresses, and names that the internet has not."""
PULLED = ("ecr.api", "ecr.dkr", "s3")
"""What the node calls for its pods: it pulls the images."""
USER_DATA = ("LaunchTemplateData", "UserData")
ELSEWHERE = re.compile(r"(?i)\bhttps?[-_]?proxy\b|\bmirrors\b|\bcerts\.d\b|\bhosts\.toml\b")
"""How user data, or a class, names a proxy, or a mirror (bottlerocket.dev, "container-registry"; containerd,
docs/hosts.md)."""


@indexed
def _walks(environment: Environment) -> tuple[Walk, ...]:
    return tuple(each for each in walks(environment) if each.subnet)


def starts(environment: Environment, template: Pods) -> Sequence[Walk]:
    """Return where the connections of pods start: on Fargate, in pod subnets, or on nodes."""
    of_cluster = _of_cluster(environment, template)
    nodes = ADD_ON if any(each.place.kind == ADD_ON for each in of_cluster) else NODE_GROUP
    nodes = NODE_GROUP if flag(template.spec, "hostNetwork") else nodes
    kind = PROFILE if runs_on_fargate(environment, template) else nodes
    return [each for each in of_cluster if each.place.kind == kind]


def _of_cluster(environment: Environment, template: Pods) -> Sequence[Walk]:
    cluster = template.owner.resource.cluster
    return [each for each in _walks(environment) if each.place.cluster == cluster]


def _pulling(environment: Environment, template: Pods) -> Sequence[Walk]:
    """Return where the images of pods are pulled: by nodes, not in pod subnets."""
    of_cluster = _of_cluster(environment, template)
    kind = PROFILE if runs_on_fargate(environment, template) else NODE_GROUP
    # Without a group or a class there are the nodes of Auto Mode's own class, in the cluster's subnets.
    found = [each for each in of_cluster if each.place.kind == kind]
    return found or [each for each in of_cluster if each.place.kind == CLUSTER]


def of_components(environment: Environment) -> Iterator[tuple[Pods, Sequence[str]]]:
    """Yield the pods of charts and add-ons that call others, with what they call."""
    rows = grouped((row["of"], row) for row in PLATFORM_PODS)
    for component, name, where in components(environment):
        every = rows.get(name, [{"name": name, "labels": {}}])
        # What runs on every node calls nothing beside it where a controller does.
        callers = [each for each in every if each.get("kind") != "DaemonSet"] or every
        asked = () if name in DATA["without_api_server"] else (API_SERVER,)
        needs = (*dict.fromkeys(needs_of(name)), *asked)
        for row in callers:
            owner = KubernetesObject(
                resource=component, content={}, kind="Pod", name=row["name"], namespace=where
            )
            spec = {"hostNetwork": name in DATA["on_the_host"]}
            yield Pods(owner=owner, labels=row["labels"], annotations={}, spec=spec), needs


def way_of(environment: Environment, template: Pods, walk: Walk, target: str) -> Way:
    """Return the way of pods to a service, the API server or the internet, by what binds them."""
    other = target, Side(network=OUTSIDE if target == INTERNET else None)
    free = target in PULLED or flag(template.spec, "hostNetwork")
    policies = () if free else crossed(environment, template, EGRESS, other, Port(number=443))
    return walked([*policies, *walk.to(target).way])


def out_of_reach(environment: Environment) -> Iterator[Finding]:
    """Yield the images of pods in registries that no node of theirs reaches."""
    for template in pods(environment):
        region = template.owner.resource.scope.stack.region
        images = dict.fromkeys(text(each, "image") for each in template.all_containers)
        far = {x: host for x in images if (host := _far(x, region))}
        walks = _pulling(environment, template) if far else ()
        ways = [
            each.to(INTERNET).way for each in walks if not _asks_another(environment, each.place)
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


def _asks_another(environment: Environment, place: Place) -> bool:
    """Tell whether nodes ask a proxy or a mirror, as their user data or class says, or may ask one."""
    template = template_of(environment, place.resource)
    if template is None:
        return ELSEWHERE.search(str(place.resource.properties)) is not None
    written, said = user_data(template), look_up(template.properties, *USER_DATA)
    return said not in (None, "") if written is None else ELSEWHERE.search(written) is not None
