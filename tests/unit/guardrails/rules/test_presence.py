from __future__ import annotations

import pytest

from tests.unit.guardrails.rules.objects import Json, environment, findings, item, values, workload

NAMESPACE: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
ACCOUNT = "ServiceAccount/web"
CONFIG = "ConfigMap/web"
HIDDEN = "Secret/web"
CLAIM = "PersistentVolumeClaim/web"
CHART = "Custom::AWSCDK-EKS-HelmChart"
MOUNT: Json = {"volumes": [{"name": "a", "configMap": {"name": "web"}}]}
CLAIMED: Json = {"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "web"}}]}


def chart(**properties: object) -> Json:
    """Return a chart of the cluster."""
    return {"Type": CHART, "Properties": {"ClusterName": "test", **properties}}


def add_on(**properties: object) -> Json:
    """Return an add-on of the cluster."""
    return {"Type": "AWS::EKS::Addon", "Properties": {"ClusterName": "test", **properties}}


@pytest.mark.parametrize(
    ("pod", "container", "named"),
    [
        pytest.param({"serviceAccountName": "web"}, {}, [ACCOUNT], id="an account"),
        pytest.param({"serviceAccount": "web"}, {}, [ACCOUNT], id="an account, the old field"),
        pytest.param({"serviceAccountName": "default"}, {}, [], id="the account that is there"),
        pytest.param(
            {"serviceAccountName": "${Name}"}, {}, [], id="an account that a deploy names"
        ),
        pytest.param(MOUNT, {}, [CONFIG], id="a file"),
        pytest.param(
            {"volumes": [{"configMap": {"name": "web", "optional": True}}]}, {}, [], id="optional"
        ),
        pytest.param(
            {"volumes": [{"configMap": {"name": "kube-root-ca.crt"}}]}, {}, [], id="Kubernetes' own"
        ),
        pytest.param(
            {"volumes": [{"projected": {"sources": [{"configMap": {"name": "web"}}]}}]},
            {},
            [CONFIG],
            id="a projected file",
        ),
        pytest.param(
            {}, {"envFrom": [{"configMapRef": {"name": "web"}}]}, [CONFIG], id="variables"
        ),
        pytest.param(
            {},
            {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "web", "key": "a"}}}]},
            [CONFIG],
            id="a variable",
        ),
        pytest.param({}, {"envFrom": [{"secretRef": {"name": "web"}}]}, [HIDDEN], id="a Secret"),
        pytest.param(
            {"volumes": [{"secret": {"secretName": "web"}}]}, {}, [HIDDEN], id="a Secret as a file"
        ),
        pytest.param(
            {},
            {"env": [{"valueFrom": {"secretKeyRef": {"name": "web", "optional": True}}}]},
            [],
            id="a Secret that need not be there",
        ),
        pytest.param({"imagePullSecrets": [{"name": "web"}]}, {}, [], id="a registry's Secret"),
        pytest.param(CLAIMED, {}, [CLAIM], id="a claim"),
        pytest.param(
            {"serviceAccountName": 1, "volumes": [None, 1, {"configMap": [], "projected": "x"}]},
            {"env": {"a": "b"}, "envFrom": [None]},
            ["ServiceAccount/1"],
            id="fields that are none",
        ),
    ],
)
def test_what_a_pod_names_is_there(pod: Json, container: Json, named: list[str]) -> None:
    """Nothing starts without it, and a deploy that doesn't wait is green."""
    there = environment(NAMESPACE, workload(pod=pod, container=container))
    assert values("KUBE23", there) == [f"Deployment/web {each}" for each in named]


@pytest.mark.parametrize("kind", ["ServiceAccount", "ConfigMap", "PersistentVolumeClaim"])
def test_only_its_own_namespace_counts(kind: str) -> None:
    """An object of the same name elsewhere doesn't help."""
    pod = {"serviceAccountName": "web", "volumes": [*MOUNT["volumes"], *CLAIMED["volumes"]]}
    missing = {ACCOUNT, CONFIG, CLAIM}
    for namespace, expected in (("shop", missing - {f"{kind}/web"}), ("other", missing)):
        there = environment(NAMESPACE, workload(pod=pod), item(kind, namespace=namespace))
        found = {each.removeprefix("Deployment/web ") for each in values("KUBE23", there)}
        assert found == expected


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("Deployment", []),
        ("StatefulSet", ["HorizontalPodAutoscaler/web StatefulSet/web"]),
        ("Rollout", []),
    ],
)
def test_what_an_autoscaler_scales_is_there(kind: str, found: list[str]) -> None:
    """Otherwise it does nothing; what scales a custom resource isn't judged."""
    scaler = item("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": kind, "name": "web"}})
    assert values("KUBE23", environment(NAMESPACE, workload(), scaler)) == found


POD = workload(pod={"serviceAccountName": "web", **CLAIMED})
ALL = ["Deployment/web ServiceAccount/web", "Deployment/web PersistentVolumeClaim/web"]


@pytest.mark.parametrize(
    ("objects", "resources", "found"),
    [
        pytest.param([], {}, [], id="a namespace of others"),
        pytest.param([NAMESPACE], {}, ALL, id="a namespace of its own"),
        pytest.param([NAMESPACE], {"Chart": chart(Namespace="shop")}, [], id="a chart"),
        pytest.param([NAMESPACE], {"Chart": chart(Namespace="other")}, ALL, id="a chart elsewhere"),
        pytest.param([NAMESPACE], {"Chart": chart()}, ALL, id="a chart in the default namespace"),
        pytest.param(
            [NAMESPACE], {"Chart": chart(Namespace={"Ref": "Name"})}, [], id="a chart, anywhere"
        ),
        pytest.param(
            [NAMESPACE],
            {"AddOn": add_on(NamespaceConfig={"Namespace": "shop"})},
            [],
            id="an add-on",
        ),
        pytest.param(
            [NAMESPACE],
            {
                "Other": {
                    "Type": "Custom::AWSCDK-EKS-KubernetesResource",
                    "Properties": {"ClusterName": "test", "Manifest": {"Ref": "Manifest"}},
                }
            },
            [],
            id="a manifest that nobody can read",
        ),
        pytest.param(
            [NAMESPACE, item("ServiceAccount", "${Name}")],
            {},
            [],
            id="a name that a deploy fills in",
        ),
        pytest.param(
            [NAMESPACE, {**item("Certificate"), "apiVersion": "cert-manager.io/v1"}],
            {},
            ALL[:1],
            id="a controller may make the rest",
        ),
        pytest.param(
            [NAMESPACE, {**item("Bundle", namespace=""), "apiVersion": "trust.cert-manager.io/v1"}],
            {},
            ALL[:1],
            id="a controller may make the rest in every namespace",
        ),
        pytest.param(
            [NAMESPACE, {**item("Binding"), "apiVersion": "elbv2.k8s.aws/v1beta1"}],
            {},
            ALL,
            id="a controller that makes none of it",
        ),
    ],
)
def test_only_what_is_known_is_judged(
    objects: list[Json], resources: Json, found: list[str]
) -> None:
    """A namespace into which others put objects may have it."""
    assert values("KUBE23", environment(*objects, POD, **resources)) == found


def test_in_the_default_namespace_only_accounts_and_targets_are_judged() -> None:
    """It is nobody's own, and people put objects there by hand."""
    pod = workload(namespace="default", pod={"serviceAccountName": "web", **MOUNT, **CLAIMED})
    assert values("KUBE23", environment(pod)) == [f"Deployment/web {ACCOUNT}"]


@pytest.mark.parametrize(
    ("name", "found"), [("alb", []), ("own", ["IngressClass/x IngressClassParams/own"])]
)
def test_the_load_balancer_controller_brings_its_parameters(name: str, found: list[str]) -> None:
    """Those of the class that the chart makes."""
    parameters = {"apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": name}
    class_ = item("IngressClass", "x", spec={"parameters": parameters})
    controller = chart(Chart="aws-load-balancer-controller", Namespace="kube-system")
    cluster = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test"}}
    there = environment(class_, Chart=controller, Cluster=cluster)
    assert values("KUBE23", there) == found


def test_a_claim_of_a_stateful_set_is_there() -> None:
    """It makes data-db-0 itself, which a backup may read."""
    pod: Json = {"volumes": [{"persistentVolumeClaim": {"claimName": "data-my-db-0"}}]}
    stateful = item("StatefulSet", "my-db")
    assert values("KUBE23", environment(NAMESPACE, workload(pod=pod), stateful)) == []
    assert values("KUBE23", environment(NAMESPACE, workload(pod=pod)))


@pytest.mark.parametrize(
    ("kind", "namespace", "verb", "found"),
    [
        ("Role", "shop", "create", []),
        ("Role", "shop", "get", ["Deployment/web Secret/web"]),
        ("Role", "other", "*", ["Deployment/web Secret/web"]),
        ("ClusterRole", "", "*", []),
    ],
)
def test_pods_may_make_their_secret(kind: str, namespace: str, verb: str, found: list[str]) -> None:
    """Those that issue certificates or passwords do, at their first start."""
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": [verb]}]
    role = item(kind, "issuer", namespace=namespace, rules=rules)
    web = workload(container={"envFrom": [{"secretRef": {"name": "web"}}]})
    assert values("KUBE23", environment(NAMESPACE, web, role)) == found


def test_a_claim_of_its_own_takes_the_place_of_a_volume() -> None:
    """A StatefulSet's volume of the name of a claim template is never asked for."""
    template: Json = {"spec": {"volumes": [{"name": "a", **CLAIMED["volumes"][0]}]}}
    spec = {"template": template, "volumeClaimTemplates": [{"metadata": {"name": "a"}}]}
    assert values("KUBE23", environment(NAMESPACE, item("StatefulSet", spec=spec))) == []
    del spec["volumeClaimTemplates"]
    assert values("KUBE23", environment(NAMESPACE, item("StatefulSet", spec=spec)))


def test_the_fix_names_the_account() -> None:
    """It can be copied into the workload."""
    there = environment(NAMESPACE, workload(pod={"serviceAccountName": "web"}))
    (finding,) = findings("KUBE23", there)
    assert "service_accounts={'web': PermissionsSpec()}" in finding.fix
    assert finding.detail == "Namespace shop has no ServiceAccount web."
    assert finding.field == "spec.template.spec.serviceAccountName"


CLUSTER: Json = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test"}}
SERVICE = item("Service", "api", spec={"ports": [{"name": "http", "port": 80, "targetPort": 8080}]})


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"data": {"a": "b"}}, []),
        ({"binaryData": {"a": "Yg=="}}, []),
        ({"data": {"b": "b"}}, ["a"]),
        ({}, ["a"]),
        ({"data": {"${Key}": "b"}}, []),
    ],
)
@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_a_key_is_there(kind: str, fields: Json, found: list[str]) -> None:
    """The container stays in CreateContainerConfigError without it, unless it is optional."""
    for optional in (False, True):
        key = {"name": "web", "key": "a", "optional": optional}
        source = {f"{kind[0].lower()}{kind[1:]}KeyRef": key}
        pod = workload(container={"env": [{"name": "A", "valueFrom": source}]})
        there = environment(NAMESPACE, item(kind, **fields), pod)
        missing = [] if optional else found
        assert values("KUBE23", there) == [f"Deployment/web {kind}/web {x}" for x in missing]


@pytest.mark.parametrize(
    ("pod", "objects", "resources", "found"),
    [
        pytest.param("high", [], {}, [], id="a cluster of others"),
        pytest.param("high", [], {"Cluster": CLUSTER}, ["PriorityClass/high"], id="nobody's"),
        pytest.param(
            "system-node-critical", [], {"Cluster": CLUSTER}, [], id="one of Kubernetes' own"
        ),
        pytest.param(
            "high",
            [{"apiVersion": "x/v1", "kind": "PriorityClass", "metadata": {"name": "high"}}],
            {"Cluster": CLUSTER},
            [],
            id="one of the templates",
        ),
        pytest.param(
            "high",
            [],
            {"Cluster": CLUSTER, "Chart": chart(Chart="any")},
            [],
            id="perhaps a chart's",
        ),
        pytest.param(
            "high",
            [],
            {"Cluster": CLUSTER, "Chart": chart(Chart="metrics-server", Namespace="kube-system")},
            ["PriorityClass/high"],
            id="not of this chart",
        ),
    ],
)
def test_classes_are_there(
    pod: str, objects: list[Json], resources: Json, found: list[str]
) -> None:
    """In a cluster whose charts are known."""
    there = environment(NAMESPACE, workload(pod={"priorityClassName": pod}), *objects, **resources)
    assert values("KUBE23", there) == [f"Deployment/web {each}" for each in found]


@pytest.mark.parametrize(
    ("port", "found"),
    [
        ({"number": 80}, []),
        ({"name": "http"}, []),
        ({"name": "use-annotation"}, []),
        ({"number": 8080}, ["Ingress/front Service/api 8080"]),
        ("x", ["Ingress/front Service/api x"]),
        (None, []),
    ],
)
def test_an_ingress_names_a_port_of_the_service(port: object, found: list[str]) -> None:
    """Not that of the container."""
    path = {"backend": {"service": {"name": "api", "port": port}}}
    rules = [None, {"http": {"paths": [path, 1]}}]
    front = {
        **item("Ingress", "front", spec={"rules": rules}),
        "apiVersion": "networking.k8s.io/v1",
    }
    assert values("KUBE23", environment(NAMESPACE, SERVICE, front)) == found


@pytest.mark.parametrize(
    ("namespace", "name", "port", "spec", "found"),
    [
        ("shop", "api", 80, {}, []),
        ("shop", "api", 8080, {}, ["Service/api 8080"]),
        ("shop", "api", 8080, {"clusterIP": "None"}, []),
        ("shop", "api", 8080, {"type": "ExternalName"}, []),
        ("shops", "api", 80, {}, ["Service/api"]),
        ("kube-system", "hook", 80, {}, ["Service/hook"]),
        ("default", "hook", 80, {}, []),
    ],
)
def test_a_webhook_names_a_service(
    namespace: str, name: str, port: int, spec: Json, found: list[str]
) -> None:
    """In the namespace that it names, also one that is certainly missing."""
    service = {"name": name, "namespace": namespace, "port": port}
    hooks = [{"clientConfig": {"service": service}}]
    hook = item("ValidatingWebhookConfiguration", "hook", namespace="", webhooks=hooks)
    target = {**SERVICE, "spec": {**SERVICE["spec"], **spec}}
    there = environment(NAMESPACE, target, hook, Cluster=CLUSTER)
    assert values("KUBE23", there) == [f"ValidatingWebhookConfiguration/hook {x}" for x in found]


def test_add_ons_may_make_anything_but_services_in_kube_system() -> None:
    """Of a Service there it is known who makes it."""
    there = environment(workload(namespace="kube-system", pod=MOUNT), Cluster=CLUSTER)
    assert values("KUBE23", there) == []


PROFILE: Json = {"Type": "AWS::EKS::FargateProfile"}


def profile(*selectors: Json) -> Json:
    """Return a profile."""
    return {**PROFILE, "Properties": {"ClusterName": {"Ref": "Cluster"}, "Selectors": selectors}}


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ({"Namespace": "shop"}, []),
        ({"Namespace": "sh*"}, []),
        ({"Namespace": "other*"}, []),
        ({"Namespace": "kube-system"}, []),
        ({"Namespace": {"Ref": "Name"}}, []),
        ({"Namespace": "shops"}, ["namespace shops"]),
        ({"Namespace": "of-another-team"}, []),
        ({"Namespace": "shop", "Labels": [{"Key": "app", "Value": "web"}]}, []),
        ({"Namespace": "shop", "Labels": [{"Key": "app", "Value": "api"}]}, ["labels in shop"]),
        ({}, []),
        (None, []),
    ],
)
def test_a_profile_is_for_pods_that_are_there(selector: Json, found: list[str]) -> None:
    """Or for those of others, in a namespace of theirs."""
    resources = {"Cluster": CLUSTER, "Profile": profile(selector)}
    there = environment(NAMESPACE, workload(), **resources)
    assert values("KUBE25", there) == found


@pytest.mark.parametrize(
    ("space", "resources", "found"),
    [
        pytest.param("shop", {}, [], id="made here"),
        pytest.param("kube-system", {}, [], id="made by Kubernetes"),
        pytest.param("shops", {}, ["Deployment/web namespace shops"], id="made by nobody"),
        pytest.param("${Name}", {}, [], id="not known"),
        pytest.param(
            "monitoring",
            {"Chart": chart(Chart="metrics-server", Namespace="monitoring")},
            [],
            id="made by helm",
        ),
        pytest.param(
            "monitoring",
            {"Chart": chart(Chart="metrics-server", Namespace="monitoring", CreateNamespace=False)},
            ["Deployment/web namespace monitoring", "namespace monitoring"],
            id="not made by helm",
        ),
        pytest.param(
            "external-dns", {"AddOn": add_on(AddonName="external-dns")}, [], id="made by an add-on"
        ),
        pytest.param(
            "external-dns",
            {"AddOn": add_on(AddonName="external-dns", NamespaceConfig={"Namespace": "dns"})},
            ["Deployment/web namespace external-dns"],
            id="an add-on makes another",
        ),
        pytest.param(
            "external-dns",
            {"Chart": chart(Chart="external-dns", Namespace="dns")},
            ["Deployment/web namespace external-dns"],
            id="a chart makes another",
        ),
        pytest.param("more", {"Chart": chart(Chart="any")}, [], id="perhaps a chart's"),
        pytest.param(
            "more", {"Nested": {"Type": "AWS::CloudFormation::Stack"}}, [], id="perhaps elsewhere"
        ),
    ],
)
def test_a_namespace_is_there(space: str, resources: Json, found: list[str]) -> None:
    """Otherwise kubectl refuses the object."""
    web = workload(namespace=space)
    assert values("KUBE25", environment(NAMESPACE, web, Cluster=CLUSTER, **resources)) == found


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ([workload(), workload("StatefulSet")], []),
        ([workload(), workload(namespace="other")], []),
        ([workload(), workload()], ["Deployment/web twice"]),
        ([item("Job", "${Name}"), item("Job", "${Name}")], []),
        ([item("Job", ""), item("Job", "")], []),
    ],
)
def test_an_object_is_applied_once(objects: list[Json], found: list[str]) -> None:
    """Of two with one name the last wins."""
    assert values("KUBE37", environment(*objects)) == found
