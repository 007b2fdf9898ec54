"""What a folder of YAML and a Helm chart share: a namespace, service accounts, images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from constructs_lib.specs.base import Problem, Spec, rule
from constructs_lib.specs.image_architectures import misplaced_image
from constructs_lib.specs.kubernetes_versions import RELEASES
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES, PodSecurityStandard
from constructs_lib.specs.permissions import PermissionsSpec
from constructs_lib.specs.types import DnsLabel, NonEmpty, Reason, shaped
from constructs_lib.specs.workloads import Surroundings, Workload
from kube.fargate import selector_of_api, selects
from kube.pods import PodTemplate
from kube.validity import problems as refused_by_kubernetes

ROOT = Path(__file__).parents[2]
FindingName = Annotated[
    str,
    shaped(
        r"(Groundwork::)?[A-Z]+\d+\[.+\]|AwsSolutions::AwsSolutions-[A-Z]+\d+(\[.+\])?",
        "the name of one finding, as `make synth` prints it",
        "copy it from there, such as KUBE6[Deployment/web-budget] or AwsSolutions::AwsSolutions-L1",
    ),
]
DEFAULT_POLICIES = 10
"""Managed policies attached to a role (IAM quotas; up to 25 on request)."""


def in_repository(path: str) -> Path | None:
    """Return a path relative to the top of the repository; None if it leads outside."""
    try:
        found = (ROOT / path).resolve()
        # A file system rejects some paths: with a NUL byte, too many characters, or links in a circle.
        found.exists()
    except (OSError, RuntimeError, ValueError):
        return None
    return found if found.is_relative_to(ROOT) else None


def meant_path(path: str) -> str | None:
    """Return the fix of a path in the repository where nothing is: what has nearly this name there.

    None if something is there, or nobody may look.
    """
    found = in_repository(path)
    if found is None or found.exists():
        return None
    missing = next(each for each in (found, *found.parents) if each.parent.is_dir())
    there = missing.parent
    near = get_close_matches(missing.name, [each.name for each in there.iterdir()], n=1)
    for name in near:
        whole = there / name / found.relative_to(missing)
        return f"did you mean {(whole if whole.exists() else there / name).relative_to(ROOT)}?"
    return "use a path from the top of the repository, such as workloads/shop"


class ImageSpec(Spec):
    """An image that the CDK builds from a Dockerfile and pushes to the account's ECR."""

    path: NonEmpty
    """The folder with the Dockerfile, relative to the top of the repository."""
    architecture: Literal["amd64", "arm64"] = "amd64"
    """The architecture of the nodes that run it; Fargate supports amd64 only."""

    @rule
    def there_is_a_dockerfile(self) -> Iterator[Problem]:
        """The build would fail on the first deploy."""
        folder = in_repository(self.path)
        if folder is None or not (folder / "Dockerfile").is_file():
            yield Problem(
                at="path",
                got=self.path,
                allowed="a folder in this repository with a Dockerfile",
                fix=meant_path(self.path)
                or "use a path from the top of the repository, such as workloads/shop/web",
            )


class NamespacedWorkload(Workload):
    """A workload whose Kubernetes objects are in one namespace."""

    namespace: DnsLabel
    """The namespace. The stack creates it, unless the environment's namespaces include it."""
    pod_security: PodSecurityStandard = "restricted"
    """The Pod Security standard that its pods must meet."""
    quota: Mapping[NonEmpty, str | int] = {}
    """The most that the namespace may use, as in a ResourceQuota: {"requests.cpu": "4", "pods": 20}."""
    default_deny: bool = False
    """Whether all pod traffic except DNS is denied until a network policy allows it. Enforced on nodes
    only, and only with vpc_cni.network_policy."""
    service_accounts: Mapping[DnsLabel, PermissionsSpec] = {}
    """Service accounts that the stack creates, with the AWS permissions of their pods. One with
    PermissionsSpec() has none, and no IAM role."""
    service_account_identity: Literal["POD_IDENTITY", "IRSA"] = "POD_IDENTITY"
    """How these pods get their credentials. Pods on Fargate need IRSA: no Pod Identity agent runs there."""
    images: Mapping[NonEmpty, ImageSpec] = {}
    """Images to build, by the name of the placeholder that stands for them: ${web}."""

    acknowledge: Mapping[FindingName, Reason] = {}
    """Findings about this workload that you accept, by name, each with a reason:
    {"KUBE6[Deployment/web-budget]": "This demo can be unavailable while a node is drained."}"""

    @property
    def own_namespaces(self) -> tuple[str, ...]:
        """Return the namespace that its stack creates, unless it exists already."""
        return (self.namespace,)

    @property
    def makes(self) -> Iterator[str]:
        """Yield the names of what its stack creates besides the files or the chart."""
        for account in self.service_accounts:
            yield f"ServiceAccount {self.namespace}/{account}"
        if self.quota:
            yield f"ResourceQuota {self.namespace}/quota"
        if self.default_deny:
            yield f"NetworkPolicy {self.namespace}/default-deny"

    @property
    def remarks(self) -> Iterator[tuple[str, str]]:
        """Yield the roles that exceed the default quota."""
        for account, permissions in self.service_accounts.items():
            count = len(permissions.managed_policies)
            if count > DEFAULT_POLICIES:
                text = (
                    f"The role of {self.namespace}/{account} has {count} managed policies. IAM allows "
                    f"{DEFAULT_POLICIES} unless the account's quota is raised."
                )
                yield f"policies-{account}", text

    def pods_with(self, image: str) -> Iterator[tuple[str, PodTemplate | None]]:
        """Yield the pods that run an image, as far as they are known, each with its name."""
        del image
        yield self.name, None

    def pods_of(self, account: str) -> Iterator[Mapping[str, object]]:
        """Yield the labels of the pods that use a service account, as far as they are known."""
        del account
        yield {}

    @rule
    def quotas_are_of_kubernetes(self) -> Iterator[Problem]:
        """The API server refuses other names and amounts, at deploy."""
        whole = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota"}}
        for name, amount in self.quota.items():
            quota = {**whole, "spec": {"hard": {name: str(amount)}}}
            for wrong in refused_by_kubernetes(quota, [*RELEASES][-1])[:1]:
                yield Problem(
                    at=f"quota[{name!r}]",
                    got=amount,
                    allowed=f"what a ResourceQuota takes: {wrong.detail}",
                    fix="use a name such as requests.cpu or pods, an amount such as 4, 500m or 8Gi",
                )

    @rule
    def irsa_has_longer_names(self) -> Iterator[Problem]:
        """Kubernetes takes a name of one letter; the CDK doesn't (aws-eks-v2, ServiceAccount)."""
        if self.service_account_identity != "IRSA":
            return
        own = [name for name, each in self.service_accounts.items() if not each.is_empty]
        named = [(f"service_accounts[{name!r}]", name) for name in own]
        for at, name in (*named, ("namespace", self.namespace)):
            if own and len(name) == 1:
                yield Problem(
                    at=at,
                    got=name,
                    allowed="a name of two or more characters with service_account_identity='IRSA'",
                    fix="use a longer name, or service_account_identity='POD_IDENTITY'",
                )

    def across(self, surroundings: Surroundings) -> Iterator[Problem]:
        """Yield problems that need the whole environment."""
        taken = [*BUILT_IN_NAMESPACES, *(each.name for each in surroundings.namespaces)]
        if self.namespace in taken and (self.quota or self.default_deny):
            yield Problem(
                at="namespace",
                got=self.namespace,
                allowed="a namespace of its own, because it sets quota or default_deny",
                fix="use another namespace, or remove it from the environment's namespaces",
            )
        standards = {each.name: each.pod_security for each in surroundings.namespaces}
        standard = dict.fromkeys(taken, "none") | standards
        stated = "pod_security" in self.model_fields_set and self.namespace in taken
        if stated and standard[self.namespace] != self.pod_security:
            yield Problem(
                at="pod_security",
                got=self.pod_security,
                allowed=f"{standard[self.namespace]}, the standard of a namespace that exists already",
                fix="remove it, or change pod_security of the NamespaceSpec",
            )
        for name, image in self.images.items():
            for pods, template in self.pods_with(name):
                yield from misplaced_image(
                    name,
                    image.architecture,
                    pods=pods,
                    template=template,
                    namespace=self.namespace,
                    surroundings=surroundings,
                )
        if self.service_account_identity == "IRSA":
            return
        selectors = [
            (profile.name, selector_of_api({"namespace": each.namespace, "labels": each.labels}))
            for profile in surroundings.fargate_profiles
            for each in profile.selectors
        ]
        identified = [name for name, each in self.service_accounts.items() if not each.is_empty]
        for account in identified:
            on = {
                profile
                for labels in self.pods_of(account)
                for profile, selector in selectors
                if selects(selector, self.namespace, labels)
            }
            if on:
                yield Problem(
                    at="service_account_identity",
                    got="POD_IDENTITY",
                    allowed=f"'IRSA' for {account!r}: its pods run on Fargate (profile "
                    f"{', '.join(sorted(on))}), which doesn't support EKS Pod Identity",
                    fix="set service_account_identity='IRSA', or change the profile's selectors",
                )
