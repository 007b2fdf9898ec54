from __future__ import annotations

import pytest

from assembly.environment import Environment
from tests.unit.guardrails.environments import findings

PUBLIC_DEFAULTS = {
    "ACCESS1",  # nobody but the kubectl handler is an administrator
    "EKS1",  # the endpoint is open to the internet
    "EKS2",  # no log is kept
    "EXPOSE1",  # Secrets have no key of the account
}
NODE_DEFAULTS = {
    "EXPOSE4",  # EKS's own launch template doesn't encrypt the disk
    "EXPOSE6",  # the CDK gives the node role the CNI's policy
}
VERDICTS = {
    # The README's pod has no requests, no security context and an image that moves.
    "QuickStart": PUBLIC_DEFAULTS | NODE_DEFAULTS | {"KUBE9", "KUBE11", "KUBE12"},
    # Private, with an administrator and every endpoint: only logs, key and nodes are to blame.
    "PrivateCluster": {"EKS2", "EXPOSE1"} | NODE_DEFAULTS,
    # Two profiles, which the CDK chains; no nodes.
    "FargateOnly": PUBLIC_DEFAULTS,
    # EKS brings nodes, network, disks and load balancers: no rule of order has anything to say.
    "AutoMode": PUBLIC_DEFAULTS,
}


@pytest.mark.parametrize("peer", VERDICTS)
def test_what_others_build_is_judged_rightly(peer: str, peers: dict[str, Environment]) -> None:
    """What the rules say about an app is true; what they don't say is no alarm."""
    assert {rule.id for rule, _ in findings(peers[peer])} == VERDICTS[peer]


def test_every_peer_has_a_verdict(peers: dict[str, Environment]) -> None:
    """None is synthesized for nothing."""
    assert set(peers) == set(VERDICTS)
