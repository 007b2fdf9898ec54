"""The mistakes that AWS or Kubernetes would refuse later: part of the table of mistakes."""

from __future__ import annotations

from typing import Any

from capacity.instance_types import siblings
from constructs_lib.specs.base import Key, shortened
from constructs_lib.specs.compute import NodeGroupSpec, TaintSpec
from constructs_lib.specs.http_proxy import HttpProxySpec
from tests.unit.configuration.mistakes import (
    DEV,
    ENTRY,
    EXISTING,
    PODINFO,
    PROD,
    SHOP,
    SUBNETS,
    VIEWERS,
    Mistake,
    with_changes,
)


def limit(path: str, value: object, allowed: str, fix: str, **more: Any) -> Mistake:  # noqa: ANN401
    """Return the mistake of one value that is beyond a limit."""
    return Mistake(f"{path} = {shortened(repr(value))}", {path: value}, allowed, fix, **more)


ONE_SUBNET = {"eu-west-1a": SUBNETS["eu-west-1a"]}
PODS_ELSEWHERE = {"vpc_cni.custom_networking": True, "network.pod_subnets": SUBNETS}

RANGES = [
    *(
        Mistake(
            f"the VPC range {cidr}",
            {"network.cidr": cidr},
            allowed="EC2 refuses those in 0.0.0.0/8, 127.0.0.0/8,",
            fix="use a range within 10.0.0.0/8",
        )
        for cidr in ("240.0.0.0/16", "127.1.0.0/16", "169.254.0.0/16", "224.0.0.0/16", "0.1.0.0/16")
    ),
    *(
        Mistake(
            f"an existing range of {cidr}",
            {"network": EXISTING, "network.cidr": cidr},
            allowed="a range of /16 to /27",
            fix="copy it from CidrBlockAssociationSet in",
        )
        for cidr in ("10.0.0.0/8", "10.0.0.0/28")
    ),
    Mistake(
        "a range of existing pods that hides public servers",
        {"network": EXISTING, **PODS_ELSEWHERE, "network.pod_cidr": "8.8.8.0/24"},
        allowed="a private or shared range that does not overlap cidr (10.30.0.0/16)",
        fix="use the range of pod_subnets",
    ),
    Mistake(
        "existing public subnets in one zone",
        {"network": EXISTING, "network.public_subnets": ONE_SUBNET},
        allowed="at least two different zones",
        fix="add another zone of the region",
    ),
]

PLACES = [
    limit(
        *(
            "network.control_plane_zones",
            ("eu-west-1a", "eu-west-1c"),
            "zones of the network: eu-west-1a",
        ),
        fix="remove eu-west-1c, or add it to zones",
    ),
    limit(
        *("network.control_plane_zones", ("eu-west-1a",), "at least two different zones"),
        fix="add another zone of the region",
    ),
    Mistake(
        "a letter that the region does not have",
        {"network.zones": ("eu-west-1a", "eu-west-1d")},
        at="network.zones[1]",
        got="eu-west-1d",
        allowed="a zone of eu-west-1: eu-west-1a, eu-west-1b, eu-west-1c",
        fix="use another zone; `aws ec2 describe-availability-zones --region eu-west-1`",
    ),
    Mistake(
        "a region that is spelt like one",
        {"region": "eu-wst-1"},
        allowed="an AWS region such as eu-west-1, listed in",
        fix="did you mean eu-west-1 or",
    ),
]


OTHERS = tuple(f"198.51.{number}.0/24" for number in range(61))
NAME_ALONE = "keys that differ from 'Name' by more than case"
TOO_OFTEN = [
    limit("cluster.endpoint_public_access_cidrs", OTHERS[:41], "at most 40 (EKS", "remove 1 of 41"),
    limit("cluster.endpoint_private_access_cidrs", OTHERS, "at most 60 (each", "remove 1 of 61"),
    limit(
        *("cluster.endpoint_private_access_cidrs", OTHERS[:1] * 2, "each at most once"),
        fix="remove the duplicate 198.51.0.0/24",
    ),
    limit("workloads[0].load_balancer_source_ranges", OTHERS, "at most 60 (each", "remove 1 of 61"),
    *(
        limit(
            *("cluster.endpoint_public_access_cidrs", (cidr,), "a range of public addresses"),
            fix="or move it to endpoint_private_access_cidrs",
            at="cluster.endpoint_public_access_cidrs[0]",
            got=cidr,
        )
        for cidr in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8")
    ),
]

TAGS = [
    *(
        limit("tags", {key: "x"}, NAME_ALONE, f"rename or remove {key!r}")
        for key in ("name", "Name", "NAME")
    ),
    limit("tags", {"team": "a", "Team": "b"}, "keys that differ from 'team' by", "remove 'Team'"),
    limit("tags", {f"t{number}": "x" for number in range(51)}, "at most 40 tags", "remove 11"),
    *(
        limit(
            "tags",
            {key: "x"},
            "keys without prefixes that make controllers use the wrong",
            f"remove {key!r}",
        )
        for key in (
            *("karpenter.sh/discovery", "kubernetes.io/cluster/a", "k8s.io/x", "eks:a"),
            *("eks.amazonaws.com/nodeclass", "eks.amazonaws.com/nodepool", "karpenter.k8s.aws/x"),
            *("topology.kubernetes.io/region", "service.k8s.aws/stack", "ebs.csi.aws.com/cluster"),
            "node.k8s.amazonaws.com/instance_id",
        )
    ),
    limit(
        "tags",
        {" ": "x"},
        "a tag key: 1 to 127",
        "write it like cost-center",
        at="tags",
        got=Key(" "),
    ),
    *(
        limit(
            *(
                "tags",
                {"team": value},
                "a tag value: 1 to 255 ASCII letters",
                "write it like platform-team",
            ),
            at="tags['team']",
            got=value,
        )
        for value in ("", "x" * 256, "a;b", "Zürich", "a\nb")
    ),
]

TYPES = "node_groups[0].instance_types"


def types(name: str, *names: str, allowed: str, fix: str, **change: object) -> Mistake:
    """Return the mistake of one instance type, the last of several."""
    group = {f"node_groups[0].{field}": value for field, value in change.items()}
    at = f"{TYPES}[{len(names) - 1}]"
    return Mistake(name, {**group, TYPES: names}, allowed, fix, at=at, got=names[-1])


ON_DEMAND_X86 = {"ami_type": "AL2023_x86_64_STANDARD", "capacity_type": "ON_DEMAND"}
INSTANCES = [
    limit(TYPES, ("m7g.large",) * 2, "each at most once", "remove the duplicate m7g.large"),
    limit(
        TYPES,
        tuple(each.name for each in siblings("m7g.large"))[:10]
        + tuple(each.name for each in siblings("m7g.xlarge"))[:11],
        "at most 20 (EKS API reference",
        "remove 1 of 21",
    ),
    types(
        "a GPU without a driver",
        *("g5.xlarge",),
        allowed="AL2023_x86_64_STANDARD has no driver for NVIDIA",
        fix="use a type such as m7i.large",
        **ON_DEMAND_X86,
    ),
    types(
        "a type of the first generation",
        *("m1.xlarge",),
        allowed="this type boots paravirtual AMIs only",
        fix="use a type such as m7",
        **ON_DEMAND_X86,
    ),
    types(
        "a type of the first Arm generation on Bottlerocket",
        *("a1.xlarge",),
        allowed="AL2023 and Bottlerocket need Graviton2 or newer",
        fix="use a type such as m7",
        ami_type="BOTTLEROCKET_ARM_64",
        capacity_type="ON_DEMAND",
    ),
    types(
        "Spot where there is none",
        *("c7g.4xlarge", "hpc7g.4xlarge"),
        allowed="an instance type that EC2 offers as Spot",
        fix="or set capacity_type='ON_DEMAND'",
    ),
    limit(
        *("node_groups[0].max_pods", 5, "more than 5 pods per node: aws-node, kube-proxy"),
        fix="set max_pods=29, or remove it",
    ),
    Mistake(
        "a node that its daemons fill, beside others",
        {
            "node_groups": (
                *DEV.node_groups,
                NodeGroupSpec(
                    name="Tiny",
                    instance_types=("t3.micro",),
                    ami_type="AL2023_x86_64_STANDARD",
                    min_size=1,
                    desired_size=1,
                    max_size=1,
                ),
            )
        },
        at="node_groups[1].instance_types",
        got=("t3.micro",),
        allowed="more than 5 pods per node",
        fix="use instance types with more addresses",
    ),
]

TAINT = TaintSpec(key="gpu", effect="PREFER_NO_SCHEDULE")
SELECTED = DEV.fargate_profiles[0].selectors[0].labels
TAINTED = {"workloads": (), "node_groups[0].taints": (TAINT,)}
LABELS = [
    *(
        limit(
            *("node_groups[0].labels", {key: "worker"}, "labels outside kubernetes.io, k8s.io,"),
            fix="rename",
        )
        for key in (
            *("kubernetes.io/role", "node-role.kubernetes.io/worker", "k8s.io/a"),
            *("eks.amazonaws.com/a", "node.kubernetes.io/a"),
        )
    ),
    *(
        limit(
            *("node_groups[0].labels", {key: "a"}, "a label key: at most 63", "write it like team"),
            at="node_groups[0].labels",
            got=Key(key),
        )
        for key in ("a b", "x" * 64, "größe", "", "/a", "-a")
    ),
    *(
        limit(
            *("node_groups[0].labels", {"team": value}, "a label value: 1 to 63", "write it like"),
            at="node_groups[0].labels['team']",
            got=value,
        )
        for value in ("a b", "x" * 64, "größe", "", "a/b")
    ),
    Mistake(
        "the same taint twice",
        {"workloads": (), "node_groups[0].taints": (TAINT, TAINT)},
        at="node_groups[0].taints[1].key",
        got="gpu",
        allowed="a key without another taint of effect PREFER_NO_SCHEDULE",
        fix="remove the duplicate",
    ),
    Mistake(
        "a taint whose value is no label",
        {**TAINTED, "node_groups[0].taints[0].value": "a b"},
        allowed="a taint's value: at most 63",
        fix="write it like team-a",
    ),
    Mistake(
        "a Fargate selector that is no label",
        {"fargate_profiles[0].selectors[0].labels": {**SELECTED, "x": "a b"}},
        at="fargate_profiles[0].selectors[0].labels['x']",
        got="a b",
        allowed="a label; * and ? are wildcards",
        fix="copy it from the pods",
    ),
    Mistake(
        "six labels of a Fargate selector",
        {
            "workloads": (),
            "fargate_profiles[0].selectors[0].labels": {f"l{number}": "a" for number in range(6)},
        },
        allowed="at most 5 labels (EKS service quotas)",
        fix="keep the ones that distinguish these pods",
    ),
]

CNI = [
    limit(
        *(
            "vpc_cni.network_policy_enforcing_mode",
            "strict",
            "'standard' when network_policy=False",
        ),
        fix="set network_policy=True, or remove it",
        good=with_changes(DEV, {"vpc_cni.network_policy": False}),
    ),
    limit(
        *("vpc_cni.warm_prefix_target", 0, "1 or more unless warm_ip_target is set"),
        fix="set warm_prefix_target=1, or warm_ip_target instead",
        good=PROD,
    ),
]

ARN = "arn:aws:iam::111122223333:role/Platform"
NODES: dict[str, object] = {"access.entries": (ENTRY,), "access.entries[0].policies": ()}
NODES["access.entries[0].type"] = "EC2_LINUX"
TRUSTED = tuple(f"arn:aws:iam::111122223333:role/Team{number:03}" for number in range(50))
ACCESS = [
    *(
        Mistake(
            name,
            {"access.entries": (ENTRY,), "access.entries[0].principal_arn": arn},
            allowed=allowed,
            fix=fix,
        )
        for name, arn, allowed, fix in (
            ("an ARN that ends in a slash", f"{ARN}/", "the ARN of an IAM role", "copy the ARN"),
            ("a role of 65 letters", f"{ARN[:31]}{'x' * 65}", "the ARN of an IAM role", "copy the"),
            (
                *("a role of another partition", ARN.replace("aws:", "aws-cn:", 1)),
                *("an ARN that begins with arn:aws: (the partition", "use a principal from that"),
            ),
        )
    ),
    limit(
        "access.roles[0].trusted_principal_arns",
        (ARN.replace("aws:", "aws-us-gov:", 1),),
        "an ARN that begins with arn:aws:",
        fix="use a principal from that partition",
        at="access.roles[0].trusted_principal_arns[0]",
        got=ARN.replace("aws:", "aws-us-gov:", 1),
    ),
    Mistake(
        "two principals that differ in case",
        {
            "access.entries": (ENTRY, ENTRY),
            "access.entries[1].principal_arn": ARN.replace("Platform", "PLATFORM"),
        },
        allowed="a principal without another entry",
        fix="merge the entries",
    ),
    Mistake(
        "nodes that are a user",
        {**NODES, "access.entries[0].principal_arn": ARN.replace("role", "user")},
        allowed="an IAM role in an entry of type EC2_LINUX",
        fix="use the node role",
    ),
    Mistake(
        "nodes of another account",
        {"account": "444455556666", **NODES},
        at="access.entries[0].principal_arn",
        got=ARN,
        allowed="a role in account 444455556666",
        fix="use the node role",
    ),
    *(
        Mistake(
            f"an entry of type {kind}",
            {"access.entries": (ENTRY,), "access.entries[0].type": kind},
            allowed=f"'STANDARD' or 'EC2_LINUX': {why}",
            fix="remove the entry",
        )
        for kind, why in (
            ("FARGATE_LINUX", "EKS creates the entry for Fargate"),
            ("EC2", "auto_mode makes the entries of its own nodes"),
            ("EC2_WINDOWS", "EKS creates the entry of a managed node group with Windows"),
            ("HYBRID_LINUX", "this project doesn't support hybrid nodes"),
        )
    ),
    limit(
        *(
            "access.roles[0].trusted_principal_arns",
            TRUSTED,
            "a trust policy of at most 2,048 characters",
        ),
        fix="trust one role that these principals can assume",
    ),
    Mistake(
        "a Kubernetes group with a blank",
        {
            "access.roles[1].kubernetes_groups": (VIEWERS,),
            "access.roles[1].kubernetes_groups[0].name": "platform viewers",
        },
        allowed="a Kubernetes group without spaces",
        fix="use a group of your own",
    ),
]

VERSIONS = [
    limit("node_groups[0].release_version", "newest", "an AMI release such as", "copy one from"),
    limit(
        *("add_ons.load_balancer_controller.image_repository", "https://a.test/b:1"),
        allowed="a repository URI, without https://",
        fix="write it like public.ecr.aws",
    ),
    limit(
        *("add_ons.versions", {"vpc-cni": "banana"}, "a version in EKS's format"),
        fix="or use None",
        at="add_ons.versions['vpc-cni']",
        got="banana",
    ),
    *(
        limit(
            *("add_ons.versions", {"kube-proxy": version}, "v1.33 to v1.36 with Kubernetes 1.36"),
            fix="the project pins a version for each",
            at="add_ons.versions['kube-proxy']",
            got=version,
        )
        for version in ("v1.20.0-eksbuild.1", "v1.37.0-eksbuild.1", "v2.36.0-eksbuild.1")
    ),
    limit(
        *("add_ons.versions", {"aws-ebs-csi-driver": "v1.57.1-eksbuild.1"}, "v1.58.0 or newer"),
        fix="the project pins a version for each",
        at="add_ons.versions['aws-ebs-csi-driver']",
        got="v1.57.1-eksbuild.1",
    ),
    limit(
        *("add_ons.load_balancer_controller.chart_version", "1.14.1", "1.17.1 or newer"),
        fix="remove it: the project uses 3.5.0",
    ),
    limit(
        *(
            "add_ons.load_balancer_controller.chart_version",
            "v3.5.0",
            "a chart version as its repository",
        ),
        fix="copy one that `helm search repo eks/aws-load-balancer-controller --versions` lists",
    ),
]

MOST = [
    limit(path, most + 1, f"less than or equal to {most}", f"{most}", good=good)
    for good, path, most in (
        (DEV, "vpc_cni.warm_eni_target", 24),
        (DEV, "vpc_cni.warm_ip_target", 1_536),
        (with_changes(DEV, {"vpc_cni.warm_ip_target": 1}), "vpc_cni.minimum_ip_target", 1_536),
        (PROD, "vpc_cni.warm_prefix_target", 1_536),
        (DEV, "node_groups[0].max_size", 100_000),
        (DEV, "fargate_profiles[0].max_pods", 100_000),
        (DEV, "add_ons.load_balancer_controller.replicas", 100),
        (DEV, "workloads[0].web_replicas", 1_000),
        (DEV, "workloads[0].api_replicas", 1_000),
        (with_changes(DEV, {"workloads": (PODINFO,)}), "workloads[0].max_pods", 100_000),
    )
]

FILES = "tests/unit/configuration/manifests"
YAML = [
    Mistake(
        f"a namespace in YAML that is {what}",
        {
            "workloads": (*DEV.workloads, SHOP),
            "workloads[1].namespace": namespace,
            "workloads[1].path": f"{FILES}/{what}",
        },
        at="workloads[1].namespace",
        got=namespace,
        allowed=f"{found}, the namespace of ConfigMap/settings",
        fix=fix,
    )
    for what, namespace, found, fix in (
        ("number", "123", "123", 'quote it in the files: namespace: "123"'),
        ("odd", "shop", "['a', 'b']", "remove metadata.namespace from the files"),
    )
]

BEHIND_PROXY = with_changes(DEV, {"http_proxy": HttpProxySpec(url="http://proxy.example.com:3128")})
CERTIFICATES = "tests/unit/configuration/certificates"
HTTP_PROXY = [
    *(
        limit(
            "http_proxy.url", url, "a URL of scheme (http or https), host", fix, good=BEHIND_PROXY
        )
        for fix in ("write it like http://proxy.example.com:3128",)
        for url in (
            *("proxy.example.com:3128", "http://proxy.example.com", "socks5://10.0.0.1:1080"),
            *("http://proxy.example.com:0", "http://proxy.example.com:65536", "http://:3128"),
            *("http://proxy.example.com:3128/pac", "http://a b:3128", "", "http://1.2.3.999:80"),
            *("http://proxy..a:80", f"http://{'a' * 64}.test:80", f"http://{'a.' * 127}a:80"),
            *("http://proxy.-a:80", "http://10.0.1:80"),
        )
    ),
    limit(
        *("http_proxy.url", "http://alice:secret@proxy.example.com:3128"),
        allowed="a URL without user name and password",
        fix="let the proxy admit the ranges of the VPC",
        good=BEHIND_PROXY,
    ),
    *(
        Mistake(
            f"no_proxy of {entry}",
            {"http_proxy.no_proxy": (entry,)},
            at="http_proxy.no_proxy[0]",
            got=entry,
            allowed="a host, a domain such as .example.com, or an IPv4 address or network",
            fix="write the name or the network alone",
            good=BEHIND_PROXY,
        )
        for entry in (
            *("*", "*.example.com", "https://example.com", "example.com:443", "a.com,b.com"),
            *("10.0.0.1/8", "10.0.0.0/33", "a b", "", ".", "10.0.0.0/255.0.0.0", "10.0.0.0/08"),
            *("0.0.0.0/0", "1.2.3.999", "a..b", f".{'a.' * 127}a"),
        )
    ),
    *(
        Mistake(
            f"a CA certificate from {file}",
            {"http_proxy.ca_certificates": (file,)},
            at="http_proxy.ca_certificates[0]",
            got=file,
            allowed=allowed,
            fix=fix,
            good=BEHIND_PROXY,
        )
        for file, allowed, fix in (
            (
                "../company-ca.pem",
                "a file in this repository",
                "such as environments/company-ca.pem",
            ),
            (f"{CERTIFICATES}/missing.pem", "that can be read", "from the top of the repository"),
            (CERTIFICATES, "that can be read", "from the top of the repository"),
            ("README.md", "a certificate in PEM", "convert the file: `openssl x509 -inform der"),
            (f"{CERTIFICATES}/key.pem", "the file holds a private key", "remove the key"),
            (f"{CERTIFICATES}/broken.pem", "that OpenSSL can read", "copy the file again"),
            (f"{CERTIFICATES}/truncated.pem", "1 of 2 blocks are", "copy the file again"),
            (f"{CERTIFICATES}/trusted.pem", "0 of 1 blocks are", "converts a TRUSTED CERTIFICATE"),
            (f"{CERTIFICATES}/expired.pem", "one expired on 2025-11-05", "with its successor"),
            (f"{CERTIFICATES}/server.pem", "(CA:TRUE)", "the authority that issued this one"),
        )
    ),
    Mistake(
        "an AL2023 release that doesn't know of proxies",
        {"cluster.kubernetes_version": "1.34", "node_groups[0].release_version": "1.34.1-20251108"},
        allowed="an AL2023 release of 20251120 or later when http_proxy is set",
        fix="use a later release, or set release_version=None",
        good=BEHIND_PROXY,
    ),
    Mistake(
        "more hosts than a function has room for",
        {"http_proxy.no_proxy": tuple(f"host-{number}.example.com" for number in range(180))},
        at="http_proxy.no_proxy",
        got="3,957 bytes of environment variables",
        allowed="at most 3,584 for the kubectl handler",
        fix="list domains instead of hosts",
        good=BEHIND_PROXY,
    ),
    Mistake(
        "more certificates than an instance has room for",
        {"http_proxy.ca_certificates": (f"{CERTIFICATES}/large.pem",)},
        at="http_proxy.ca_certificates",
        got="14,379 bytes of user data",
        allowed="at most 12,288; an instance has 16,384",
        fix="list only the authorities that nodes meet",
        good=BEHIND_PROXY,
    ),
]

SILENT = [
    *YAML,
    *(*RANGES, *PLACES, *TOO_OFTEN, *TAGS, *INSTANCES, *LABELS, *CNI, *ACCESS, *VERSIONS, *MOST),
    *HTTP_PROXY,
]
