"""Device plug-ins, for images that have drivers of accelerators alone."""

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
    "KUBE11[DaemonSet/{name} containers[0].securityContext.runAsNonRoot]": "Only root may write into "
    "the kubelet's folder. It has no capabilities and can't gain privileges.",
    "KUBE12[{pods} {image}]": "The tag is that of a release, which its makers don't move once it is published.",
}
NEURON = {
    "KUBE11[DaemonSet/{name} volumes[1].hostPath]": "The driver of Neuron tells what it has in this "
    "folder of the node.",
}


class DevicePlugin(Construct):
    """A DaemonSet that tells the kubelet what accelerators its node has."""

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster: eks.Cluster, maker: str
    ) -> None:
        """Run the plug-in of a `maker`, nvidia or neuron, on nodes with its label."""
        super().__init__(scope, construct_id)
        objects = load_manifests(MANIFESTS / "device-plugins" / f"{maker}.yaml")
        manifest = apply(self, "Manifest", cluster=cluster, objects=objects)
        (plugin,) = (each for each in objects if each["kind"] == "DaemonSet")
        name = plugin["metadata"]["name"]
        (container,) = plugin["spec"]["template"]["spec"]["containers"]
        names = {"name": name, "image": container["image"]}
        names["pods"] = f"DaemonSet/{name} {container['name']}"
        found = {**FINDINGS, **(NEURON if maker == "neuron" else {})}
        acknowledge(
            manifest,
            {f"Groundwork::{each.format_map(names)}": reason for each, reason in found.items()},
        )
