"""Device plug-ins, for images that have drivers of accelerators and of EFA alone."""

from __future__ import annotations

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge
from constructs_lib.manifests import apply
from constructs_lib.specs.manifest_files import MANIFESTS, load_manifests

FINDINGS = {
    "KUBE8[{pods} readinessProbe]": "It serves the kubelet on its node only: no Service sends it traffic.",
    "KUBE8[{pods} livenessProbe]": "It answers no probe. It ends when it loses the kubelet or a "
    "device, and is then started again.",
    "KUBE11[DaemonSet/{name} volumes[0].hostPath]": "The kubelet listens for plug-ins in this folder "
    "of the node.",
    "KUBE12[{pods} {image}]": "The tag is that of a release, which its makers don't move once it is published.",
}
ROOT = "Only root may write into the kubelet's folder. It has no capabilities and can't gain privileges."
TELLS = "The driver of Neuron tells what it has in this folder of the node."
PRIVILEGED = """\
It opens adapters, which are the node's devices. AWS's own chart runs it privileged and on the host's \
network: the adapters of P6 need it (eks-charts#1245)."""
ITS_OWN = {
    "nvidia": {"containers[0].securityContext.runAsNonRoot": ROOT},
    "neuron": {"containers[0].securityContext.runAsNonRoot": ROOT, "volumes[1].hostPath": TELLS},
    "efa": {
        "hostNetwork": PRIVILEGED,
        "containers[0].securityContext.privileged": PRIVILEGED,
        "containers[0].securityContext.allowPrivilegeEscalation": PRIVILEGED,
        "containers[0].securityContext.capabilities.drop": PRIVILEGED,
        "containers[0].securityContext.runAsNonRoot": PRIVILEGED,
        "containers[0].securityContext.runAsUser": PRIVILEGED,
        "volumes[1].hostPath": "The driver of EFA lists the adapters of its node in this folder.",
        "volumes[2].hostPath": TELLS,
    },
}
"""What one of them needs of its node that others don't."""


class DevicePlugin(Construct):
    """A DaemonSet that tells the kubelet what accelerators or adapters its node has."""

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster: eks.Cluster, name: str
    ) -> None:
        """Run the plug-in with this `name`, nvidia, neuron or efa, on nodes with its label."""
        super().__init__(scope, construct_id)
        objects = load_manifests(MANIFESTS / "device-plugins" / f"{name}.yaml")
        manifest = apply(self, "Manifest", cluster=cluster, objects=objects)
        (plugin,) = (each for each in objects if each["kind"] == "DaemonSet")
        (container,) = plugin["spec"]["template"]["spec"]["containers"]
        names = {"name": plugin["metadata"]["name"], "image": container["image"]}
        names["pods"] = f"DaemonSet/{names['name']} {container['name']}"
        more = {f"KUBE11[DaemonSet/{{name}} {at}]": why for at, why in ITS_OWN[name].items()}
        acknowledge(
            manifest,
            {
                f"Groundwork::{each.format_map(names)}": reason
                for each, reason in {**FINDINGS, **more}.items()
            },
        )
