"""A workload that is a folder of plain YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator

from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.kubernetes_objects import has_namespace, object_name
from constructs_lib.specs.manifest_files import (
    ENDINGS,
    Found,
    ManifestError,
    read_manifests,
    unread_files,
)
from constructs_lib.specs.namespaced_workloads import (
    ROOT,
    NamespacedWorkload,
    in_repository,
    meant_path,
)
from constructs_lib.specs.plain_values import plain
from constructs_lib.specs.types import NonEmpty
from kube.pods import PodTemplate, containers, pod_template, scaled
from kube.values import look_up, mapping, text
from kube.volumes import KINDS

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.platform import Platform
    from constructs_lib.specs.workloads import Surroundings

Value = str | int | bool | float | None
ADVICE = "fix the files, or change values and images"


class Manifests(NamespacedWorkload):
    """Kubernetes objects in plain YAML, as `kubectl apply` accepts them."""

    path: NonEmpty
    """The folder with the files, or one file, relative to the top of the repository."""
    values: Annotated[Mapping[NonEmpty, Value | tuple[Value, ...]], AfterValidator(plain)] = {}
    """What the placeholders ${name} of the files stand for."""

    def objects(self, images: Mapping[str, str]) -> list[Found]:
        """Return the objects of the files, with `images` in place, each with its path and line.

        Raises `ManifestError` where they can't be read.
        """
        found, problems = self._read(images)
        if problems:
            raise ManifestError(problems)
        path = PurePosixPath(self.path)
        folder = path if (ROOT / path).is_dir() else path.parent
        return [replace(each, place=str(folder / each.place)) for each in found]

    def _read(self, images: Mapping[str, str] | None = None) -> tuple[list[Found], list[str]]:
        folder = in_repository(self.path)
        if folder is None:
            return [], ["the path is outside this repository; move the files into it"]
        if meant := meant_path(self.path):
            return [], [f"{self.path} doesn't exist; {meant}"]
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.values.items()
        }
        images = images or {name: _placeholder(name) for name in self.images}
        found, problems = read_manifests(folder, {**values, **images})
        for item in (each.content for each in found):
            if isinstance(item.get("metadata"), dict) and has_namespace(item):
                item["metadata"].setdefault("namespace", self.namespace)
        return found, problems

    @property
    def pods(self) -> int:
        """Return how many pods the files ask for at most."""
        every = self._contents()
        return sum(scaled(each, every, "maxReplicas") for each in every if pod_template(each))

    def pod_objects(self, surroundings: Surroundings) -> Sequence[Mapping[str, Any]]:
        """Return the objects of the files that make pods, and those that say where or how many."""
        del surroundings
        said = (
            *KINDS,
            "HorizontalPodAutoscaler",
            "LimitRange",
            "PriorityClass",
            "ResourceQuota",
            "RuntimeClass",
        )
        return [
            each for each in self._contents() if pod_template(each) or text(each, "kind") in said
        ]

    @property
    def makes(self) -> Iterator[str]:
        """Yield the names of its objects."""
        yield from super().makes
        # A Namespace is refused in files, whoever makes it.
        contents = (each for each in self._contents() if text(each, "kind") != "Namespace")
        yield from filter(None, map(object_name, contents))

    @property
    def remarks(self) -> Iterator[tuple[str, str]]:
        """Yield secrets that shouldn't be in the repository, and files that are not applied."""
        yield from super().remarks
        for each in self._read()[0]:
            if each.content["kind"] == "Secret" and (
                mapping(each.content, "data") or mapping(each.content, "stringData")
            ):
                name = look_up(each.content, "metadata", "name")
                text = (
                    f"{each.place} contains the data of Secret/{name}: everyone who can read the "
                    "repository or the stack's template can read it too. Keep it in AWS Secrets "
                    "Manager, and let the pods fetch it."
                )
                yield f"secret-{name}", text
        folder = in_repository(self.path)
        images = {in_repository(image.path) for image in self.images.values()}
        for file in unread_files(folder, images) if folder else ():
            text = (
                f"{file} in {self.path} is not applied: as with kubectl, subfolders are ignored and file "
                f"names must end in {', '.join(ENDINGS)}. Make it another workload, or move it."
            )
            yield f"unread-{file}", text

    def pods_of(self, account: str) -> Iterator[Mapping[str, object]]:
        """Yield the labels of the pods that use a service account."""
        for template in map(pod_template, self._contents()):
            if (
                template is not None
                and (template.spec.get("serviceAccountName") or "default") == account
            ):
                yield template.labels

    def pods_with(self, image: str) -> Iterator[tuple[str, PodTemplate | None]]:
        """Yield the pods that run an image, with what they are called."""
        for item in self._contents():
            template = pod_template(item)
            uses = (each.get("image") for _, each in containers(template and template.spec))
            if _placeholder(image) in uses:
                yield str(object_name(item)), template

    def _contents(self) -> list[dict[str, Any]]:
        return [each.content for each in self._read()[0]]

    @rule
    def files_can_be_read(self) -> Iterator[Problem]:
        """Every placeholder has a value, every value a placeholder, and nothing is made twice."""
        twice = sorted(set(self.values) & set(self.images))
        if twice:
            yield Problem(
                at="values",
                got=twice,
                allowed="names that are not in images",
                fix=f"rename {', '.join(twice)}",
            )
            return
        found, problems = self._read()
        for problem in problems:
            words, _, fix = problem.partition("; ")
            of_value = re.search(r": no (value for|manifest uses) ", words)
            yield Problem(
                at="values" if of_value else "path",
                got=dict(self.values) if of_value else self.path,
                allowed=f"YAML files in this repository that match values and images: {words}",
                fix=fix or ADVICE,
            )
        places: dict[str, str] = {}
        for each in found:
            yield from self._misplaced(each.content, each.place)
            name = object_name(each.content)
            if name is None or name in places:
                what = (
                    f"{name} is also in {places[name]}" if name else "metadata.name is not a string"
                )
                yield Problem(
                    at="path",
                    got=self.path,
                    allowed="files in which each object has a metadata.name that is unique for its "
                    f"kind; see {each.place}: {what}",
                    fix="rename or remove it" if name else "set it, in quotes",
                )
            else:
                places[name] = each.place

    def _misplaced(self, item: Mapping[str, Any], place: str) -> Iterator[Problem]:
        kind, name = str(item["kind"]), look_up(item, "metadata", "name")
        namespace = look_up(item, "metadata", "namespace")
        if namespace not in (None, self.namespace):
            yield Problem(
                at="namespace",
                got=self.namespace,
                allowed=f"{namespace!r}, the namespace of {kind}/{name} in {place}",
                fix=f'quote it in the files: namespace: "{namespace}"'
                if str(namespace) == self.namespace
                else "remove metadata.namespace from the files, or move them to another workload",
            )
        if kind == "Namespace" or object_name(item) in [*super().makes]:
            yield Problem(
                at="path",
                got=self.path,
                allowed=f"files without {kind}/{name}, which the stack creates itself or finds: see {place}",
                fix="remove it from the files",
            )

    def build(self, scope: Construct, platform: Platform) -> None:
        """Apply every object as its own resource."""
        from constructs_lib.workloads import build_manifests  # noqa: PLC0415  # needs the CDK

        build_manifests(scope, platform, self)


def _placeholder(image: str) -> str:
    """Return what stands for an image before it is built."""
    return f"image/{image}"
