"""The Kubernetes objects of an environment as their rules see them: pods, and who selects them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key, cluster_of
from assembly.resource import Resource
from guardrails.rule import Family, Finding
from kube.pods import PodTemplate, pod_template
from kube.selectors import matches, may_match
from kube.values import Json, dicts, items, known, mapping, text

KUBERNETES = Family("Kubernetes objects")
LOCATION = "Properties/Manifest"

SERVERS = ("Deployment", "StatefulSet")
"""Kinds whose pods answer others: they must survive the loss of a node."""
CONTROLLERS = (*SERVERS, "DaemonSet", "ReplicaSet")
"""Kinds that keep pods running, which they find by a selector."""
EBS = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
"""Provisioners of EBS volumes."""

Place = tuple[object, str]
"""A namespace of a cluster."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pods:
    """The pods of one object."""

    owner: KubernetesObject
    template: PodTemplate

    @property
    def spec(self) -> Json:
        """Return the specification of each pod."""
        return self.template.spec

    @property
    def containers(self) -> Sequence[Json]:
        """Return the containers that run together, those that only prepare left out."""
        return dicts(self.spec, "containers")

    @property
    def all_containers(self) -> Sequence[Json]:
        """Return every container."""
        return [*dicts(self.spec, "initContainers"), *self.containers]


def pods(environment: Environment, *kinds: str) -> Iterator[Pods]:
    """Yield the pods of every object of these kinds, or of every kind that makes pods."""
    for each in _pods(environment):
        if not kinds or each.owner.kind in kinds:
            yield each


def namespace(item: KubernetesObject) -> str:
    """Return the namespace of an object."""
    return item.namespace or "default"


def place(environment: Environment, item: KubernetesObject) -> Place:
    """Return the cluster and the namespace of an object."""
    return cluster_key(environment, item.resource), namespace(item)


def version_of(environment: Environment, resource: Resource) -> str:
    """Return the Kubernetes version of a resource's cluster, or latest where nobody says it."""
    cluster = cluster_of(environment, resource)
    version = text(cluster.properties, "Version") if cluster else ""
    return version if version and known(version) else "latest"


def found(item: KubernetesObject, value: str = "", *, detail: str = "") -> Finding:
    """Return a finding about an object; `value` is what offends in it."""
    return Finding(
        resource=item.resource,
        value=f"{item.kind}/{item.name} {value}".rstrip(),
        location=LOCATION,
        detail=detail,
    )


def selected(
    environment: Environment, item: KubernetesObject, selector: object, *, surely: bool = True
) -> Sequence[Pods]:
    """Return the pods in an object's namespace that a label selector takes.

    Not `surely` are also those that it may take once the deploy fills in what isn't known.
    """
    cluster, name = place(environment, item)
    index = _by_place(environment)
    takes = matches if surely else may_match
    names = (name,) if surely else (name, ANYWHERE)
    found = [
        each
        for where in ((cluster, each) for each in names)
        if where in index
        for each in index[where].narrowed(selector)
        if takes(selector, each.template.labels)
    ]
    return [*dict.fromkeys(found)]


def served(
    environment: Environment, service: KubernetesObject, *, surely: bool = True
) -> Sequence[Pods]:
    """Return the pods that a Service sends to."""
    selector = {"matchLabels": service.spec.get("selector")}
    return selected(environment, service, selector, surely=surely)


ANYWHERE = ""
"""Stands for the namespaces that only a deploy knows; no object is in a namespace of this name."""


@dataclass(kw_only=True)
class _Group:
    """The pods of a namespace, also by each of their labels; `unclear` have one that isn't known."""

    all: list[Pods] = field(default_factory=list)
    by_label: dict[tuple[str, str], list[Pods]] = field(default_factory=dict)
    unclear: list[Pods] = field(default_factory=list)

    def add(self, each: Pods) -> None:
        self.all.append(each)
        if not known(each.template.labels):
            self.unclear.append(each)
            return
        for key, value in each.template.labels.items():
            self.by_label.setdefault((str(key), text(value)), []).append(each)

    def narrowed(self, selector: object) -> Sequence[Pods]:
        """Return the fewest pods among which are all that a selector takes."""
        wanted = [(key, [value]) for key, value in mapping(selector, "matchLabels").items()]
        wanted += [
            (text(each, "key"), [*items(each, "values")])
            for each in dicts(selector, "matchExpressions")
            if each.get("operator") == "In"
        ]
        choices = [
            [self.by_label.get((key, each), []) for each in dict.fromkeys(map(text, values))]
            for key, values in wanted
            if known([key, *values])
        ]
        if not choices:
            return self.all
        fewest = min(choices, key=lambda lists: sum(map(len, lists)))
        return [*chain(*fewest), *self.unclear]


@indexed
def _pods(environment: Environment) -> Sequence[Pods]:
    found = ((item, pod_template(item.content)) for item in environment.kubernetes_objects())
    return [Pods(owner=item, template=each) for item, each in found if each is not None]


@indexed
def _by_place(environment: Environment) -> dict[Place, _Group]:
    groups: dict[Place, _Group] = {}
    for each in _pods(environment):
        cluster, name = place(environment, each.owner)
        groups.setdefault((cluster, name), _Group()).add(each)
        if not known(name):
            groups.setdefault((cluster, ANYWHERE), _Group()).add(each)
    return groups
