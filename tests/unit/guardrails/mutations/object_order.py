"""Kubernetes objects that come before what they need."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.mutations import Mutation, found, in_template, without_edge

DEPEND = "node.add_dependency()"
EDGES = (
    ("ORDER14", "/ApiServiceAccount/", "/Namespace/", "ServiceAccount/api Namespace/sample"),
    ("ORDER14", "/WebDeployment/", "/WebServiceAccount/", "Deployment/web ServiceAccount/web"),
    ("ORDER14", "/LoadBalancerAddress/", "/WebService/", "Service/web"),
)
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "shops.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "shops", "singular": "shop", "kind": "Shop", "listKind": "ShopList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}
SHOP = {"apiVersion": "example.com/v1", "kind": "Shop", "metadata": {"name": "first"}}
NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "late", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
}
SETTINGS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "late"},
}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data", "namespace": "sample"},
    "spec": {
        "storageClassName": "late",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    },
}
CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "late"},
    "provisioner": "efs.csi.aws.com",
}
PARAMETERS = {
    "apiVersion": "elbv2.k8s.aws/v1beta1",
    "kind": "IngressClassParams",
    "metadata": {"name": "alb"},
}
CERTIFICATE = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Issuer",
    "metadata": {"name": "own", "namespace": "kube-system"},
    "spec": {"selfSigned": {}},
}


def applied(
    *manifests: list[dict[str, Any]], after: str = ""
) -> Callable[[Environment], Environment]:
    """Return a change that adds manifests, none of which waits for another of them."""

    def change(template: dict[str, Any]) -> None:
        _, sibling = found(template, "/DefaultStorageClass/")
        barrier, _ = found(template, "/KubectlReadyBarrier")
        edges = [barrier, *([found(template, after)[0]] if after else [])]
        for number, objects in enumerate(manifests):
            template["Resources"][f"Added{number}"] = {
                "Type": sibling["Type"],
                "Properties": {
                    **sibling["Properties"],
                    "Manifest": json.dumps(objects),
                    "PruneLabel": "",
                },
                "DependsOn": edges,
                "Metadata": {"aws:cdk:path": f"Added{number}"},
            }

    return in_template("Cluster", change)


def _before_all_policies(environment: Environment) -> Environment:
    """Let pods start before that which denies all, and before their own policy."""
    for policy in ("/WebNetworkPolicy/", "/SampleService/NetworkPolicy/"):
        environment = without_edge("SampleService", "/WebDeployment/", policy)(environment)
    return environment


MUTATIONS = (
    Mutation("ORDER14", "pods start before any of their network policies", "Dev", _before_all_policies, "Deployment/web NetworkPolicy/web", DEPEND),
    *(
        Mutation(
            rule=rule,
            name=f"{later} doesn't wait for {earlier}",
            environment="Dev",
            change=without_edge("SampleService", later, earlier),
            value=value,
            fix=DEPEND,
        )
        for rule, later, earlier, value in EDGES
    ),
    Mutation("ORDER14", "an object is applied beside its namespace", "Dev", applied([SETTINGS], [NAMESPACE]), "ConfigMap/settings Namespace/late", DEPEND),
    Mutation("ORDER14", "a namespace comes after its object in a manifest", "Dev", applied([SETTINGS, NAMESPACE]), "ConfigMap/settings Namespace/late", "before it"),
    # The cluster has no driver of EFS.
    Mutation("ORDER14", "a claim is made beside its class", "Dev", applied([CLAIM], [CLASS], after="/EbsCsiDriver/Resource"), "PersistentVolumeClaim/data StorageClass/late", DEPEND, also=("KUBE31",)),
    Mutation("ORDER17", "a custom resource is applied beside its definition", "Dev", applied([SHOP], [DEFINITION]), "Shop/first", DEPEND),
    Mutation("ORDER17", "a custom resource is in the manifest of its definition", "Dev", applied([DEFINITION, SHOP]), "Shop/first shops.example.com", "a manifest of its own"),
    Mutation("ORDER17", "the controller's chart brings the definition", "Dev", applied([PARAMETERS]), "IngressClassParams/alb", DEPEND),
    Mutation("ORDER17", "nothing brings the definition", "Dev", applied([CERTIFICATE]), "Issuer/own cert-manager.io", "Install what brings"),
)  # fmt: skip
