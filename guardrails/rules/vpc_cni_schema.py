"""What the configuration of the vpc-cni add-on may say: its schema is closed.

Sources: the AWS CLI reference prints the whole schema of v1.15.1
(https://docs.aws.amazon.com/cli/latest/reference/eks/describe-addon-configuration.html). What came
later is from the release notes and the README of https://github.com/aws/amazon-vpc-cni-k8s. When a
key is refused here and EKS takes it, compare with `aws eks describe-addon-configuration --addon-name
vpc-cni --addon-version VERSION` and add it below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

Problem = tuple[str, str]
"""The path of a value, and what must stand there."""
Check = Callable[[str, object], Iterator[Problem]]


def problems(configuration: object) -> Iterator[Problem]:
    """Yield what EKS would refuse in the configuration values."""
    yield from _VPC_CNI("", configuration)


def _text(pattern: str, allowed: str) -> Check:
    compiled = re.compile(pattern)

    def check(path: str, value: object) -> Iterator[Problem]:
        # What CloudFormation fills in can't be judged.
        fine = isinstance(value, str) and ("${" in value or compiled.fullmatch(value))
        if not fine:
            yield path, allowed

    return check


def _typed(kind: type, allowed: str) -> Check:
    def check(path: str, value: object) -> Iterator[Problem]:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield path, allowed

    return check


def _object(fields: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Check:
    def check(path: str, value: object) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield path or "the configuration", "an object"
            return
        for key, inner in value.items():
            at = f"{path}.{key}".lstrip(".")
            if key in fields:
                yield from fields[key](at, inner)
            else:
                yield at, f"one of the keys {', '.join(sorted(fields))}"
        for key in required:
            if key not in value:
                yield f"{path}.{key}".lstrip("."), "a value; the schema requires it"

    return check


def _zones(path: str, value: object) -> Iterator[Problem]:
    subnet = _object({"id": _STRING, "securityGroups": _strings}, required=("id",))
    if not isinstance(value, Mapping) or not value:
        yield path, "an object with a subnet for each zone"
        return
    for zone, inner in value.items():
        yield from subnet(f"{path}.{zone}", inner)


def _strings(path: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        yield path, "a list of strings"


_STRING = _text(r"(?s).*", "a string, in quotation marks")
_BOOLEAN = _text(r"true|false", 'the string "true" or "false", in quotation marks')
_INTEGER = _text(r"\d+", "a number as a string, in quotation marks")
_MAPPING = _typed(Mapping, "an object")
_AMOUNTS = _object({"cpu": _STRING, "memory": _STRING})
_RESOURCES = _object({"limits": _AMOUNTS, "requests": _AMOUNTS})


def _mode(*words: str) -> Check:
    return _text("|".join(words), f"one of the strings {', '.join(words)}")


_ENV: dict[str, Check] = {
    **dict.fromkeys(
        (
            *("ADDITIONAL_ENI_TAGS", "AWS_EC2_ENDPOINT", "AWS_EXTERNAL_SERVICE_CIDRS"),
            *("AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", "AWS_VPC_K8S_CNI_LOGLEVEL"),
            *("AWS_VPC_K8S_CNI_LOG_FILE", "AWS_VPC_K8S_CNI_RANDOMIZESNAT"),
            *("AWS_VPC_K8S_CNI_VETHPREFIX", "AWS_VPC_K8S_PLUGIN_LOG_FILE"),
            *("AWS_VPC_K8S_PLUGIN_LOG_LEVEL", "CLUSTER_ENDPOINT", "CLUSTER_NAME"),
            *("ENI_CONFIG_ANNOTATION_DEF", "ENI_CONFIG_LABEL_DEF", "INTROSPECTION_BIND_ADDRESS"),
            "VPC_ID",
        ),
        _STRING,
    ),
    **dict.fromkeys(
        (
            *("ANNOTATE_POD_IP", "AWS_MANAGE_ENIS_NON_SCHEDULABLE"),
            *("AWS_VPC_CNI_NODE_PORT_SUPPORT", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"),
            *("AWS_VPC_K8S_CNI_EXTERNALSNAT", "DISABLE_INTROSPECTION"),
            *("DISABLE_LEAKED_ENI_CLEANUP", "DISABLE_METRICS"),
            *("DISABLE_NETWORK_RESOURCE_PROVISIONING", "DISABLE_POD_V6"),
            *("ENABLE_BANDWIDTH_PLUGIN", "ENABLE_IMDS_ONLY_MODE", "ENABLE_MULTI_NIC"),
            *("ENABLE_NFTABLES", "ENABLE_POD_ENI", "ENABLE_PREFIX_DELEGATION"),
            *("ENABLE_SUBNET_DISCOVERY", "ENABLE_V4_EGRESS", "ENABLE_V6_EGRESS"),
        ),
        _BOOLEAN,
    ),
    **dict.fromkeys(
        (
            *("AWS_VPC_ENI_MTU", "IP_COOLDOWN_PERIOD", "MAX_ENI", "MINIMUM_IP_TARGET"),
            *("POD_MTU", "WARM_ENI_TARGET", "WARM_IP_TARGET", "WARM_PREFIX_TARGET"),
        ),
        _INTEGER,
    ),
    "NETWORK_POLICY_ENFORCING_MODE": _mode("strict", "standard"),
    "POD_SECURITY_GROUP_ENFORCING_MODE": _mode("strict", "standard"),
}
_VPC_CNI = _object(
    {
        "affinity": _MAPPING,
        "enableNetworkPolicy": _BOOLEAN,
        "enableWindowsIpam": _BOOLEAN,
        "enableWindowsPrefixDelegation": _BOOLEAN,
        "eniConfig": _object(
            {"create": _typed(bool, "true or false"), "region": _STRING, "subnets": _zones},
            required=("create", "region", "subnets"),
        ),
        "env": _object(_ENV),
        "init": _object(
            {"env": _object({"DISABLE_TCP_EARLY_DEMUX": _BOOLEAN, "ENABLE_V6_EGRESS": _BOOLEAN})}
        ),
        "livenessProbeTimeoutSeconds": _typed(int, "a number"),
        "minimumWindowsIPTarget": _INTEGER,
        "nodeAgent": _object(
            {
                "conntrackCacheCleanupPeriod": _INTEGER,
                "enableCloudWatchLogs": _BOOLEAN,
                "enablePolicyEventLogs": _BOOLEAN,
                "healthProbeBindAddr": _INTEGER,
                "metricsBindAddr": _INTEGER,
                "networkPolicyAgentLogFileLocation": _STRING,
                "networkPolicyAgentLogLevel": _STRING,
                "resources": _RESOURCES,
            }
        ),
        "podAnnotations": _MAPPING,
        "podLabels": _MAPPING,
        "readinessProbeTimeoutSeconds": _typed(int, "a number"),
        "resources": _RESOURCES,
        "tolerations": _typed(list, "a list"),
        "warmWindowsIPTarget": _INTEGER,
        "warmWindowsPrefixTarget": _INTEGER,
    }
)
