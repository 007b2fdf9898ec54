"""Addresses that a Service can't have, objects that can't be applied, and a DNS server without its parts."""

from __future__ import annotations

from tests.unit.guardrails.mutations import Mutation, in_resource, with_object
from tests.unit.guardrails.mutations.fitting import told
from tests.unit.guardrails.mutations.kubernetes_objects import breach, edit

CLUSTER_IP = '"type":"ClusterIP"'
PLUGINS = ("errors", "health", "ready", "kubernetes cluster.local", "forward . /etc/resolv.conf")
POLICY = {
    "apiVersion": "admissionregistration.k8s.io/v1alpha1",
    "kind": "MutatingAdmissionPolicy",
    "metadata": {"name": "own"},
    "spec": {},
}
UNNAMED = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"generateName": "own-", "namespace": "sample"},
}


def corefile(without: str) -> str:
    """Return a configuration of CoreDNS without a plug-in."""
    kept = [f"    {each}\n" for each in PLUGINS if not each.startswith(without)]
    return f".:53 {{\n{''.join(kept)}}}\n"


MUTATIONS: tuple[Mutation, ...] = (
    *(
        breach(
            "KUBE18",
            f"addresses of a family that the cluster lacks: {value}",
            edit("Service", "api", CLUSTER_IP, f"{CLUSTER_IP},{fields}"),
            value=f"Service/api {value}",
            fix="Remove ipFamilyPolicy and ipFamilies",
        )
        for fields, value in (
            ('"ipFamilyPolicy":"RequireDualStack"', "spec.ipFamilyPolicy RequireDualStack"),
            ('"ipFamilies":["IPv6"]', "spec.ipFamilies[0] IPv6"),
        )
    ),
    breach(
        "KUBE20",
        "an address of no Service",
        edit("Service", "api", CLUSTER_IP, f'{CLUSTER_IP},"clusterIP":"10.100.0.50"'),
        value="Service/api spec.clusterIP 10.100.0.50",
        fix="choose an address of 172.20.0.0/16",
    ),
    breach(
        "KUBE20",
        "an API that EKS doesn't serve",
        with_object(POLICY),
        value="MutatingAdmissionPolicy/own apiVersion admissionregistration.k8s.io/v1alpha1",
        fix="for the cluster's version",
    ),
    breach(
        "KUBE17",
        "an object without a name",
        with_object(UNNAMED),
        value="ConfigMap/ metadata.generateName own-",
        fix="An object that is updated needs metadata.name",
    ),
    *(
        breach(
            "KUBE36",
            f"CoreDNS without {name}",
            told("AddOns/CoreDns", corefile=corefile(name)),
            value=f"coredns corefile without {name}",
            fix="Add the plug-in",
        )
        for name in ("kubernetes", "ready", "health", "forward")
    ),
    breach(
        "VERSION19",
        "kubectl for another processor",
        in_resource(
            "Cluster",
            "AWS::Lambda::Function",
            lambda own: own.update(Architectures=["arm64"]),
            path="/KubectlProvider/Handler/Resource",
        ),
        value="Architectures arm64",
        fix="set it to x86_64",
    ),
    breach(
        "KUBE36",
        "CoreDNS of more pods than it may have",
        told("AddOns/CoreDns", autoScaling={"enabled": True, "minReplicas": 6, "maxReplicas": 2}),
        value="coredns minReplicas 6",
        fix="Lower minReplicas",
    ),
)
