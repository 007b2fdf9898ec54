"""Charts that can't be found, don't stay the same or don't fit their cluster."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template

CHART = "Custom::AWSCDK-EKS-HelmChart"
SITES = {
    "karpenter": "oci://public.ecr.aws/karpenter/karpenter",
    "cert-manager": "https://charts.jetstack.io",
    "metrics-server": "https://kubernetes-sigs.github.io/metrics-server",
    "cluster-autoscaler": "https://kubernetes.github.io/autoscaler",
}


def controller(**properties: object) -> Callable[[Environment], Environment]:
    """Return a change of the load balancer controller's chart; None takes a property away."""

    def change(chart: dict[str, Any]) -> None:
        chart.update(properties)
        for name in [name for name, value in chart.items() if value is None]:
            del chart[name]

    return in_resource("Cluster", CHART, change)


def renamed(old: str, new: str) -> Callable[[Environment], Environment]:
    """Return a change of the text of the chart's values."""

    def change(chart: dict[str, Any]) -> None:
        written = json.dumps(chart["Values"])
        assert old in written
        chart["Values"] = json.loads(written.replace(old, new))

    return in_resource("Cluster", CHART, change)


def installed(
    chart: str, version: str, release: str = "", **values: object
) -> Callable[[Environment], Environment]:
    """Return a change that adds one more chart."""

    def change(template: dict[str, Any]) -> None:
        _, sibling = found(template, "/LoadBalancerController/Chart/")
        added = copy.deepcopy(sibling)
        added["Metadata"]["aws:cdk:path"] = "Added"
        added["Properties"] |= {
            "Chart": chart,
            "Release": release or chart,
            "Repository": SITES[chart],
            "Version": version,
            "Values": json.dumps(values),
        }
        template["Resources"]["Added"] = added

    return in_template("Cluster", change)


OURS = {"clusterName": "groundwork-prod"}
NO_ROLE = (
    "another cluster",
    "a controller for older clusters",
    "an autoscaler in its default region",
)
"""Nothing gives their pods a role; one of them doesn't know Pod Identity."""

MUTATIONS = tuple(
    Mutation(
        rule=rule,
        name=name,
        environment="Prod",
        change=change,
        value=value,
        fix=fix,
        also=("ROLE6",) if "arpenter" in name or name in NO_ROLE else (),
    )
    for rule, name, change, value, fix in (
        (
            *("ROLE8", "a firewall that the controller's role may not use"),
            renamed('\\"enableWafv2\\":false', '\\"enableWafv2\\":true'),
            *("wafv2:GetWebACL", "wafv2:AssociateWebACL"),
        ),
        ("VERSION15", "no version", controller(Version=None), "Version", "an exact one"),
        ("VERSION15", "a range", controller(Version="^3.0.0"), "Version ^3.0.0", "an exact one"),
        ("VERSION15", "half a version", controller(Version="3.5"), "Version 3.5", "an exact one"),
        (
            *("VERSION16", "plain http"),
            controller(Repository="http://aws.github.io/eks-charts"),
            *("Repository http://aws.github.io/eks-charts", "https://"),
        ),
        (
            "VERSION16",
            "no repository",
            controller(Repository=None),
            "Repository",
            "the chart's own",
        ),
        (
            "VERSION16",
            "by ftp",
            controller(Repository="ftp://charts"),
            "Repository ftp://charts",
            "https://",
        ),
        (
            *("VERSION16", "the repository of another chart"),
            controller(Repository="https://charts.jetstack.io"),
            *("Repository https://charts.jetstack.io", "the chart's own"),
        ),
        (
            "KUBE7",
            "every pod of the controller must stay",
            renamed('maxUnavailable\\":1', 'minAvailable\\":2'),
            "Values.podDisruptionBudget.minAvailable 2",
            "maxUnavailable: 1",
        ),
        (
            "KUBE7",
            "no pod of the controller may go",
            renamed('maxUnavailable\\":1', 'maxUnavailable\\":0'),
            "Values.podDisruptionBudget.maxUnavailable 0",
            "maxUnavailable: 1",
        ),
        ("VERSION17", "no VPC", renamed("vpcId", "vpcID"), "Values.vpcId", "its VPC"),
        ("VERSION17", "no region", renamed('"region', '"awsRegion'), "Values.region", "its region"),
        (
            "VERSION17",
            "another region",
            renamed("eu-west-1", "us-east-1"),
            "Values.region",
            "its region",
        ),
        (
            "VERSION17",
            "no cluster",
            renamed("clusterName", "cluster"),
            "Values.clusterName",
            "its name",
        ),
        (
            *("VERSION17", "no service account"),
            renamed('create\\":true', 'create\\":false'),
            *("Values.serviceAccount.create", "serviceAccount.create"),
        ),
        (
            *("VERSION16", "two letters of the repository change places"),
            controller(Repository="https://aws.github.oi/eks-charts"),
            *("Repository https://aws.github.oi/eks-charts", "the chart's own"),
        ),
        (
            *("VERSION16", "a repository that its owner doesn't have"),
            controller(Repository="https://aws.github.io/helm"),
            *("Repository https://aws.github.io/helm", "the chart's own"),
        ),
        (
            *("VERSION16", "a letter is missing"),
            controller(Chart="aws-load-balancer-controler"),
            *("Chart aws-load-balancer-controler", "the chart's own"),
        ),
        (
            *("VERSION17", "another cluster"),
            installed("karpenter", "1.9.0", settings={"clusterName": "groundwork-dev"}),
            *("Values.settings.clusterName", "its name"),
        ),
        (
            *("VERSION17", "an autoscaler in its default region"),
            installed("cluster-autoscaler", "9.50.0", autoDiscovery=OURS),
            *("Values.awsRegion", "its region"),
        ),
        (
            *("ROLE6", "an autoscaler that may ask nothing"),
            installed("cluster-autoscaler", "9.50.0", autoDiscovery=OURS, awsRegion="eu-west-1"),
            *("kube-system/cluster-autoscaler-aws-cluster-autoscaler", "Pod Identity"),
        ),
        (
            *("VERSION18", "a Karpenter for older clusters"),
            installed("karpenter", "1.2.0", settings=OURS),
            *("Version 1.2.0", "before the cluster is upgraded"),
        ),
        (
            *("VERSION18", "a cert-manager for older clusters"),
            installed("cert-manager", "v1.11.0"),
            *("Version v1.11.0", "before the cluster is upgraded"),
        ),
        (
            *("VERSION18", "a Karpenter from before 1.0"),
            installed("karpenter", "v0.36.2", settings=OURS),
            *("Version v0.36.2", "before the cluster is upgraded"),
        ),
        (
            *("VERSION18", "a newer cert-manager that is too old still"),
            installed("cert-manager", "v1.16.2"),
            *("Version v1.16.2", "before the cluster is upgraded"),
        ),
        (
            *("VERSION18", "a cert-manager with definitions that are gone"),
            installed("cert-manager", "v1.3.1"),
            *("Version v1.3.1", "before the cluster is upgraded"),
        ),
        (
            *("VERSION16", "a version of the controller, not of its chart"),
            controller(Version="2.17.1"),
            *("Version 2.17.1", "a version of the chart"),
        ),
        (
            *("VERSION5", "a version of the chart that nobody tried"),
            controller(Version="4.0.0"),
            *("aws-load-balancer-controller 4.0.0", "a version of the chart"),
        ),
        (
            *("VERSION16", "a version that the chart never had"),
            controller(Version="1.17.9"),
            *("Version 1.17.9", "a version of the chart"),
        ),
        (
            *("VERSION16", "a version of the autoscaler, not of its chart"),
            installed("cluster-autoscaler", "1.35.0"),
            *("Version 1.35.0", "a version of the chart"),
        ),
        (
            *("VERSION16", "a version of metrics-server, not of its chart"),
            installed("metrics-server", "0.8.0"),
            *("Version 0.8.0", "a version of the chart"),
        ),
        (
            *("VERSION16", "a repository that has other charts only"),
            controller(Repository="https://charts.external-secrets.io/"),
            *("Repository https://charts.external-secrets.io/", "the chart's own"),
        ),
        (
            *("VERSION18", "a controller for older clusters"),
            controller(Version="1.3.2"),
            *("Version 1.3.2", "before the cluster is upgraded"),
        ),
        (
            "VERSION19",
            "longer than a function runs",
            controller(Timeout="1200s"),
            "Timeout 1200s",
            "words",
        ),
        (
            *("ROLE6", "a controller that doesn't know Pod Identity"),
            controller(Version="1.6.2"),
            *("Version 1.6.2", "chart 1.7.0 or later"),
        ),
        (
            *("VERSION22", "an add-on by chart as well"),
            installed("metrics-server", "3.13.0"),
            *("Chart metrics-server", "Keep one of them"),
        ),
        (
            *("VERSION22", "one release name for two charts"),
            installed("cert-manager", "v1.21.0", release="aws-load-balancer-controller"),
            *("Release aws-load-balancer-controller", "Keep one of them"),
        ),
    )
)
