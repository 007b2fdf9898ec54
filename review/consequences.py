"""What it costs when a resource goes: data by type, with the documents that say so.

EKS user guide and VPC user guide. What is lost for good is in guardrails/step/stateful.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from assembly.kinds import ACCESS_ENTRY, ADD_ON, ENDPOINT, NAT_GATEWAY, PROFILE

ROUTE = "AWS::EC2::Route"

HARMLESS: Collection[str] = {
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::SSM::Parameter",
}
"""CloudFormation makes the new one first, and nobody notices when the old one goes."""

REPLACED: Mapping[str, str] = {
    PROFILE: "the pods that run by it are stopped and started again",
    ADD_ON: "the add-on's pods are stopped and started again",
    ACCESS_ENTRY: "its principal has no access in between",
    NAT_GATEWAY: "connections through it end",
    ENDPOINT: "connections through it end",
    ROUTE: "connections by this route may end",
}
"""What a replacement stops."""

REMOVED: Mapping[str, str] = {
    PROFILE: "its pods stop, and start again only where something else runs them",
    ADD_ON: "its pods stop",
    NAT_GATEWAY: "connections end there",
    ENDPOINT: "connections end there",
    ROUTE: "connections end there",
}
"""What a removal stops. That an access entry goes is told with who loses which access."""
