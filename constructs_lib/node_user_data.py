"""User data that a launch template passes to its nodes.

EKS adds its own part, with which a node joins the cluster; ours holds only what differs.
"""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2

NODE_CONFIG = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    flags:
      - --max-pods={max_pods}

--//--
"""
"""For AL2023. EKS appends a NodeConfig with `maxPods` in the kubelet's configuration, and of two the
later wins (eksctl user guide, "Node bootstrapping"; nodeadm, "Merging multiple configuration
objects"). Flags of both are kept, and a flag wins over the configuration (Kubernetes documentation,
"Set Kubelet Parameters Via A Configuration File")."""

BOTTLEROCKET_SETTINGS = """\
[settings.kubernetes]
max-pods = {max_pods}
"""
"""For Bottlerocket, where our settings win over those of EKS (EKS user guide, "Customize managed
nodes with launch templates")."""


def max_pods_user_data(ami_type: str, max_pods: int | None) -> ec2.UserData | None:
    """Return the user data that pins how many pods a node runs, None where nothing is pinned."""
    if max_pods is None:
        return None
    template = BOTTLEROCKET_SETTINGS if ami_type.startswith("BOTTLEROCKET") else NODE_CONFIG
    return ec2.UserData.custom(template.format(max_pods=max_pods))
