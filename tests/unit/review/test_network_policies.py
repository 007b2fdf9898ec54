"""What a changed NetworkPolicy lets through, and what it no longer does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from assembly.environment import Environment
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import reviewed, texts

VPC = {"Vpc": resource("AWS::EC2::VPC", CidrBlock="10.20.0.0/16")}
OTHER_VPC = {"Vpc": resource("AWS::EC2::VPC", CidrBlock="10.21.0.0/16")}
WEB = {"podSelector": {"matchLabels": {"app": "web"}}}
TEAMS = {"namespaceSelector": {"matchLabels": {"team": "a"}}}


def block(cidr: object, *gaps: str) -> dict[str, Any]:
    """Return a peer of addresses."""
    return {"ipBlock": {"cidr": cidr, **({"except": [*gaps]} if gaps else {})}}


def rule(*peers: object, way: str = "from", **port: object) -> dict[str, Any]:
    """Return a rule of peers, on a port if one is given."""
    return {way: [*peers], **({"ports": [port]} if port else {})}


def said(
    before: dict[str, Any], after: dict[str, Any], vpc: dict[str, Any] | None = None
) -> list[str]:
    """Return what a review says of a NetworkPolicy whose spec changes."""
    one, other = (
        of_resources({**network, "P": manifest(kubernetes("NetworkPolicy", "web", spec=spec))})
        for network, spec in ((VPC, before), (vpc or VPC, after))
    )
    return [each for each in texts(reviewed(one, other)) if ": NetworkPolicy `team/web`" in each]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            [rule(block("10.20.0.0/19"), port=80)],
            [rule(block("0.0.0.0/0"), port=80)],
            [r"exposes: .*\*\*allows traffic from the internet \(`0.0.0.0/0`\)\*\* on port 80"],
            id="everybody",
        ),
        pytest.param(
            [rule(block("10.20.0.0/19"))],
            [rule(block("10.20.0.0/19"), block("10.20.32.0/19"))],
            [r"safe: .*now also allows traffic from `10.20.32.0/19` on every port"],
            id="the VPC is nobody new",
        ),
        pytest.param(
            [rule(block("10.20.0.0/18"))],
            [rule(block("10.20.0.0/19"), block("10.20.32.0/19"))],
            ["safe: .*written differently, and its pods may send and receive the same traffic"],
            id="the same addresses in pieces",
        ),
        pytest.param(
            [rule(block("192.0.2.0/24"))],
            [rule(block("192.0.2.0/25"))],
            ["interrupts: .*no longer allows traffic from `192.0.2.0/24` on every port"],
            id="fewer addresses",
        ),
        pytest.param(
            [rule(block("0.0.0.0/0", "192.0.2.0/24"))],
            [rule(block("0.0.0.0/0"))],
            [r"exposes: .*from the internet \(`0.0.0.0/0`\)"],
            id="an exception goes",
        ),
        pytest.param(
            [rule(block("0.0.0.0/0"))],
            [rule(block("0.0.0.0/0", "192.0.2.0/24"))],
            [r"interrupts: .*no longer allows"],
            id="an exception comes",
        ),
        pytest.param(
            [rule(block("0.0.0.0/0", "192.0.2.0/24"))],
            [rule(block("0.0.0.0/0", "192.0.2.0/25"))],
            [r"exposes: .*from the internet \(`0.0.0.0/0`\) except `192.0.2.0/25`"],
            id="an exception is smaller",
        ),
        pytest.param(
            [],
            [rule(WEB, TEAMS, port=80, protocol="UDP")],
            [
                r"exposes: .*from pods with `app=web` of its .* and all pods in namespaces with `team=a`\*\* on port 80 of UDP"
            ],
            id="pods and namespaces",
        ),
        pytest.param([rule({"podSelector": {}})], [rule(WEB)], ["interrupts: .*all pods of"], id="fewer pods"),
        pytest.param(
            [rule({"namespaceSelector": {}})],
            [rule(TEAMS), rule(WEB)],
            ["interrupts: .*all pods in every namespace"],
            id="fewer namespaces",
        ),
        pytest.param(
            [rule(WEB)], [rule(WEB | TEAMS)],
            ["exposes: .*namespaces with `team=a`.* instead of .*of its namespace"],
            id="another namespace",
        ),
        pytest.param([rule(TEAMS)], [rule(WEB)], ["exposes: .*instead of"], id="its own namespace"),
        pytest.param([], [{}], [r"exposes: .*from anywhere\*\* on every port"], id="anywhere"),
        pytest.param(
            [rule(WEB, port=80, endPort=90)],
            [rule(WEB, port=85)],
            ["interrupts: .*on ports 80 to 90"],
            id="fewer ports",
        ),
        pytest.param(
            [rule(WEB, port=85)],
            [rule(WEB, port=80, endPort=90)],
            ["exposes: .*on ports 80 to 90"],
            id="more ports",
        ),
        pytest.param(
            [rule(WEB, port="http")], [rule(WEB, protocol="TCP")],
            [r"exposes: .*every port of TCP"], id="every port",
        ),
        pytest.param(
            [rule(WEB, port=80)], [rule(WEB, port=80), rule(WEB, port=81), rule(WEB, port=82)],
            ["exposes: .*on port 81 and port 82"], id="ports together",
        ),
        pytest.param(
            [rule(WEB, port=80)], [rule(WEB, port=80, protocol="UDP")],
            ["exposes: .*on port 80 of UDP", r"interrupts: .*on port 80\."], id="protocols",
        ),
        pytest.param([rule(WEB)], [rule({"ipBlock": None} | WEB)], ["safe: .*same traffic"], id="null"),
    ],
)  # fmt: skip
def test_who_gains_and_who_loses(
    before: list[object], after: list[object], expected: list[str]
) -> None:
    """Rules are compared as what they let through; what is only narrower exposes nothing."""
    found = said({"ingress": before}, {"ingress": after})

    assert len(found) == len(expected), found
    assert all(map(re.search, expected, found)), found


def test_a_direction_that_is_no_longer_restricted_is_open() -> None:
    """Without the type of the policy, its rules mean nothing."""
    (found,) = said({"policyTypes": ["Ingress", "Egress"]}, {"policyTypes": ["Ingress"]})

    assert re.search(r"exposes: .*allows traffic to anywhere\*\* on every port", found)


def test_rules_for_a_direction_restrict_it_without_a_type() -> None:
    """Egress counts where there are rules for it."""
    (found,) = said({"egress": []}, {"egress": [rule(WEB, way="to")]})

    assert re.search("interrupts: .*no longer allows traffic to anywhere", found)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            WEB, {"podSelector": {}},
            [r"interrupts: .*selects other pods, too, and \*\*blocks traffic to all pods of"],
            id="more pods are restricted, none less",
        ),
        pytest.param({"podSelector": {}}, WEB, [r"exposes: .*\*\*fewer or other pods"], id="fewer"),
        pytest.param(
            WEB, {"podSelector": {"matchLabels": {"app": "api"}}},
            [r"exposes: .*\*\*fewer or other", r"interrupts: .*to pods with `app=api` of"], id="others",
        ),
    ],
)  # fmt: skip
def test_other_pods_are_other_traffic(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    """Those that it no longer selects are open, those that it selects now may do only what it allows."""
    found = said(before, after)

    assert len(found) == len(expected), found
    assert all(map(re.search, expected, found)), found


def of_policies(policies: dict[str, Any], *others: dict[str, Any]) -> Environment:
    """Return an environment of NetworkPolicies by their names, beside a Service."""
    objects = [kubernetes("NetworkPolicy", name, spec=spec) for name, spec in policies.items()]
    return of_resources({**VPC, "P": manifest(*objects, *others, kubernetes("Service", "web"))})


def policies_said(before: Environment, after: Environment) -> list[str]:
    """Return what a review says of NetworkPolicies, but which ones come and go."""
    found = [each for each in texts(reviewed(before, after)) if "NetworkPolicy `" in each]
    return [each for each in found if "the cluster: " not in each]


def test_nothing_runs_yet_in_a_new_namespace() -> None:
    """Its policies block nothing that went through before."""
    team = {"kind": "Namespace", "metadata": {"name": "team"}}
    empty = of_resources({**VPC, "P": manifest()})
    assert policies_said(empty, of_policies({"deny": DENY}, team)) == []


DENY: dict[str, Any] = {"podSelector": {}}
BOTH = {**DENY, "policyTypes": ["Ingress", "Egress"]}
HTTPS, DATABASE = {"ports": [{"port": 443}]}, {"ports": [{"port": 5432}]}
OUT = {**WEB, "policyTypes": ["Egress"], "egress": [HTTPS]}
ALLOW = {**WEB, "ingress": [rule(block("192.0.2.0/24"), port=80)]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            {}, {"deny": DENY}, [r"interrupts: .*is new and \*\*blocks traffic to all pods of its namespace\*\*\."],
            id="a default deny comes",
        ),
        pytest.param(
            {"web": ALLOW}, {"web": ALLOW, "deny": DENY},
            [r"interrupts: .*blocks traffic to all pods of its namespace that no other NetworkPolicy selects\*\*\."],
            id="a default deny comes beside a policy of some",
        ),
        pytest.param(
            {}, {"web": ALLOW},
            ["interrupts: .*to pods with `app=web` of its namespace.*, except from `192.0.2.0/24` on port 80"],
            id="an allowance comes alone",
        ),
        pytest.param(
            {"deny": DENY}, {"deny": DENY, "web": ALLOW},
            ["exposes: NetworkPolicy `team/web` now also .*allows traffic from `192.0.2.0/24`"],
            id="an allowance comes beside a default deny",
        ),
        pytest.param({}, {"web": {"ingress": [{}]}}, [], id="everything stays allowed"),
        pytest.param(
            {}, {"out": {"policyTypes": ["Egress"]}}, ["interrupts: .*traffic from all pods"], id="egress"
        ),
        pytest.param(
            {"deny": DENY}, {}, [r"exposes: NetworkPolicy `team/deny` is \*\*removed"], id="a default deny goes"
        ),
        pytest.param(
            {"deny": DENY, "web": ALLOW}, {"deny": DENY},
            [r"interrupts: NetworkPolicy `team/web` is \*\*removed\*\*, and `team/deny` remains: no traffic from `192.0.2.0/24`"],
            id="an allowance goes beside a default deny",
        ),
        pytest.param({"deny": DENY}, {"denies": DENY}, [], id="another name"),
        pytest.param(
            {"all": {**DENY, "ingress": [rule(block("198.51.100.0/24"), port=53)]}, "web": ALLOW}, {"web": ALLOW},
            [
                r"exposes: NetworkPolicy `team/all` is \*\*removed",
                "interrupts: .*from `198.51.100.0/24` on port 53, for pods of NetworkPolicy `team/web`",
            ],
            id="what one for all pods allowed is missing where another one restricts",
        ),
        pytest.param({"web": ALLOW, "same": ALLOW}, {"web": ALLOW}, [], id="another one allows the same"),
        pytest.param(
            {"deny": BOTH, "web": OUT}, {"deny": BOTH, "web": {**OUT, "policyTypes": ["Ingress"]}},
            [r"interrupts: NetworkPolicy `team/web` no longer allows traffic to anywhere on port 443\."],
            id="a direction that another one restricts is given up",
        ),
        pytest.param(
            {"deny": BOTH, "web": {**OUT, "policyTypes": ["Ingress"]}}, {"deny": BOTH, "web": OUT},
            [r"exposes: NetworkPolicy `team/web` now also .*to anywhere\*\* on port 443\."],
            id="a direction that another one restricts is named",
        ),
        pytest.param(
            {"deny": BOTH}, {"deny": BOTH, "web": OUT},
            [r"exposes: NetworkPolicy `team/web` now also .*to anywhere\*\* on port 443\."],
            id="nothing is granted in the direction that a new one doesn't name",
        ),
        pytest.param(
            {"deny": BOTH, "web": {**OUT, "egress": [HTTPS, DATABASE]}},
            {"deny": BOTH, "web": {**OUT, "egress": [DATABASE]}, "https": OUT},
            [r"safe: NetworkPolicy `team/web` is written differently, and its pods may .* same traffic as before\."],
            id="a rule moves to a new policy",
        ),
        pytest.param(
            {"web": {**OUT, "egress": [DATABASE]}, "https": OUT}, {"web": {**OUT, "egress": [HTTPS, DATABASE]}},
            [r"safe: NetworkPolicy `team/web` is written differently"], id="a rule moves from one that goes",
        ),
        pytest.param(
            {"web": {**OUT, "egress": [DATABASE]}}, {"web": OUT},
            [r"exposes: .*now also .* on port 443\.", r"interrupts: .* no longer .* on port 5432\."],
            id="another port",
        ),
        pytest.param(
            {"web": ALLOW}, {"web": {**ALLOW, "policyTypes": ["Ingress"]}, "deny": {**BOTH, "policyTypes": ["Egress"]}},
            [r"interrupts: NetworkPolicy `team/deny` is new and \*\*blocks traffic from", "safe: .*/web` is written"],
            id="what another one blocks is told of that one",
        ),
        pytest.param({"web": {**WEB, "ingress": [{}]}}, {}, [], id="what allowed everything blocked nothing"),
        pytest.param(
            {"web": ALLOW}, {"web": ALLOW, "all": {**DENY, "ingress": [rule(port=443)]}},
            [
                r"exposes: .*/all` now also, for pods that others restrict already, .*anywhere\*\* on port 443\.",
                r"interrupts: .*/all` is new and .*, except from anywhere on port 443\.",
            ],
            id="one for all pods gives to those that are restricted already",
        ),
        pytest.param(
            {"all": {**BOTH, "policyTypes": ["Egress"], "egress": [HTTPS]}},
            {"all": OUT, "deny": {**WEB, "policyTypes": ["Egress"]}},
            [r"exposes: .*/all` selects \*\*fewer"], id="its own pods keep what it allows",
        ),
        pytest.param(
            {}, {"web": ALLOW, "deny": {**BOTH, "policyTypes": ["Egress"]}},
            ["interrupts: .*/web` is new .*blocks traffic to pods", "interrupts: .*/deny` is new .*blocks traffic from all"],
            id="each of two new ones blocks its own direction",
        ),
    ],
)  # fmt: skip
def test_policies_that_come_and_go(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    """What a new one blocks is an interruption, and what one blocked that goes is open."""
    found = policies_said(of_policies(before), of_policies(after))

    assert len(found) == len(expected), found
    assert all(map(re.search, expected, found)), found


FREE = "Add-on `vpc-cni`: No NetworkPolicy of these stacks selects the pods of"
MODE = "NETWORK_POLICY_ENFORCING_MODE"
SILENT: dict[str, Any] = {**DENY, "policyTypes": ["Egress"]}
DOWN = r"^takes down: \*\*Nothing reaches the pods of Deployment `team/web` any more\*\*: they are selected by `team/deny`"


def running(
    policies: dict[str, Any],
    *,
    agent: object = "true",
    served: bool = True,
    fargate: str = "",
    **spec: object,
) -> Environment:
    """Return a cluster with policies, pods of the label that they are about, and perhaps a Service.

    A Fargate profile takes the pods of a namespace.
    """
    values = {
        "enableNetworkPolicy": agent,
        **({"env": {MODE: "strict"}} if spec.pop("strict", 0) else {}),
    }
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{}], **spec}}
    objects = [
        kubernetes("Deployment", "web", spec={"replicas": 2, "template": template}),
        *([kubernetes("Service", "web", spec={"selector": {"app": "web"}})] if served else ()),
        *(
            kubernetes("NetworkPolicy", name, apiVersion="networking.k8s.io/v1", spec=x)
            for name, x in policies.items()
        ),
    ]
    names = {"ClusterName": {"Ref": "C"}}
    return of_resources(
        {
            "C": resource("AWS::EKS::Cluster"),
            "A": resource(
                "AWS::EKS::Addon",
                AddonName="vpc-cni",
                ConfigurationValues=json.dumps(values),
                **names,
            ),
            "D": resource("AWS::EKS::Addon", AddonName="coredns", **names),
            "F": resource("AWS::EKS::FargateProfile", Selectors=[{"Namespace": fargate}], **names),
            "O": manifest(*objects, cluster={"Ref": "C"}),
        }
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # What allowed it goes, what denies it comes, and what is there begins to bind.
        (running({"web": ALLOW, "deny": DENY}), running({"deny": DENY}), DOWN),
        (running({}), running({"deny": DENY}), DOWN),
        (running({"deny": DENY}, agent="false"), running({"deny": DENY}), DOWN),
        (
            running({}, served=False),
            running({"deny": DENY}, served=False),
            "^interrupts: .*Nothing reaches",
        ),
        (
            running({}),
            running({"deny": SILENT}),
            r"^interrupts: \*\*Pods of Deployment `team/web` reach nothing any more\*\*, not even DNS",
        ),
        # Something still passes, or was never let through, or nothing binds the pods.
        (running({}), running({"web": ALLOW, "deny": DENY}), ""),
        (running({"deny": DENY}), running({"other": DENY}), ""),
        (running({}, agent="false"), running({"deny": DENY}, agent="false"), ""),
        (running({}, hostNetwork=True), running({"deny": DENY}, hostNetwork=True), ""),
    ],
)
def test_pods_that_no_traffic_is_left_to(
    before: Environment, after: Environment, expected: str
) -> None:
    """An outage is told as one, once, and with whose."""
    found = [x for x in texts(reviewed(before, after)) if re.search(r"reach\w* .*any more", x)]
    assert len(found) == bool(expected), texts(reviewed(before, after))
    assert all(re.search(expected, each) for each in found), found
    others = [x for x in policies_said(before, after) if " blocks " in x or "on port" in x]
    assert not (expected and others)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # What bound them on nodes no longer does; what never did takes nothing away.
        (running({"web": ALLOW}), running({"web": ALLOW}, fargate="team"), "exposes"),
        (running({}), running({"web": ALLOW}, fargate="team"), "safe"),
        (running({"a": DENY}, agent="no"), running({"a": DENY}, fargate="team"), "safe"),
        (running({}, fargate="team"), running({"web": ALLOW}, fargate="team"), ""),
        (running({}), running({}, fargate="team"), ""),
        (running({}), running({"web": ALLOW}, fargate="other"), ""),
    ],
)
def test_no_policy_binds_pods_on_fargate(
    before: Environment, after: Environment, expected: str
) -> None:
    """Who reads of a policy believes that it holds."""
    found = [x for x in texts(reviewed(before, after)) if "Pods of Deployment `team/web` run" in x]
    assert [each.partition(":")[0] for each in found] == [expected] * bool(expected)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            running({"deny": DENY}, fargate="team"),
            running({}, fargate="team"),
            "It binds no pods of Deployment `team/web`: they run on Fargate",
        ),
        (
            running({}, fargate="team"),
            running({"web": ALLOW}, fargate="team"),
            "It selects the pods of Deployment `team/web`. It binds no pods of Deployment `team/web`: they",
        ),
        # Nobody has to ask whose, and whether it is enforced at all.
        (running({"deny": DENY}), running({}), "These are the pods of Deployment `team/web`."),
        (
            running({"deny": DENY, "web": ALLOW}),
            running({"web": ALLOW}),
            "No pods of these stacks are among them: other NetworkPolicies still restrict those of Deployment `team/web`.",
        ),
        # In the other direction nothing does.
        (
            running({"deny": BOTH, "web": ALLOW}),
            running({"web": ALLOW}),
            "These are the pods of Deployment `team/web`.",
        ),
        (
            running({"deny": DENY}, agent="false"),
            running({}, agent="false"),
            "In these stacks nothing enforces NetworkPolicies, because `enableNetworkPolicy` of",
        ),
        (
            running({"web": ALLOW}, agent="false"),
            running({"web": ALLOW}),
            "Add-on `vpc-cni`: NetworkPolicies of these stacks select the pods of Deployment `team/web`;",
        ),
        (
            running({"web": ALLOW}),
            running({"web": ALLOW}, agent="false"),
            "Add-on `vpc-cni`: NetworkPolicies of these stacks select the pods of Deployment `team/web`;",
        ),
        (
            running({}),
            running({}, strict=True),
            f"{FREE} Deployment `team/web` and Deployment `kube-system/coredns`.",
        ),
        (
            running({"web": ALLOW}),
            running({"web": ALLOW}, strict=True),
            f"{FREE} Deployment `kube-system/coredns`.",
        ),
    ],
)
def test_whose_traffic_changes(before: Environment, after: Environment, expected: str) -> None:
    """A change without its scope is no answer."""
    (environment,) = reviewed(before, after).environments
    details = [x for each in environment.sentences for x in each.details]
    assert any(x.startswith(expected) for x in details), details


def test_another_kind_of_that_name_has_rules_of_its_own() -> None:
    """Calico's: nobody here knows what they let through."""
    one, other = (
        kubernetes("NetworkPolicy", "web", spec={"ingress": [{"source": {"nets": [net]}}]})
        for net in ("10.0.0.0/8", "0.0.0.0/0")
    )
    sides = [
        of_resources({**VPC, "P": manifest({**each, "apiVersion": "crd.projectcalico.org/v1"})})
        for each in (one, other)
    ]
    assert "the same traffic" not in " ".join(texts(reviewed(*sides)))


def test_what_goes_with_its_vpc_loses_nothing() -> None:
    """The addresses of the new VPC come in the place of the old ones."""
    found = said(
        {"ingress": [rule(block("10.20.0.0/19"))]},
        {"ingress": [rule(block("10.21.0.0/19"))]},
        OTHER_VPC,
    )

    assert [each.partition(":")[0] for each in found] == ["safe"], found


@pytest.mark.parametrize(
    "odd",
    [None, "x", 1, [], {}, [None], [[]], [{"from": None}], [{"from": [None], "ports": [{}, 1]}],
     [{"from": [{"ipBlock": {"cidr": [], "except": {}}}]}],
     [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["::/0", None, "x"]}}]}],
     [{"from": [{"podSelector": {"matchLabels": {"a": []}, "matchExpressions": [{}, None]}}]}],
     [{"from": [{"namespaceSelector": "x"}], "ports": [{"port": [], "protocol": {}}]}]],
    ids=str,
)  # fmt: skip
def test_odd_rules_are_reviewed(odd: object) -> None:
    """Whatever stands in them, on either side."""
    for one, other in ((odd, [{}]), ([{}], odd), ([rule(WEB)], odd), (odd, [rule(block("::/0"))])):
        said({"ingress": one, "policyTypes": odd}, {"ingress": other, "policyTypes": ["Egress"]})
        said({"ingress": one}, {"ingress": other})
        said({"podSelector": odd}, {"podSelector": {}})


def test_rules_that_nobody_knows_yet_may_allow_anything() -> None:
    """They are filled in at deploy."""
    one = manifest(kubernetes("NetworkPolicy", "web", spec={"ingress": []}))
    text = (
        '[{"kind":"NetworkPolicy","metadata":{"name":"web","namespace":"team"},"spec":{"ingress":"'
    )
    rules = {"Fn::Join": ["", [text, {"Fn::GetAtt": ["Vpc", "Rules"]}, '"}}]']]}
    other = resource("Custom::AWSCDK-EKS-KubernetesResource", Manifest=rules)
    before, after = (of_resources({**VPC, "P": each}) for each in (one, other))

    assert any("may allow **other traffic**" in each for each in texts(reviewed(before, after)))


SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
INGRESS_SCHEME = "alb.ingress.kubernetes.io/scheme"
WEB_PODS = {"matchLabels": {"app": "web"}}
TO_WEB, TO_OTHER = ({"service": {"name": name}} for name in ("web", "other"))


def routed(backend: object) -> dict[str, Any]:
    """Return the rules of an Ingress with a backend."""
    return {"rules": [{"http": {"paths": [{"path": "/", "backend": backend}]}}]}


def balanced(
    scheme: str, cidr: str, namespace: str = "team", backend: Mapping[str, Any] | None = None
) -> Environment:
    """Return a load balancer, its subnets, and a policy for pods that lets a range in.

    With a `backend` it is that of an Ingress, whose pods the Service `web` selects.
    """
    spec: dict[str, Any] = {"selector": {"app": "web", "tier": "1"}}
    if backend is None:
        spec |= {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb"}
    service = kubernetes("Service", "web", spec=spec)
    ingress = kubernetes("Ingress", "web", spec={"ingressClassName": "alb", **(backend or {})})
    asks, key = (service, SCHEME) if backend is None else (ingress, INGRESS_SCHEME)
    asks["metadata"]["annotations"] = {key: scheme}
    for each in (service, ingress):
        each["metadata"]["namespace"] = namespace
    policy = {"podSelector": WEB_PODS, "ingress": [rule(block(cidr), port=80)]}
    subnets = {
        name: resource(
            "AWS::EC2::Subnet",
            CidrBlock=f"10.20.{third}.0/24",
            Tags=[{"Key": f"kubernetes.io/role/{role}", "Value": "1"}],
        )
        for name, third, role in (("Private", 1, "internal-elb"), ("Public", 2, "elb"))
    }
    objects = [service, kubernetes("NetworkPolicy", "web", spec=policy)]
    objects += [ingress] if backend is not None else []
    return of_resources({**VPC, **subnets, "P": manifest(*objects)})


@pytest.mark.parametrize(
    ("scheme", "cidr", "namespace", "moves"),
    [
        ("internet-facing", "10.20.2.0/24", "team", True),
        ("internal", "10.20.2.0/24", "team", False),
        ("internet-facing", "10.20.3.0/24", "team", False),
        ("internet-facing", "10.20.2.0/24", "other", False),
    ],
)
@pytest.mark.parametrize("backend", [None, routed(TO_WEB), {"defaultBackend": TO_WEB}])
def test_a_policy_that_follows_a_load_balancer(
    scheme: str, cidr: str, namespace: str, backend: Mapping[str, Any] | None, *, moves: bool
) -> None:
    """Only the policy of its pods, and only from its old subnets to its new ones."""
    one = balanced("internal", "10.20.1.0/24", namespace, backend)
    other = balanced(scheme, cidr, namespace, backend)
    (said,) = [x for x in texts(reviewed(one, other)) if ": NetworkPolicy `team/web`" in x]
    assert ("**no second outage**" in said) is moves
    assert said.startswith("interrupts: ")


def test_a_policy_for_other_pods_follows_no_ingress() -> None:
    """What the Ingress sends requests to isn't what the policy selects."""
    one, other = (
        balanced(scheme, cidr, backend=routed(TO_OTHER))
        for scheme, cidr in (("internal", "10.20.1.0/24"), ("internet-facing", "10.20.2.0/24"))
    )
    assert not [x for x in texts(reviewed(one, other)) if "**no second outage**" in x]
