"""What runs in the clusters of an environment: pods and what selects them, add-ons and charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CHART, MANIFEST
from assembly.kubernetes_object import KubernetesObject
from assembly.links import objects_beside
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rule import Finding, breach, found
from kube.fargate import DEFAULT_CLASS
from kube.pods import TEMPLATES, PodTemplate, pod_template
from kube.scheduling import tolerating
from kube.selectors import matches, may_match
from kube.values import (
    Json,
    Unknown,
    dicts,
    items,
    known,
    look_up,
    mapping,
    several,
    table,
    text,
    unsure,
)

SERVERS = ("Deployment", "StatefulSet")
"""Kinds whose pods answer others: they must survive the loss of a node."""
CONTROLLERS = (*SERVERS, "DaemonSet", "ReplicaSet")
"""Kinds that keep pods running, which they find by a selector."""
EBS = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
"""Provisioners of EBS volumes."""
HELD = {CHART: "Values", ADD_ON: "ConfigurationValues"}
"""The property that says something of the pods of charts and add-ons."""
NAMESPACES: Mapping[str, str] = table(__file__)["namespaces"]
"""The namespaces of add-ons that EKS installs outside kube-system."""

Place = tuple[object, str]
"""A namespace of a cluster."""
ANYWHERE = ""
"""Stands for the namespaces that only a deploy knows; no object is in a namespace of this name."""
ALL, UNCLEAR = (("", mark) for mark in ("all", "unclear"))
"""Stand for a label of all pods, and of those with labels that aren't known; none has no key."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pods(PodTemplate):
    """The pods of one object."""

    owner: KubernetesObject

    @property
    def name(self) -> str:
        """Return the kind and the name of what makes them."""
        return f"{self.owner.kind}/{self.owner.name}"

    @property
    def containers(self) -> Sequence[Json]:
        """Return the containers that run together, those that only prepare left out."""
        return dicts(self.spec, "containers")

    @property
    def is_read(self) -> bool:
        """Tell whether the templates say which containers there are."""
        containers = look_up(self.spec, "containers")
        return not unsure(containers, *items(containers))

    @property
    def all_containers(self) -> Sequence[Json]:
        """Return every container."""
        return [*dicts(self.spec, "initContainers"), *self.containers]

    def finding(self, value: str, detail: str = "", fix: str = "", at: str = "") -> Finding:
        """Return a finding about them; `at` is a field below their specification."""
        if (held := HELD.get(self.owner.resource.kind)) is not None:
            named = f"{self.name} {value}"
            return breach(self.owner.resource, held, named, detail, fix=fix)
        field = f"{self.path}.{at}" if at else ""
        return found(self.owner, value, detail, fix=fix, field=field)


def pods(environment: Environment, *kinds: str) -> Iterator[Pods]:
    """Yield the pods of every object of these kinds, or of every kind that makes pods."""
    return (each for each in _pods(environment) if not kinds or each.owner.kind in kinds)


@indexed
def unreadable(environment: Environment) -> Sequence[tuple[Resource, str, str]]:
    """Return the texts for kubectl that can't be read, and what is wrong; empty where a deploy decides."""
    every = []
    for each in environment.resources(MANIFEST, CHART):
        name = HELD.get(each.kind, "Manifest")
        value = each.properties.get(name)
        try:
            if unsure(*several({"": structured(value)}, "")):
                every.append((each, name, ""))
        except ValueError as error:
            every.append((each, name, str(error) if known(value) else ""))
    return every


@indexed
def unclear(environment: Environment) -> set[object]:
    """Return the clusters to which a deploy may apply objects or pods that nobody knows yet."""
    every = [each for each, name, _ in unreadable(environment) if name == "Manifest"]
    every += [
        each.resource
        for each in environment.kubernetes_objects()
        if not known([each.kind, each.name, each.namespace])
        or unsure(look_up(each.content, *TEMPLATES.get(each.kind, ()), "spec"))
    ]
    return {each.cluster_key for each in every}


def components(environment: Environment) -> Iterator[tuple[Resource, str, str]]:
    """Yield every chart and add-on with its name and its namespace."""
    for each in environment.resources(ADD_ON, CHART):
        yield each, component_name(each), namespace_of(each)


def component_name(component: Resource) -> str:
    """Return the name of a chart or an add-on."""
    return text(component.properties, "AddonName") or chart_name(component)


def namespace_of(component: Resource) -> str:
    """Return the namespace of a chart or an add-on."""
    said, name = component.properties, component_name(component)
    usual = "default" if component.kind == CHART else NAMESPACES.get(name, "kube-system")
    return text(said, "Namespace") or text(said, "NamespaceConfig", "Namespace") or usual


def chart_name(chart: Resource) -> str:
    """Return the name of a chart; one from an OCI registry has it at the end of its address."""
    named = text(chart.properties, "Chart") or text(chart.properties, "Repository")
    # `rstrip` alone would make a plain text of an unknown one.
    return (named.rstrip("/") if named.endswith("/") else named).rpartition("/")[2]


def told(component: Resource) -> object:
    """Return what a chart or an add-on is told, unknown where that can't be read."""
    held = HELD[component.kind]
    try:
        return structured(component.properties.get(held), or_yaml=True)
    except ValueError:
        return Unknown(f"${{{held}}}")


def pods_in(environment: Environment, where: Place) -> Sequence[Pods]:
    """Return the pods of a namespace."""
    return _by_label(environment).get((where, ALL), [])


def namespace(item: KubernetesObject) -> str:
    """Return the namespace of an object."""
    return item.namespace or "default"


@indexed
def by_name(environment: Environment) -> Mapping[tuple[Place, str, str], KubernetesObject]:
    """Return the objects by their places, kinds and names."""
    return {each.named: each for each in environment.kubernetes_objects()}


def object_at(
    environment: Environment, cluster: object, kind: str, name: str, space: str = "default"
) -> KubernetesObject | None:
    """Return an object of a cluster; what is in no namespace is indexed in the default one."""
    return by_name(environment).get(((cluster, space), kind, name))


def is_default(item: KubernetesObject) -> bool:
    """Tell whether a StorageClass is that of claims that name none."""
    return text(item.annotations, DEFAULT_CLASS) == "true"


def class_of(environment: Environment, claim: KubernetesObject) -> KubernetesObject | None:
    """Return the StorageClass that makes the volume of a claim: the default if it names neither, none by "".

    Source: Kubernetes, "Persistent Volumes", "Class".
    """
    wanted = look_up(claim.spec, "storageClassName")
    for each in objects_beside(environment, claim.resource, "StorageClass"):
        usual = is_default(each) and "volumeName" not in claim.spec
        if usual if wanted is None else each.name == wanted:
            return each
    return None


def selected(
    environment: Environment, item: KubernetesObject, selector: object, *, surely: bool = True
) -> Sequence[Pods]:
    """Return the pods in an object's namespace that a label selector takes.

    Not `surely` are also those that it may take once the deploy fills in what isn't known.
    """
    cluster, name = item.place
    takes, names = (matches, (name,)) if surely else (may_match, (name, ANYWHERE))
    every = (each for where in names for each in _narrowed(environment, (cluster, where), selector))
    return [*dict.fromkeys(each for each in every if takes(selector, each.labels))]


def served(
    environment: Environment, service: KubernetesObject, *, surely: bool = True
) -> Sequence[Pods]:
    """Return the pods that a Service sends to."""
    selector = {"matchLabels": service.spec.get("selector")}
    return selected(environment, service, selector, surely=surely)


def _narrowed(environment: Environment, where: Place, selector: object) -> Sequence[Pods]:
    """Return few pods of a namespace among which are all that a selector takes."""
    index = _by_label(environment)
    wanted = [each for each in mapping(selector, "matchLabels").items() if known(each)]
    if not wanted:
        return index.get((where, ALL), [])
    fewest = min((index.get((where, (key, text(value))), []) for key, value in wanted), key=len)
    return [*fewest, *index.get((where, UNCLEAR), [])]


@indexed
def _pods(environment: Environment) -> Sequence[Pods]:
    every = ((item, pod_template(item.content)) for item in environment.kubernetes_objects())
    found = [Pods(owner=item, **vars(each)) for item, each in every if each is not None]
    daemon = "DaemonSet"
    return [x if x.owner.kind == daemon else replace(x, spec=tolerating(x.spec)) for x in found]


@indexed
def _by_label(environment: Environment) -> Mapping[tuple[Place, tuple[str, str]], list[Pods]]:
    return grouped(
        (((cluster, where), label), each)
        for each in _pods(environment)
        for cluster, name in [each.owner.place]
        for where in ((name,) if known(name) else (name, ANYWHERE))
        for label in (ALL, *_own(each.labels))
    )


def _own(labels: Json) -> Iterator[tuple[str, str]]:
    own = ((str(key), text(value)) for key, value in labels.items())
    return own if known(labels) else iter([UNCLEAR])
