"""The ranges that EKS gives Services where nobody names one (EKS API, CreateCluster)."""

from __future__ import annotations

from collections.abc import Sequence

SERVICE_RANGES = ("10.100.0.0/16", "172.20.0.0/16")


def chosen_by_eks(vpc: Sequence[str]) -> tuple[str, ...]:
    """Return the range that EKS has chosen beside the ranges of a VPC, the first of which it always had.

    It takes 172.20.0.0/16 if one of them is in 10.0.0.0/8: AWS's images of Amazon Linux 2 rely on that
    (awslabs/amazon-eks-ami, bootstrap.sh). A range of the VPC may be younger than the cluster, so both are
    possible where another than the first decides.
    """
    of_ten = [each.startswith("10.") for each in vpc]
    if any(of_ten) and not of_ten[0]:
        return SERVICE_RANGES
    return SERVICE_RANGES[any(of_ten) :][:1]
