from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.environment import Environment
from tests.unit.guardrails.environments import of_templates
from tests.unit.guardrails.rules.objects import LABELS, Json, environment, findings, item, workload
from tests.unit.guardrails.rules.objects import values as values_of

CLUSTER: Json = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "test"}}
LBC = "aws-load-balancer-controller"
HEALTH = "service.beta.kubernetes.io/aws-load-balancer-healthcheck-port"
NLB = "service.beta.kubernetes.io/aws-load-balancer"


def production(*objects: Json, **resources: Json) -> Environment:
    """Return an environment whose stack must not be deleted."""
    there = environment(*objects, **{"Cluster": CLUSTER, **resources})
    made = of_templates(**{name: dict(each.template) for name, each in there.stacks.items()})
    for stack in made.stacks.values():
        object.__setattr__(stack, "termination_protection", True)
    return made


def values(rule_id: str, *objects: Json, **resources: Json) -> list[str]:
    """Return what a rule finds in production."""
    return values_of(rule_id, production(*objects, **resources))


def installed(name: str) -> Json:
    """Return an add-on."""
    return {"Type": "AWS::EKS::Addon", "Properties": {"ClusterName": "test", "AddonName": name}}


def controller(values_: object = None) -> Json:
    """Return the load balancer controller's chart."""
    properties = {
        "ClusterName": "test",
        "Chart": LBC,
        "Namespace": "kube-system",
        "Values": values_,
    }
    return {"Type": "Custom::AWSCDK-EKS-HelmChart", "Properties": properties}


def service(annotations: Json | None = None, **spec: object) -> Json:
    """Return a Service of type LoadBalancer."""
    made = item("Service", spec={"type": "LoadBalancer", "selector": LABELS, **spec})
    made["metadata"]["annotations"] = {NLB: "x", **(annotations or {})}
    return made


HOOK = {"lifecycle": {"preStop": {"sleep": {"seconds": 20}}}}


@pytest.mark.parametrize(
    ("pod", "container", "found"),
    [
        pytest.param({}, HOOK, [], id="20 of 30"),
        pytest.param({"terminationGracePeriodSeconds": 20}, HOOK, ["20"], id="20 of 20"),
        pytest.param({"terminationGracePeriodSeconds": 21}, HOOK, [], id="20 of 21"),
        pytest.param({"terminationGracePeriodSeconds": 10}, HOOK, [], id="the server refuses it"),
        pytest.param({"terminationGracePeriodSeconds": "${Time}"}, HOOK, [], id="not known"),
        pytest.param(
            {},
            {"lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", "sleep 40; x"]}}}},
            [""],
            id="a shell",
        ),
        pytest.param({}, {"lifecycle": {"preStop": {"exec": {"command": "x"}}}}, [], id="no list"),
        pytest.param({}, {"lifecycle": "x"}, [], id="no hooks"),
        pytest.param({"terminationGracePeriodSeconds": 0}, {}, ["0"], id="killed at once"),
        pytest.param({"terminationGracePeriodSeconds": 1}, {}, [], id="a second"),
    ],
)
def test_a_hook_leaves_time_to_end(pod: Json, container: Json, found: list[str]) -> None:
    """Otherwise the container is killed in the middle of its work."""
    assert values("KUBE28", workload(pod=pod, container=container)) == [
        f"Deployment/web terminationGracePeriodSeconds {each}".rstrip() for each in found
    ]


@pytest.mark.parametrize(
    ("annotations", "container", "found"),
    [
        pytest.param({}, HOOK, [], id="waits"),
        pytest.param({}, {}, ["containers[0].lifecycle.preStop"], id="doesn't"),
        pytest.param({f"{NLB}-nlb-target-type": "instance"}, {}, [], id="targets are nodes"),
        pytest.param(
            {}, {"lifecycle": {"preStop": {"exec": {"command": ["/wait"]}}}}, [], id="own"
        ),
    ],
)
def test_pods_end_after_their_connections(
    annotations: Json, container: Json, found: list[str]
) -> None:
    """A load balancer learns of it late."""
    pods = workload(container=container)
    to_pods = {f"{NLB}-nlb-target-type": "ip", **annotations}
    assert values("KUBE28", pods, service(to_pods)) == [f"Deployment/web {x}" for x in found]


@pytest.mark.parametrize(
    ("target", "found"), [("ip", ["containers[0].lifecycle.preStop"]), ("instance", [])]
)
def test_pods_behind_an_ingress_wait_as_well(target: str, found: list[str]) -> None:
    """Its targets are pods."""
    path = {"backend": {"service": {"name": "web", "port": {"number": 80}}}}
    front = item("Ingress", spec={"rules": [{"http": {"paths": [path]}}]})
    front["metadata"]["annotations"] = {"alb.ingress.kubernetes.io/target-type": target}
    service_ = item("Service", spec={"selector": LABELS})
    there = values("KUBE28", workload(), service_, front)
    assert there == [f"Deployment/web {each}" for each in found]


@pytest.mark.parametrize(
    ("probes", "found"),
    [
        ({"livenessProbe": {}}, []),
        (
            {"livenessProbe": {"periodSeconds": 20}, "readinessProbe": {"initialDelaySeconds": 50}},
            [],
        ),
        (
            {"livenessProbe": {"periodSeconds": 5}, "readinessProbe": {"initialDelaySeconds": 60}},
            ["livenessProbe"],
        ),
        (
            {
                "livenessProbe": {"periodSeconds": 5},
                "readinessProbe": {"initialDelaySeconds": 60},
                "startupProbe": {"httpGet": {}},
            },
            [],
        ),
    ],
)
def test_a_probe_has_patience(probes: Json, found: list[str]) -> None:
    """A container that starts slowly or pauses is not broken."""
    assert values("KUBE28", workload(container=probes)) == [f"Deployment/web {x}" for x in found]


ON_HOST: Json = {"hostNetwork": True}
CALLS: Json = {"container": {"env": [{"name": "API", "value": "http://api:80"}]}}
CALLING = [item("Service", "api", spec={"ports": [{"port": 80}]})]
WEB = "Deployment/web"


def cron(schedule: str, **spec: object) -> Json:
    """Return a CronJob."""
    return {**item("CronJob", spec={"schedule": schedule, **spec}), "apiVersion": "batch/v1"}


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        pytest.param([workload(replicas=3)], [], id="as usual"),
        pytest.param([workload(paused=True)], ["Deployment/web paused"], id="paused"),
        pytest.param(
            [workload(replicas=2, strategy={"type": "Recreate"})],
            ["Deployment/web strategy.type Recreate"],
            id="all at once",
        ),
        pytest.param([workload(replicas=1, strategy={"type": "Recreate"})], [], id="only one"),
        pytest.param(
            [workload(replicas=2, strategy={"rollingUpdate": {"maxUnavailable": "50%"}})],
            [],
            id="half of them",
        ),
        pytest.param(
            [workload(replicas=2, strategy={"rollingUpdate": {"maxUnavailable": "99%"}})],
            [],
            id="a percentage is rounded down",
        ),
        pytest.param(
            [workload(replicas=2, strategy={"rollingUpdate": {"maxUnavailable": 2}})],
            ["Deployment/web strategy.rollingUpdate.maxUnavailable 2"],
            id="all of them",
        ),
        pytest.param(
            [workload(replicas="${Count}", strategy={"rollingUpdate": {"maxUnavailable": 2}})],
            [],
            id="an unknown number",
        ),
        pytest.param([workload(replicas=0)], [], id="switched off"),
        pytest.param(
            [workload(replicas=0), item("Service", spec={"selector": LABELS})],
            ["Deployment/web replicas 0"],
            id="switched off, and served",
        ),
        pytest.param(
            [
                workload(
                    "StatefulSet", replicas=2, updateStrategy={"rollingUpdate": {"partition": 2}}
                )
            ],
            ["StatefulSet/web updateStrategy.rollingUpdate.partition 2"],
            id="no pod is updated",
        ),
        pytest.param(
            [workload(pod={"schedulerName": "default-scheduler"})], [], id="the usual scheduler"
        ),
        pytest.param(
            [workload(pod={"schedulerName": "own"})],
            ["Deployment/web schedulerName own"],
            id="no scheduler",
        ),
        pytest.param(
            [workload(pod={"schedulerName": "own"}), item("Deployment", "own")],
            [],
            id="an own scheduler",
        ),
        pytest.param([workload(pod={"dnsPolicy": "Default"})], [], id="calls nobody"),
        pytest.param([*CALLING, workload(pod=ON_HOST, **CALLS)], [f"{WEB} dnsPolicy"], id="host"),
        pytest.param(
            [*CALLING, workload(pod={**ON_HOST, "dnsPolicy": "ClusterFirstWithHostNet"}, **CALLS)],
            [],
            id="on the host's network with the cluster's DNS",
        ),
        pytest.param([workload(pod=ON_HOST)], [], id="on the host's network, calls nobody"),
        pytest.param([cron("0 3 29 2 *")], [], id="a leap day"),
        pytest.param([cron("0 3 * * *", suspend=True)], [], id="suspended"),
        pytest.param(
            [item("Job", spec={"parallelism": 0})], ["Job/web parallelism 0"], id="none at a time"
        ),
        pytest.param([cron("0 3 30 2 *")], ["CronJob/web schedule 0 3 30 2 *"], id="no such day"),
        pytest.param([cron("0 3 31 4,6 *")], ["CronJob/web schedule 0 3 31 4,6 *"], id="nor this"),
        pytest.param([cron("0 3 31 4,5 *")], [], id="one of them has it"),
        pytest.param(
            [cron("0 3 * * *", startingDeadlineSeconds=9)],
            ["CronJob/web startingDeadlineSeconds 9"],
            id="too late at once",
        ),
    ],
)
def test_pods_run_and_are_updated(objects: list[Json], found: list[str]) -> None:
    """Each field is valid, and keeps them from it."""
    assert values("KUBE29", *objects) == found


def scaler(name: str = "web", **metric: object) -> Json:
    """Return an autoscaler."""
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": "web"},
        "metrics": [{"type": "Resource", **metric}],
    }
    return {**item("HorizontalPodAutoscaler", name, spec=spec), "apiVersion": "autoscaling/v2"}


def stuck(policy: str) -> Json:
    """Return an autoscaler that adds pods by a policy."""
    made = scaler()
    made["spec"]["behavior"] = {"scaleUp": {"selectPolicy": policy}}
    return made


METRICS = {"Metrics": installed("metrics-server")}
AT = "HorizontalPodAutoscaler/web"
OF_APP: Json = {"containerResource": {"container": "app"}}


@pytest.mark.parametrize(
    ("objects", "resources", "found"),
    [
        pytest.param([workload(), scaler()], METRICS, [], id="fits"),
        pytest.param([workload(replicas=2), scaler()], METRICS, [f"{AT} scaleTargetRef"], id="two"),
        pytest.param([workload(), scaler()], {}, [f"{AT} metrics"], id="no metrics"),
        pytest.param(
            [workload(), scaler()], {"Other": installed("other")}, [], id="metrics of others"
        ),
        pytest.param(
            [workload(), scaler(type="Pods")], METRICS, [f"{AT} metrics[0].type Pods"], id="own"
        ),
        pytest.param(
            [workload(), scaler(**OF_APP)],
            METRICS,
            [f"{AT} metrics[0].containerResource.container app"],
            id="no such container",
        ),
        pytest.param([scaler(**OF_APP)], METRICS, [], id="no target"),
        pytest.param(
            [workload(), stuck("Disabled")],
            METRICS,
            [f"{AT} behavior.scaleUp.selectPolicy Disabled"],
            id="never more",
        ),
        pytest.param([workload(), stuck("Min")], METRICS, [], id="slowly more"),
        pytest.param(
            [workload(), scaler(), scaler("more")],
            METRICS,
            [f"{AT} scaleTargetRef", "HorizontalPodAutoscaler/more scaleTargetRef"],
            id="two scalers",
        ),
    ],
)
def test_an_autoscaler_works(objects: list[Json], resources: Json, found: list[str]) -> None:
    """It has metrics, and the number of pods to itself."""
    assert values("KUBE30", *objects, **resources) == found


def storage(default: str = "true", **fields: Any) -> Json:  # noqa: ANN401  # fields of all kinds
    """Return a class of EBS."""
    metadata = {
        "name": "gp3",
        "annotations": {"storageclass.kubernetes.io/is-default-class": default},
    }
    made = {"provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer"}
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata}
    return {**kind, **made, **fields}


def claim(**spec: object) -> Json:
    """Return a claim."""
    return item("PersistentVolumeClaim", spec={"accessModes": ["ReadWriteOnce"], **spec})


def asking(storage: str) -> Json:
    """Return what a claim asks for."""
    return {"requests": {"storage": storage}}


def in_zone(zone: str) -> Json:
    """Return a topology of a class."""
    key = "topology.kubernetes.io/zone"
    return {"matchLabelExpressions": [{"key": key, "values": [zone]}]}


def group(**properties: object) -> Json:
    """Return a node group."""
    return {
        "Type": "AWS::EKS::Nodegroup",
        "Properties": {"ClusterName": "test", "InstanceTypes": ["m7i.large"], **properties},
    }


EBS = {"Ebs": installed("aws-ebs-csi-driver")}
SUBNET: Json = {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": "a-b-1a"}}
IN_A = {**EBS, "A": SUBNET, "Group": group(Subnets=[{"Ref": "A"}])}
SHARED = {"storageClassName": "gp3", "accessModes": ["ReadWriteMany"]}


@pytest.mark.parametrize(
    ("objects", "resources", "found"),
    [
        pytest.param([storage(), claim()], EBS, [], id="fits"),
        pytest.param([storage("false"), claim()], EBS, ["storageClassName"], id="no default"),
        pytest.param([storage(), claim(**SHARED)], EBS, ["accessModes"], id="several nodes"),
        pytest.param(
            [storage(), claim(**SHARED, volumeMode="Block")], EBS, [], id="a block device"
        ),
        pytest.param(
            [
                storage(),
                workload("StatefulSet", volumeClaimTemplates=[None, {"spec": SHARED}]),
            ],
            EBS,
            ["accessModes"],
            id="of a StatefulSet",
        ),
        pytest.param([storage()], {}, ["provisioner ebs.csi.aws.com"], id="no driver"),
        pytest.param([storage()], {"Other": installed("other")}, [], id="perhaps another's"),
        pytest.param(
            [storage(), {"kind": "CSIDriver", "metadata": {"name": "x"}}], {}, [], id="an own one"
        ),
        pytest.param(
            [storage(volumeBindingMode="Immediate")],
            EBS,
            ["volumeBindingMode Immediate"],
            id="too early",
        ),
        pytest.param(
            [storage(parameters={"type": "gp4"})], EBS, ["parameters.type gp4"], id="type"
        ),
        pytest.param(
            [storage(parameters={"Encrypted": "true", "FSType": "xfs"})], EBS, [], id="any case"
        ),
        pytest.param(
            [storage(parameters={"size": "1"})], EBS, ["parameters[size] size"], id="no parameter"
        ),
        pytest.param(
            [storage(parameters={"type": "gp2", "iops": "100"})],
            EBS,
            ["parameters.iops 100"],
            id="not of this type",
        ),
        pytest.param([storage(parameters="${Parameters}")], EBS, [], id="unknown parameters"),
        pytest.param(
            [storage(), claim(storageClassName="gp3", resources=asking("64Ti"))],
            EBS,
            [],
            id="the largest",
        ),
        pytest.param(
            [storage(), claim(storageClassName="gp3", resources=asking("65Ti"))],
            EBS,
            ["resources.requests[storage] 65Ti"],
            id="too large",
        ),
        pytest.param([storage(allowedTopologies=[in_zone("a-b-1a")])], IN_A, [], id="a zone"),
        pytest.param(
            [storage(allowedTopologies=[in_zone("a-b-1a")])], EBS, [], id="no nodes known"
        ),
        pytest.param(
            [storage(allowedTopologies=[in_zone("a-b-1b")])],
            IN_A,
            ["allowedTopologies"],
            id="a zone without nodes",
        ),
        pytest.param([storage(allowedTopologies=[None, 1])], IN_A, [], id="zones that are none"),
    ],
)
def test_volumes_can_be_made(objects: list[Json], resources: Json, found: list[str]) -> None:
    """By a driver that is there, from what it takes."""
    there = values("KUBE31", *objects, **resources)
    assert [each.partition(" ")[2] for each in there] == found


@pytest.mark.parametrize(
    ("made", "chart", "found"),
    [
        pytest.param(service(loadBalancerClass="service.k8s.aws/nlb"), {}, [], id="fits"),
        pytest.param(
            service(loadBalancerClass="nlb"), {}, ["spec.loadBalancerClass nlb"], id="no such class"
        ),
        pytest.param(
            service(), {"enableServiceMutatorWebhook": True}, [], id="the webhook sets it"
        ),
        pytest.param(
            service(),
            {"enableServiceMutatorWebhook": False},
            ["spec.type LoadBalancer"],
            id="EKS's own",
        ),
        pytest.param(
            service({f"{NLB}-type": "external"}),
            {"enableServiceMutatorWebhook": False},
            [],
            id="by annotation",
        ),
        pytest.param(
            service(
                {f"{NLB}-nlb-target-type": "instance"},
                loadBalancerClass="service.k8s.aws/nlb",
                allocateLoadBalancerNodePorts=False,
            ),
            {},
            ["spec.allocateLoadBalancerNodePorts"],
            id="no ports on nodes",
        ),
        pytest.param(service(loadBalancerClass="${Class}"), {}, [], id="not known"),
        pytest.param(
            service({HEALTH: "9090"}, loadBalancerClass="service.k8s.aws/nlb"),
            {},
            [],
            id="checks a port that pods don't list",
        ),
        *(
            pytest.param(
                service({HEALTH: port}, loadBalancerClass="service.k8s.aws/nlb"),
                {},
                [],
                id=str(port),
            )
            for port in ("8080", "traffic-port")
        ),
    ],
)
def test_a_load_balancer_is_made(made: Json, chart: Json, found: list[str]) -> None:
    """By the controller, with targets."""
    web = workload(container={"ports": [{"containerPort": 8080}]})
    there = values("KUBE33", web, made, Chart=controller(chart))
    assert there == [f"Service/web {each}" for each in found]


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ([group()], []),
        ([group(CapacityType="SPOT")], ["InstanceTypes"]),
        ([group(CapacityType="SPOT", InstanceTypes=["m7i.large", "m6i.large"])], []),
        ([group(CapacityType="SPOT"), group()], []),
        ([group(CapacityType="SPOT", InstanceTypes={"Ref": "Types"})], []),
        ([group(ScalingConfig={"DesiredSize": 1})], ["ScalingConfig.DesiredSize 1"]),
        ([group(Subnets=[{"Ref": "A"}])], ["Subnets"]),
        ([group(Subnets=[{"Ref": "A"}, {"Ref": "Same"}])], ["Subnets"]),
        ([group(Subnets=[{"Ref": "A"}, {"Ref": "Other"}])], []),
        ([group(Subnets=[{"Ref": "A"}, "subnet-0123456789"])], []),
        ([group(Subnets=[])], []),
    ],
)
def test_not_all_nodes_go_at_once(groups: list[Json], found: list[str]) -> None:
    """In production; a second group is enough."""
    there = {f"Group{number}": each for number, each in enumerate(groups)}
    other = {**SUBNET, "Properties": {"AvailabilityZone": "a-b-1b"}}
    there |= {"A": SUBNET, "Same": SUBNET, "Other": other}
    assert values("KUBE35", **there) == found
    assert values_of("KUBE35", environment(Cluster=CLUSTER, **there)) == []


def front(**spec: object) -> Json:
    """Return an Ingress."""
    return {**item("Ingress", spec=spec), "apiVersion": "networking.k8s.io/v1"}


OLD_CLASS = "kubernetes.io/ingress.class"


def default_class(value: str) -> Json:
    """Return an IngressClass."""
    metadata = {"name": "x", "annotations": {"ingressclass.kubernetes.io/is-default-class": value}}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": metadata}


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ([front(ingressClassName="alb")], []),
        ([{**front(), "metadata": {"name": "web", "annotations": {OLD_CLASS: "alb"}}}], []),
        ([front()], ["Ingress/web ingressClassName"]),
        ([front(), default_class("true")], []),
        ([front(), default_class("false")], ["Ingress/web ingressClassName"]),
    ],
)
def test_an_ingress_has_a_class(objects: list[Json], found: list[str]) -> None:
    """Its own, or the default."""
    assert values("KUBE33", *objects, Chart=controller()) == found


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ("128Mi", []),
        ("128m", ["Deployment/web resources.limits[memory] 128m"]),
        ("1Mi", ["Deployment/web resources.limits[memory] 1Mi"]),
        ("x", []),
        ("${Limit}", []),
    ],
)
def test_a_container_has_memory_to_start(limit: str, found: list[str]) -> None:
    """Somebody who writes m means Mi."""
    assert (
        values("KUBE29", workload(container={"resources": {"limits": {"memory": limit}}})) == found
    )


@pytest.mark.parametrize(
    ("properties", "resources", "found"),
    [
        ({"BootstrapSelfManagedAddons": False}, {}, ["BootstrapSelfManagedAddons"]),
        ({"BootstrapSelfManagedAddons": False}, {"Dns": installed("coredns")}, []),
        ({"BootstrapSelfManagedAddons": False}, {"Other": installed("other")}, []),
        ({}, {}, []),
        ({"BootstrapSelfManagedAddons": False, "ComputeConfig": {"Enabled": True}}, {}, []),
    ],
)
def test_a_cluster_has_dns(properties: Json, resources: Json, found: list[str]) -> None:
    """From EKS, from an add-on or from Auto Mode."""
    cluster = {**CLUSTER, "Properties": {**CLUSTER["Properties"], **properties}}
    assert values("KUBE36", item("ConfigMap"), Cluster=cluster, **resources) == found


def test_the_detail_says_what_does_not_fit() -> None:
    """And the finding names the field of the object."""
    (finding,) = findings("KUBE29", production(workload(paused=True)))
    assert finding.detail == "paused: no change is rolled out while it is paused."
    assert finding.field == "spec.paused"


def test_containers_that_nobody_knows_may_wait() -> None:
    """One of them may have the hook."""
    pods = workload(pod={"containers": [{"name": "main"}, "${Container}"]})
    assert values("KUBE28", pods, service({f"{NLB}-nlb-target-type": "ip"})) == []


@pytest.mark.parametrize(
    ("disks", "found"),
    [
        ([{"DeviceName": "/dev/xvda"}], []),
        ([{"DeviceName": "/dev/xvdb"}], ["BlockDeviceMappings"]),
        ([{"DeviceName": "/dev/xvda", "NoDevice": ""}], ["BlockDeviceMappings"]),
        ([{"DeviceName": "/dev/xvda"}] * 2, ["BlockDeviceMappings"]),
        ([{"DeviceName": "/dev/xvda"}, {"DeviceName": "/dev/xvda", "NoDevice": ""}], []),
        ([{"DeviceName": {"Ref": "Device"}}], []),
        ({"Ref": "Disks"}, []),
        ([], []),
    ],
    ids=str,
)
@pytest.mark.parametrize("field", ["Id", "Name"])
def test_an_image_has_its_disks(disks: object, found: list[str], field: str) -> None:
    """Whichever way the node group names the launch template."""
    data = {"LaunchTemplateData": {"BlockDeviceMappings": disks}}
    made = {"Type": "AWS::EC2::LaunchTemplate", "Properties": data}
    nodes = group(LaunchTemplate={field: {"Ref": "Template"}}, AmiType="AL2023_ARM_64_STANDARD")
    assert values("NODES1", Template=made, Group=nodes) == found


KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
GROUP = "AWS::Logs::LogGroup"


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        ({"Team": {"Type": GROUP}}, []),
        ({"Team": {"Type": GROUP, "Properties": {"LogGroupName": "/aws/eks/test/pods"}}}, []),
        (
            {"Api": {"Type": GROUP, "Properties": {"LogGroupName": "/aws/eks/test/cluster"}}},
            ["DeletionPolicy", "UpdateReplacePolicy"],
        ),
        (
            {
                "Flows": {"Type": GROUP, **KEPT, "UpdateReplacePolicy": "Delete"},
                "FlowLog": {
                    "Type": "AWS::EC2::FlowLog",
                    "Properties": {"LogGroupName": {"Ref": "Flows"}},
                },
            },
            ["UpdateReplacePolicy Delete"],
        ),
        *(
            ({"Key": {"Type": "AWS::KMS::Key", **KEPT, "Properties": {"PendingWindowInDays": n}}}, found)
            for n, found in ((6, ["PendingWindowInDays 6"]), (7, []), (14, []), (30, []))
        ),
    ],
)  # fmt: skip
def test_production_keeps_the_records_of_the_platform(resources: Json, found: list[str]) -> None:
    """A team decides about its own logs, and AWS KMS about how long a key waits."""
    assert values("EXPOSE12", **resources) == found


@pytest.mark.parametrize(
    ("rule", "kind", "properties", "found"),
    [
        ("ACCESS5", "AWS::Lambda::Permission", {"Principal": "*", "PrincipalOrgID": "o-1"}, []),
        ("ACCESS5", "AWS::Lambda::Permission", {"Principal": "*", "SourceArn": "arn:x"}, []),
        ("ACCESS5", "AWS::Lambda::Permission", {"Principal": {"Ref": "Who"}}, []),
        ("ACCESS5", "AWS::Lambda::Permission", {"Principal": "111122223333"}, []),
        ("ACCESS5", "AWS::Lambda::Permission", {"Principal": "*", "FunctionUrlAuthType": "AWS_IAM"}, []),
        ("ACCESS5", "AWS::Lambda::Permission", {"Principal": "*", "FunctionUrlAuthType": "NONE"}, ["Principal *"]),
        ("ACCESS5", "AWS::Lambda::Permission", {"Principal": "s3.amazonaws.com", "SourceAccount": {"Ref": "AWS::AccountId"}}, []),
        ("ACCESS5", "AWS::Lambda::Url", {"AuthType": "AWS_IAM"}, []),
        ("ROLE7", "AWS::IAM::OIDCProvider", {"Url": "https://gitlab.com", "ClientIdList": ["https://gitlab.com"]}, []),
        ("ROLE7", "AWS::IAM::OIDCProvider", {"Url": {"Fn::GetAtt": ["Cluster", "OpenIdConnectIssuerUrl"]}}, ["ClientIdList"]),
        ("ROLE7", "AWS::IAM::OIDCProvider", {"Url": {"Fn::GetAtt": ["Cluster", "OpenIdConnectIssuerUrl"]}, "ClientIdList": ["other", "sts.amazonaws.com"]}, []),
    ],
)  # fmt: skip
def test_only_those_who_are_meant_get_in(
    rule: str, kind: str, properties: Json, found: list[str]
) -> None:
    """By a condition a wildcard means few; who signs in to other providers is their business."""
    assert values(rule, One={"Type": kind, "Properties": properties}) == found


EVERYBODY: Json = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (EVERYBODY, ["Condition"]),
        ({**EVERYBODY, "Action": "s3:DeleteObject"}, []),
        ({**EVERYBODY, "Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}}, []),
        ({**EVERYBODY, "Effect": "Allow"}, []),
        ({**EVERYBODY, "Condition": {"Ref": "Some"}}, []),
        ({**EVERYBODY, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, []),
        ({**EVERYBODY, "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}, ["Condition.Bool[aws:SecureTransport]"]),
    ],
)  # fmt: skip
def test_a_bucket_policy_denies_what_is_not_encrypted(statement: Json, found: list[str]) -> None:
    """It doesn't deny everything, or what is."""
    policy = {"Bucket": "logs", "PolicyDocument": {"Statement": [statement]}}
    told = values("EXPOSE10", Policy={"Type": "AWS::S3::BucketPolicy", "Properties": policy})
    assert [each.split(" ")[0] for each in told] == [
        f"PolicyDocument.Statement[0].{each}" for each in found
    ]


@pytest.mark.parametrize(
    ("ebs", "found"),
    [
        ({"Throughput": 750}, []),
        ({"Throughput": 751}, ["/dev/xvda Ebs.Throughput 751"]),
        ({"Throughput": 1000, "Iops": 4000}, []),
        ({"Throughput": 1001, "Iops": 4000}, ["/dev/xvda Ebs.Throughput 1001"]),
        ({"Throughput": 1000, "Iops": {"Ref": "Iops"}}, []),
    ],
)
def test_a_disk_has_the_throughput_of_its_iops(ebs: Json, found: list[str]) -> None:
    """Those are 3,000 where nobody says more."""
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp3", "VolumeSize": 100, **ebs}}
    data = {"LaunchTemplateData": {"BlockDeviceMappings": [disk]}}
    template = {"Type": "AWS::EC2::LaunchTemplate", "Properties": data}
    wrong = values("NODES2", Template=template)
    assert [each for each in wrong if "Throughput" in each] == found


@pytest.mark.parametrize(
    ("objects", "add_ons", "expected"),
    [
        ([], [], ["NetworkPolicy/web policy"]),
        (["amazon-vpc-cni"], [], []),
        (["another"], [], ["NetworkPolicy/web policy"]),
        (["amazon-vpc-cni"], [None], ["NetworkPolicy/web policy"]),
        ([], ["true"], []),
    ],
)
def test_nodes_of_auto_mode_enforce_policies_where_a_config_map_says_so(
    objects: list[str], add_ons: list[str | None], expected: list[str]
) -> None:
    """Beside node groups the VPC CNI says it."""
    on = {"Enabled": True}
    cluster = {**CLUSTER["Properties"], "StorageConfig": {"BlockStorage": on}, "ComputeConfig": on}
    resources = {"Cluster": {**CLUSTER, "Properties": cluster}}
    for switch in add_ons:
        resources["Cni"] = installed("vpc-cni")
        told = {"enableNetworkPolicy": switch} if switch else {}
        resources["Cni"]["Properties"]["ConfigurationValues"] = json.dumps(told)
    policy = item("NetworkPolicy", spec={"podSelector": {}})
    maps = [item("ConfigMap", name, namespace="kube-system") for name in objects]
    assert values("EXPOSE16", policy, *maps, **resources) == expected
