"""The resources that some nodes have, by which pods ask for them."""

from __future__ import annotations

ACCELERATORS = {"NVIDIA": "nvidia.com/gpu", "Neuron": "aws.amazon.com/neuron"}
"""The resource that a pod asks for, by the maker of the accelerator."""
EFA = "vpc.amazonaws.com/efa"
"""The resource of Elastic Fabric Adapters (EKS user guide, "Manage EFA devices on Amazon EKS")."""
DEVICES = (*ACCELERATORS.values(), EFA)
"""The resources that some nodes have."""
