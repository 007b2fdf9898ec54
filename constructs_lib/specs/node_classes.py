"""Specification of NodeClasses of EKS Auto Mode: where nodes are, their disk, and what they are told."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.disk_limits import IOPS, MIB_FOR_EACH_IOPS
from constructs_lib.specs.ec2_ids import KeyArn
from constructs_lib.specs.tags import TagKey, TagValue, check_tags
from constructs_lib.specs.types import DnsLabel

if TYPE_CHECKING:
    from constructs_lib.specs.proxy_settings import ProxySettings


def _class_name(value: str) -> str:
    if value == "default":
        raise refused("any name but default, which is EKS's own class", "write it like private")
    return value


class NodeClassSpec(Spec):
    """Where nodes of Auto Mode are, and what disk they have. They get a role of their own."""

    name: Annotated[DnsLabel, AfterValidator(_class_name)]
    """The name of the NodeClass."""
    ephemeral_storage_gib: Annotated[int, Field(ge=1, le=59_000)] = 80
    """Size of the encrypted volume for images, logs and emptyDirs, in GiB."""
    ephemeral_storage_iops: Annotated[int, Field(ge=3_000, le=16_000)] = 3_000
    """Its IOPS."""
    ephemeral_storage_throughput_mib: Annotated[int, Field(ge=125, le=1_000)] = 125
    """Its throughput, in MiB/s."""
    ephemeral_storage_kms_key: KeyArn | None = None
    """The key that encrypts it; None takes that of EBS. The cluster's role may use it, where the policy of
    the key leaves that to IAM (EKS user guide, "Create a storage class")."""
    pod_subnets: bool = False
    """Whether pods are in the network's subnets for pods, and only nodes in the private ones. The first
    interface of a node then serves no pod."""
    snat_policy: Literal["Random", "Disabled"] = "Random"
    """Whether nodes put their own address in place of a pod's outside the VPC."""
    network_policy: Literal["DefaultAllow", "DefaultDeny"] = "DefaultAllow"
    """What a pod may send and receive that no NetworkPolicy selects."""
    network_policy_event_logs: Literal["Enabled", "Disabled"] = "Disabled"
    """Whether nodes log what network policies allow and deny."""
    fips: bool = False
    """Whether nodes start from images with cryptography that is validated for FIPS 140, in the United States
    and Canada (EKS user guide, "Configure advanced security settings for nodes")."""
    tags: Annotated[Mapping[TagKey, TagValue], AfterValidator(check_tags)] = {}
    """Tags of instances and volumes, beside those of the environment."""

    def manifest(
        self,
        *,
        role: str,
        subnets: Iterable[str],
        pod_subnets: Iterable[str],
        security_group: str,
        tags: Mapping[str, str],
        proxy: ProxySettings | None,
    ) -> dict[str, Any]:
        """Return it as a Kubernetes object (EKS user guide, "Create a Node Class for Amazon EKS")."""
        key, more = self.ephemeral_storage_kms_key, dict[str, Any]()
        if self.pod_subnets:
            # EKS takes none of them without the other.
            more["podSubnetSelectorTerms"] = [{"id": subnet} for subnet in pod_subnets]
            more["podSecurityGroupSelectorTerms"] = [{"id": security_group}]
        if self.fips:
            more["advancedSecurity"] = {"fips": True}
        if proxy is not None:
            more["advancedNetworking"] = {
                "httpsProxy": proxy.url,
                "noProxy": list(proxy.no_proxy),
            }
        if proxy is not None and proxy.certificates:
            more["certificateBundles"] = [
                {"name": f"http-proxy-{number}", "data": b64encode(pem.encode()).decode()}
                for number, pem in enumerate(proxy.certificates, start=1)
            ]
        return {
            "apiVersion": "eks.amazonaws.com/v1",
            "kind": "NodeClass",
            "metadata": {"name": self.name},
            "spec": {
                "role": role,
                "subnetSelectorTerms": [{"id": subnet} for subnet in subnets],
                "securityGroupSelectorTerms": [{"id": security_group}],
                "snatPolicy": self.snat_policy,
                "networkPolicy": self.network_policy,
                "networkPolicyEventLogs": self.network_policy_event_logs,
                "ephemeralStorage": {
                    "size": f"{self.ephemeral_storage_gib}Gi",
                    "iops": self.ephemeral_storage_iops,
                    "throughput": self.ephemeral_storage_throughput_mib,
                    **({"kmsKeyID": key} if key else {}),
                },
                **more,
                **({"tags": {**tags, **self.tags}} if tags or self.tags else {}),
            },
        }

    @rule
    def the_volume_is_within_limits(self) -> Iterator[Problem]:
        """EBS makes no faster gp3; every volume can have its 3,000 IOPS."""
        least, _, each = IOPS["gp3"]
        most = max(least, each * self.ephemeral_storage_gib)
        throughput = int(self.ephemeral_storage_iops * MIB_FOR_EACH_IOPS)
        if self.ephemeral_storage_iops > most:
            yield Problem(
                at="ephemeral_storage_iops",
                got=self.ephemeral_storage_iops,
                allowed=f"at most {most} for {self.ephemeral_storage_gib} GiB",
                fix=f"set ephemeral_storage_iops={most}, or "
                f"ephemeral_storage_gib={-(-self.ephemeral_storage_iops // each)}",
            )
        if self.ephemeral_storage_throughput_mib > throughput:
            yield Problem(
                at="ephemeral_storage_throughput_mib",
                got=self.ephemeral_storage_throughput_mib,
                allowed=f"at most {throughput} MiB/s with {self.ephemeral_storage_iops} IOPS",
                fix=f"set ephemeral_storage_throughput_mib={throughput}, or "
                f"ephemeral_storage_iops={4 * self.ephemeral_storage_throughput_mib}",
            )
