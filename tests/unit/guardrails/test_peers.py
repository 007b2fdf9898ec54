from __future__ import annotations

from dataclasses import replace

import pytest

from assembly.environment import Environment
from tests.unit.guardrails.environments import TODAY, findings
from tests.unit.guardrails.peers import by_hand

PUBLIC_DEFAULTS = {
    "ACCESS1",  # nobody but the kubectl handler is an administrator
    "ACCESS16",  # the role that deploys is one, too
    "EKS1",  # the endpoint is open to the internet
    "EKS2",  # no log is kept
    "EXPOSE1",  # Secrets have no key of the account
}
NODE_DEFAULTS = {
    "EXPOSE4",  # EKS's own launch template doesn't encrypt the disk
    "EXPOSE6",  # the CDK gives the node role the CNI's policy
    "VERSION21",  # by default its updates ignore budgets
}
VERDICTS = {
    # The README's pod has no requests, no security context and an image that moves.
    # The CDK lets nothing wait for the log groups of its kubectl handler: on destroy they go first,
    # and the handler's last run makes them again.
    "QuickStart": PUBLIC_DEFAULTS | NODE_DEFAULTS | {"KUBE9", "KUBE11", "KUBE12", "ORDER13"},
    # Private, with an administrator and every endpoint: logs, key and nodes are to blame, and that the
    # administrators' role can't find the cluster.
    "PrivateCluster": {"ACCESS13", "ACCESS16", "EKS2", "EXPOSE1"} | NODE_DEFAULTS,
    # Two profiles, which the CDK chains; no nodes.
    # The CDK's pod execution roles name no cluster that may use them, as the EKS user guide asks for; for
    # ORDER13 see QuickStart.
    "FargateOnly": PUBLIC_DEFAULTS | {"ACCESS5", "ORDER13"},
    # EKS brings nodes, network, disks and load balancers: no rule of order has anything to say.
    "AutoMode": PUBLIC_DEFAULTS,
    # What is in a nested stack is judged like all else.
    "Nested": PUBLIC_DEFAULTS | NODE_DEFAULTS,
    # A cluster of the first generation has a human administrator, in aws-auth; its kubectl takes the
    # role that made it, which has to be one. Its CNI add-on comes when nodes run already, its namespace
    # enforces no Pod Security Standard. What isn't checked is said.
    "Blueprint": (PUBLIC_DEFAULTS - {"ACCESS1", "ACCESS16"})
    | NODE_DEFAULTS
    | {"ACCESS4", "EXPOSE20", "ORDER1", "UNCHECKED1"},
}
BY_HAND = {
    *("ACCESS1", "ORDER1", "ORDER3"),  # in production
    *("ACCESS14", "ACCESS16"),  # a cluster says nothing of access entries, so it takes none
    *("ROLE2", "ROLE8"),  # the nodes' policy is for no resource at all
    *("ROLE3", "ROLE6"),  # in dev, the cluster administers the account and the CNI has no role
    *("EKS2", "EXPOSE1", "EXPOSE2", "EXPOSE3", "EXPOSE4"),  # in dev
    *("EXPOSE8", "EXPOSE12"),  # its key is never rotated, and deleted with a protected stack
    "EXPOSE14",  # nothing declares the log group of its control plane
    "EXPOSE17",  # nothing records the traffic of its VPC
    *("KUBE2", "KUBE4", "KUBE5", "KUBE6", "KUBE8", "KUBE9", "KUBE11"),
    "NESTED1",  # its template is in a bucket
    "UNCHECKED2",  # a macro changes the template
}


@pytest.mark.parametrize("peer", VERDICTS)
def test_what_others_build_is_judged_rightly(peer: str, peers: dict[str, Environment]) -> None:
    """What the rules say about an app is true; what they don't say is no alarm."""
    assert {rule.id for rule, _ in findings(peers[peer])} == VERDICTS[peer]


def test_a_template_full_of_functions_is_judged_rightly() -> None:
    """Both ways that its conditions may turn out, and nothing stumbles."""
    environment = replace(by_hand(), today=TODAY)
    assert {rule.id for rule, _ in findings(environment)} == BY_HAND


def test_every_peer_has_a_verdict(peers: dict[str, Environment]) -> None:
    """None is synthesized for nothing."""
    assert set(peers) == set(VERDICTS)
