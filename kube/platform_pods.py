"""The pods of add-ons and known charts, and what they ask for.

From the charts in kubernetes-sigs/aws-ebs-csi-driver, aws/amazon-vpc-cni-k8s, aws/eks-charts,
aws/eks-node-monitoring-agent and aws/eks-pod-identity-agent, the chart of metrics-server, and CoreDNS as
eksctl-io/eksctl has it in pkg/addons/default/assets. EKS publishes no manifest of kube-proxy and none of
its metrics-server: their rows are what `kubectl describe` and `kubectl get` print of EKS clusters in
public repositories. A row without `kind` has only their labels.
"""

from __future__ import annotations

from kube.values import Json, table

PLATFORM_PODS: list[Json] = table(__file__)
"""One row for the pods of a name; `of` is the add-on or the chart."""
