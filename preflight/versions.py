"""Whether EKS offers the versions of Kubernetes and of add-ons today."""

from __future__ import annotations

from collections.abc import Iterator

from assembly import kinds
from kube.values import text
from preflight.account import Account
from preflight.row import Row, judged
from preflight.target import Target


def kubernetes_versions(account: Account, target: Target) -> Iterator[Row]:
    """Check that EKS offers the version, and how long its standard support lasts."""
    for version in target.names(kinds.CLUSTER, "Version"):
        answer = account.ask("eks", "describe_cluster_versions")["clusterVersions"]
        offered = {each["clusterVersion"]: each for each in answer}
        wanted = offered.get(version, {})
        status = wanted.get("versionStatus")
        until = str(wanted.get("endOfStandardSupportDate", "unknown"))[:10]
        found = f"not offered; EKS offers {', '.join(sorted(offered))}"
        if status == "STANDARD_SUPPORT":
            found = f"standard support until {until}"
        elif status == "EXTENDED_SUPPORT":
            found = f"extended support, which costs more, since {until}"
        yield judged(
            f"Kubernetes {version}",
            found,
            fails=found.startswith("not"),
            warns=found.startswith("extended"),
            run="change cluster.kubernetes_version; see docs/upgrade.md",
        )


def add_on(account: Account, target: Target, *, name: str) -> Iterator[Row]:
    """Check that EKS offers the pinned version of an add-on for the cluster's version."""
    add_ons = target.all_of(kinds.ADD_ON)
    pins = {text(each, "AddonVersion") for each in add_ons if text(each, "AddonName") == name}
    for version in target.names(kinds.CLUSTER, "Version"):
        asked = {"addonName": name, "kubernetesVersion": version}
        answer = account.ask("eks", "describe_addon_versions", asked)["addons"]
        offered = [each["addonVersion"] for addon in answer for each in addon["addonVersions"]]
        for pin in sorted(pins):
            fine = pin in offered or (not pin and offered)
            found = pin or "EKS's default"
            yield judged(
                f"add-on {name}",
                found if fine else f"{found} is not offered for Kubernetes {version}",
                fails=not fine,
                run=f"pin one of these: {', '.join(offered[:3])}" if offered else "remove it",
            )
