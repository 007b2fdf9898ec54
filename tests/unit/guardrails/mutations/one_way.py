"""Steps that AWS refuses, or that leave something behind in the cluster."""

from __future__ import annotations

from typing import Any

from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template
from tests.unit.guardrails.mutations.replacement import as_it_is, step

TEMPLATE = "DataPlaneNodeGroupsGeneralLaunchTemplate3462D99E"


def with_another_template(template: dict[str, Any]) -> None:
    """Give the launch template another logical id."""
    template["Resources"]["New"] = template["Resources"].pop(TEMPLATE)
    _, group = found(template, "/NodeGroup/Resource")
    latest = {"Fn::GetAtt": ["New", "LatestVersionNumber"]}
    group["Properties"]["LaunchTemplate"] = {"Id": {"Ref": "New"}, "Version": latest}


MUTATIONS = tuple(
    Mutation(
        rule=rule,
        name=name,
        environment="Prod",
        change=step(as_it_is, change),
        value=value,
        fix=fix,
    )
    for rule, name, change, value, fix in (
        (
            *("REPLACE7", "another launch template for the same node group"),
            in_template("Cluster", with_another_template),
            f"LaunchTemplate/Id: ${{{TEMPLATE}}} to ${{New}}",
            "Restore the old value",
        ),
        (
            *("REPLACE7", "a way of signing in that was left"),
            in_resource(
                "Cluster",
                "AWS::EKS::Cluster",
                lambda it: it["AccessConfig"].update(AuthenticationMode="API_AND_CONFIG_MAP"),
            ),
            "AccessConfig/AuthenticationMode: API to API_AND_CONFIG_MAP",
            "Restore the old value",
        ),
        (
            *("REPLACE7", "a manifest that another function applies"),
            in_resource(
                "Cluster",
                "Custom::AWSCDK-EKS-KubernetesResource",
                lambda it: it.update(
                    ServiceToken="arn:aws:lambda:eu-west-1:111122223333:function:x"
                ),
            ),
            (
                "ServiceToken: ${ControlPlaneClusterKubectlProviderframeworkonEvent303CDB4D.Arn} to "
                "arn:aws:lambda:eu-west-1:111122223333:function:x"
            ),
            "Restore the old value",
        ),
        (
            *("REPLACE7", "a key of several regions"),
            in_resource("Cluster", "AWS::KMS::Key", lambda it: it.update(MultiRegion=True)),
            "MultiRegion: False to True",
            "Restore the old value",
        ),
        (
            *("REPLACE7", "logs of another class"),
            in_resource(
                "Cluster",
                "AWS::Logs::LogGroup",
                lambda it: it.update(LogGroupClass="INFREQUENT_ACCESS"),
            ),
            "LogGroupClass: STANDARD to INFREQUENT_ACCESS",
            "Restore the old value",
        ),
        (
            *("REPLACE9", "another name for a release"),
            in_resource(
                "Cluster", "Custom::AWSCDK-EKS-HelmChart", lambda it: it.update(Release="lbc")
            ),
            "chart kube-system/aws-load-balancer-controller",
            "Restore the name",
        ),
        (
            *("REPLACE9", "another name for a budget"),
            in_template(
                "SampleService",
                manifest_change("PodDisruptionBudget", "web", '"name":"web"', '"name":"front"'),
            ),
            "PodDisruptionBudget.policy sample/web",
            "kubectl delete",
        ),
    )
)
