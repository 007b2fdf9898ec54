"""Selectors, nodes and DNS of a whole cluster."""

from __future__ import annotations

from typing import Any

from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template
from tests.unit.guardrails.mutations.kubernetes_objects import API, both, breach, edit
from tests.unit.guardrails.mutations.scheduling import added, group

NAME = "app.kubernetes.io/name"
AIMS = (
    breach(
        "KUBE34",
        "a Service for two applications",
        edit(
            "Service",
            "api",
            f'"selector":{{"{NAME}":"sample-api"}}',
            '"selector":{"app.kubernetes.io/part-of":"sample"}',
        ),
        value="Service/api several",
        fix="labels that only the pods have",
        also=("REACH14",),
    ),
    breach(
        "KUBE34",
        "a Service for another application",
        edit(
            "Service",
            "api",
            f'"selector":{{"{NAME}":"sample-api"}}',
            f'"selector":{{"{NAME}":"sample-web"}}',
        ),
        value="Service/api others",
        fix="labels that only the pods have",
        also=("REACH14",),
    ),
    breach(
        "KUBE34",
        "a NetworkPolicy for nothing",
        edit(
            "NetworkPolicy",
            "web",
            f'"podSelector":{{"matchLabels":{{"{NAME}":"sample-web"}}}},"policyTypes"',
            f'"podSelector":{{"matchLabels":{{"{NAME}":"web"}}}},"policyTypes"',
        ),
        value="NetworkPolicy/web nothing",
        fix="labels that only the pods have",
        also=("REACH14",),
    ),
    breach(
        "KUBE34",
        "a Deployment whose selector takes pods of another one",
        edit(
            *API,
            f'"selector":{{"matchLabels":{{"{NAME}":"sample-api"}}}}',
            '"selector":{"matchLabels":{"app.kubernetes.io/part-of":"sample"}}',
        ),
        value="Deployment/api selector web",
        fix="labels that only the pods have",
    ),
)

NODES = (
    breach(
        "KUBE35",
        "one Spot type for all of production",
        group(CapacityType="SPOT"),
        value="InstanceTypes",
        fix="several instance types",
    ),
    breach(
        "KUBE35",
        "one zone for all of production",
        in_resource(
            "Cluster", "AWS::EKS::Nodegroup", lambda own: own.update(Subnets=own["Subnets"][:1])
        ),
        value="Subnets",
        fix="subnets in two zones",
    ),
)


def _copy(template: dict[str, Any]) -> dict[str, Any]:
    return {**template["Resources"]["Added"], "Metadata": {"aws:cdk:path": "More"}}


def without_dns(template: dict[str, Any]) -> None:
    """Take CoreDNS away."""
    logical_id, _ = found(template, "AddOns/CoreDns/Resource")
    del template["Resources"][logical_id]
    for body in template["Resources"].values():
        if logical_id in body.get("DependsOn", ()):
            body["DependsOn"].remove(logical_id)


WHOLE = (
    breach(
        "KUBE36",
        "no DNS",
        in_template("Cluster", without_dns),
        value="BootstrapSelfManagedAddons",
        fix="Install coredns as an add-on",
    ),
    breach(
        "KUBE37",
        "a ConfigMap that two manifests apply",
        both(
            added("ConfigMap", "words", data={}),
            in_template("SampleService", lambda made: made["Resources"].update(More=_copy(made))),
        ),
        value="ConfigMap/words twice",
        fix="another name",
    ),
)

MUTATIONS: tuple[Mutation, ...] = (*AIMS, *NODES, *WHOLE)
