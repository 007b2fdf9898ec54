"""Warnings of a synth that no rule can decide."""

from __future__ import annotations

import datetime as dt

import pytest

from configuration.remarks import remarks_of
from constructs_lib.specs.access import AccessPolicySpec
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.managed_policies import MANAGED
from constructs_lib.specs.namespaced_workloads import ImageSpec
from constructs_lib.specs.node_pool_parts import RequirementSpec
from constructs_lib.specs.permissions import PermissionsSpec
from tests.unit.configuration.karpenter_mistakes import FIRST
from tests.unit.configuration.karpenter_mistakes import GOOD as WITH_KARPENTER
from tests.unit.configuration.mistakes import DEV, PODINFO, PROD, ROLE_ARN, SHOP, with_changes
from tests.unit.configuration.silent_mistakes import CERTIFICATES


@pytest.mark.parametrize("good", [DEV, PROD])
def test_the_environments_need_none(good: object) -> None:
    """Ireland has a control plane in every zone, and nobody has a policy for some namespaces."""
    assert remarks_of(good) == {}  # type: ignore[arg-type]


def test_regions_with_a_zone_without_control_plane_are_told() -> None:
    """With the zone's id, the command that tells its letter, and the field."""
    zones = ("us-east-1a", "us-east-1e")
    config = with_changes(
        DEV, {"region": "us-east-1", "network.zone_slots": 8, "network.zones": zones}
    )

    text = remarks_of(config)["groundwork:zone-without-control-plane"]

    assert "--region us-east-1 --zone-ids use1-az3" in text
    assert "leave it out of network.control_plane_zones" in text


@pytest.mark.parametrize(
    ("namespaces", "unknown"), [(("team-a", "sample"), ["team-a"]), (("sam*", "kube-*"), [])]
)
def test_a_policy_for_a_namespace_of_nobody_is_told(
    namespaces: tuple[str, ...], unknown: list[str]
) -> None:
    """It grants nothing until somebody makes the namespace."""
    policy = AccessPolicySpec(policy="AmazonEKSViewPolicy", namespaces=namespaces)
    config = with_changes(DEV, {"access.roles[1].policies": (policy,)})

    told = [text for text in remarks_of(config).values() if "has a policy for team-a," in text]

    assert len(told) == len(unknown)


def test_a_workload_tells_what_is_worth_a_look() -> None:
    """Secrets that everybody reads, files that nobody reads, and roles beyond the default quota."""
    folder = "tests/unit/configuration/manifests/remarks"
    policies = tuple(sorted(each for each in MANAGED if "/" not in each)[:11])
    shop = with_changes(
        SHOP,
        {
            "path": folder,
            "images": {"web": ImageSpec(path=f"{folder}/web", architecture="arm64")},
            "service_accounts": {"web": PermissionsSpec(managed_policies=policies)},
        },
    )

    told = remarks_of(with_changes(DEV, {"workloads": (*DEV.workloads, shop)}))

    assert sorted(told) == [
        "groundwork:Shop:policies-web",
        "groundwork:Shop:secret-db",
        "groundwork:Shop:unread-cart.YAML",
        "groundwork:Shop:unread-jobs/job.yml",
    ]
    assert "db.yaml line 1 contains the data of Secret/db" in told["groundwork:Shop:secret-db"]
    assert "shop/web has 11 managed policies" in told["groundwork:Shop:policies-web"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("AmazonEBSCSIDriverPolicyV9", "; the nearest is AmazonEBSCSIDriverPolicyV2."),
        ("AmazonSESReadOnlyAccess2", "; the nearest is AmazonSESReadOnlyAccess."),
        ("OfNobody", "managed in March 2026. If"),
        ("AmazonS3ReadOnlyAccess", ""),
    ],
)
def test_a_policy_that_may_be_newer_than_the_list_is_told(name: str, told: str) -> None:
    """Of nodes, of pods and as a boundary; the account decides."""
    allowed = PermissionsSpec(managed_policies=(name,))
    for change in (
        {"node_groups[0].permissions": allowed},
        {"node_groups[0].permissions_boundary": f"arn:aws:iam::aws:policy/{name}"},
        {"workloads": (with_changes(SHOP, {"service_accounts": {"web": allowed}}),)},
    ):
        config = with_changes(DEV, change)
        found = remarks_of(config).get(f"groundwork:unknown-policy:{name}", "")

        assert [*config.problems()] == []
        assert bool(found) == bool(told)
        assert told in found


@pytest.mark.parametrize(("version", "told"), [("3.5.0", 0), ("1.17.1", 0), ("3.10.0", 1)])
def test_a_chart_that_nobody_has_compared_is_told(version: str, told: int) -> None:
    """It may need more permissions than the policy has."""
    config = with_changes(DEV, {"add_ons.load_balancer_controller.chart_version": version})

    assert len([name for name in remarks_of(config) if name.endswith("controller-policy")]) == told


@pytest.mark.parametrize(
    ("arns", "mfa", "told"),
    [
        ((ROLE_ARN,), True, 1),
        ((ROLE_ARN,), False, 0),
        ((ROLE_ARN.replace("role", "user"),), True, 0),
        ((), True, 0),
    ],
)
def test_roles_whose_sessions_have_no_mfa_are_told(
    arns: tuple[str, ...], *, mfa: bool, told: int
) -> None:
    """Most of them could use nothing."""
    change = {"access.roles[1].trusted_principal_arns": arns, "access.roles[1].require_mfa": mfa}

    found = remarks_of(with_changes(DEV, change))

    assert list(found) == ["groundwork:mfa-of-a-role:ReadOnly"] * told


@pytest.mark.parametrize(
    ("add_on", "told"),
    [
        (AddOnSpec(name="kubecost_kubecost"), 1),
        (AddOnSpec(name="kubecost_kubecost", pods=0), 0),
        (AddOnSpec(name="kubecost_kubecost", pods_per_node=1), 0),
        (AddOnSpec(name="fluent-bit"), 0),
    ],
)
def test_an_add_on_whose_pods_nobody_counts_is_told(add_on: AddOnSpec, told: int) -> None:
    """A misspelt name that resembles no known one shows here."""
    config = with_changes(DEV, {"add_ons.additional": (add_on,)})

    assert list(remarks_of(config)) == [f"groundwork:not-counted:{add_on.name}"] * told


@pytest.mark.parametrize(("namespace", "told"), [("sample", 1), ("team-*", 0), ("default", 0)])
def test_a_profile_that_a_removed_workload_leaves_behind_is_told(namespace: str, told: int) -> None:
    """Nothing else would say that no pod can use it."""
    config = with_changes(
        DEV, {"workloads": (), "fargate_profiles[0].selectors[0].namespace": namespace}
    )

    assert len([name for name in remarks_of(config) if "profile-of-nobody" in name]) == told


def test_a_misspelt_placeholder_of_a_chart_is_told() -> None:
    """Others may be the chart's own."""
    chart = with_changes(
        PODINFO,
        {
            "images": {"front": ImageSpec(path="workloads/sample_service/web")},
            "values": {"a": "${front} ${fornt}", "b": ["${HOME}"]},
        },
    )

    told = remarks_of(with_changes(DEV, {"workloads": (*DEV.workloads, chart)}))

    assert list(told) == ["groundwork:Podinfo:placeholder-fornt"]


@pytest.mark.parametrize(
    ("day", "url", "file", "told"),
    [
        ("2126-09-04", "http", "authorities.pem", []),
        ("2126-09-05", "http", "authorities.pem", ["certificate-expires:{}"]),
        ("2126-01-01", "https", "authorities.pem", ["https-proxy"]),
        ("2126-01-01", "https", None, []),
        # A rule refuses it.
        ("2126-01-01", "http", "broken.pem", []),
    ],
)
def test_what_is_worth_a_look_about_a_proxy_is_told(
    day: str, url: str, file: str | None, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that expires soon, and one that not everything trusts."""
    seconds = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", f"{seconds:.0f}")
    paths = () if file is None else (f"{CERTIFICATES}/{file}",)
    proxy = HttpProxySpec(url=f"{url}://proxy.example.com:3128", ca_certificates=paths)

    found = remarks_of(with_changes(DEV, {"http_proxy": proxy}))

    assert list(found) == [f"groundwork:{each.format(*paths)}" for each in told]


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        (("medium", "4xlarge", "16xlarge"), 1),
        (("large", "2xlarge"), 0),
        # Karpenter counts each type by itself where none is above a cap.
        (("medium", "2xlarge"), 0),
    ],
)
def test_a_small_type_that_takes_pods_from_large_nodes_is_told(
    sizes: tuple[str, ...], told: int
) -> None:
    """All nodes of a class have the pods of its smallest type."""
    size = RequirementSpec(key="karpenter.k8s.aws/instance-size", values=sizes)
    family = RequirementSpec(key="karpenter.k8s.aws/instance-family", values=("m7g",))
    config = with_changes(WITH_KARPENTER, {f"{FIRST}.requirements": (family, size)})

    texts = [text for text in remarks_of(config).values() if "EC2NodeClass" in text]

    assert len(texts) == told
    for text in texts:
        assert "default takes at most 8 pods, because its pools may start m7g.medium" in text
        assert "m7g.16xlarge alone could take 250" in text


@pytest.mark.parametrize(
    ("capacity", "types", "told"),
    [
        (
            "SPOT",
            ("m7i.large", "c6i.4xlarge"),
            "2 shapes: m7i.large with 2 vCPUs and 8 GiB; c6i.4xlarge with 16 vCPUs and 32 GiB.",
        ),
        ("SPOT", ("m7i.large", "r6i.large"), "of 2 shapes"),
        ("SPOT", ("m7i.large", "m6a.xlarge"), "m6a.xlarge with 4 vCPUs and 16 GiB."),
        ("SPOT", ("m7i.large", "m6a.large"), ""),
        # 7.5 GiB, and 8.
        ("SPOT", ("c4.xlarge", "c5.xlarge"), ""),
        ("SPOT", ("t3.nano", "t3.micro"), "t3.micro with 2 vCPUs and 1 GiB"),
        ("SPOT", ("c5n.large", "m5.large"), "c5n.large with 2 vCPUs and 5.25 GiB"),
        ("ON_DEMAND", ("m7i.large", "r6i.large"), ""),
    ],
)
def test_spot_of_several_shapes_is_told(capacity: str, types: tuple[str, ...], told: str) -> None:
    """What an autoscaler counts with is the size of a node that it may not get."""
    group = {
        "instance_types": types,
        "capacity_type": capacity,
        "ami_type": "AL2023_x86_64_STANDARD",
    }
    config = with_changes(DEV, {f"node_groups[0].{name}": value for name, value in group.items()})

    text = remarks_of(config).get(
        f"groundwork:spot-of-several-shapes:{config.node_groups[0].name}", ""
    )

    assert told in text
    assert bool(told) == ("make a group for each" in text)


SPOT = RequirementSpec(key="karpenter.sh/capacity-type", values=("spot",))
BOTH = RequirementSpec(key="karpenter.sh/capacity-type", values=("spot", "on-demand"))
OF_M7G = RequirementSpec(key="karpenter.k8s.aws/instance-family", values=("m7g",))
OF_TWO = RequirementSpec(key="karpenter.k8s.aws/instance-family", values=("m7g", "m8g"))


@pytest.mark.parametrize(
    ("requirements", "told"),
    [((SPOT, OF_M7G), True), ((SPOT, OF_TWO), False), ((BOTH, OF_M7G), False), ((OF_M7G,), False)],
)
def test_a_pool_of_one_family_without_a_fallback_is_told(
    requirements: tuple[RequirementSpec, ...], *, told: bool
) -> None:
    """EC2 takes Spot Instances of a family together; on-demand ones come in their place."""
    config = with_changes(WITH_KARPENTER, {f"{FIRST}.requirements": requirements})

    name = f"groundwork:spot-of-one-family:{WITH_KARPENTER.node_pools[0].name}"
    assert ("of m7g only" in remarks_of(config).get(name, "")) is told
