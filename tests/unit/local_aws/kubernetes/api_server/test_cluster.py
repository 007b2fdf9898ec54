from __future__ import annotations

import pytest

from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map, deployment, service


def create(
    cluster: Cluster, obj: Json, namespace: str = "default", write: Write | None = None
) -> Json:
    return cluster.create(resource_of(cluster, obj), namespace, obj, write or Write())


def resource_of(cluster: Cluster, obj: Json) -> Resource:
    found = cluster.registry.by_kind(obj["apiVersion"], obj["kind"])
    assert found is not None
    return found


def update(cluster: Cluster, old: Json, new: Json, subresource: str = "") -> Json:
    return cluster.update(resource_of(cluster, old), old, new, Write(), subresource=subresource)


def test_new_object_gets_identity_and_defaults(cluster: Cluster) -> None:
    created = create(cluster, deployment())
    metadata, spec = created["metadata"], created["spec"]
    assert metadata["generation"] == 1
    assert metadata["uid"]
    assert metadata["creationTimestamp"].endswith("Z")
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    assert (spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (10, 600)
    pod = spec["template"]["spec"]
    assert (pod["restartPolicy"], pod["dnsPolicy"]) == ("Always", "ClusterFirst")
    assert pod["containers"][0]["imagePullPolicy"] == "IfNotPresent"


def test_service_gets_an_address_and_keeps_it(cluster: Cluster) -> None:
    first, second = create(cluster, service("a")), create(cluster, service("b"))
    assert first["spec"]["clusterIP"].startswith("172.20.")
    assert first["spec"]["clusterIP"] != second["spec"]["clusterIP"]
    assert first["spec"]["clusterIPs"] == [first["spec"]["clusterIP"]]
    wanted = changed(service("a"), "spec.ports", [{"port": 81}])
    assert update(cluster, first, wanted)["spec"]["clusterIP"] == first["spec"]["clusterIP"]


def test_load_balancer_has_node_ports_only_if_it_wants_them(cluster: Cluster) -> None:
    plain = create(cluster, service("a", type="LoadBalancer"))
    without = create(
        cluster, service("b", type="LoadBalancer", allocateLoadBalancerNodePorts=False)
    )
    assert plain["spec"]["ports"][0]["nodePort"] >= 30000
    assert "nodePort" not in without["spec"]["ports"][0]


def test_name_is_made_from_generate_name(cluster: Cluster) -> None:
    obj = config_map()
    obj["metadata"] = {"generateName": "a-"}
    names = {create(cluster, obj)["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("a-") and len(name) == 7 for name in names)


def test_name_is_taken_once(cluster: Cluster) -> None:
    create(cluster, config_map())
    with pytest.raises(ApiError, match='configmaps "settings" already exists') as refusal:
        create(cluster, config_map())
    assert (refusal.value.code, refusal.value.reason) == (409, "AlreadyExists")


def test_namespace_must_exist(cluster: Cluster) -> None:
    with pytest.raises(ApiError, match='namespaces "missing" not found') as refusal:
        create(cluster, config_map(), "missing")
    assert refusal.value.code == 404


def test_namespace_is_furnished(cluster: Cluster) -> None:
    create(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}}, "")
    namespace = cluster.store.get(("", "namespaces"), "", "web")
    assert namespace is not None
    assert namespace["metadata"]["labels"] == {"kubernetes.io/metadata.name": "web"}
    assert namespace["status"] == {"phase": "Active"}
    assert cluster.store.get(("", "serviceaccounts"), "web", "default")
    assert cluster.store.get(("", "configmaps"), "web", "kube-root-ca.crt")


def test_dry_run_leaves_no_trace(cluster: Cluster) -> None:
    revision = cluster.store.revision
    assert create(cluster, deployment(), write=Write(dry_run=True))["metadata"]["uid"]
    assert cluster.store.revision == revision


def test_generation_counts_changes_of_the_spec_only(cluster: Cluster) -> None:
    first = create(cluster, deployment())
    labelled = update(cluster, first, changed(first, "metadata.labels", {"a": "b"}))
    assert labelled["metadata"]["generation"] == 1
    scaled = update(cluster, labelled, changed(labelled, "spec.replicas", 3))
    assert scaled["metadata"]["generation"] == 2


def test_spec_and_status_are_written_apart(cluster: Cluster) -> None:
    first = create(cluster, changed(deployment(), "status", {"replicas": 9}))
    assert "status" not in first
    both = changed(changed(first, "spec.replicas", 3), "status.replicas", 2)
    by_status = update(cluster, first, both, "status")
    assert (by_status["spec"]["replicas"], by_status["status"]) == (2, {"replicas": 2})
    both = changed(changed(by_status, "spec.replicas", 3), "status.replicas", 5)
    by_spec = update(cluster, by_status, both)
    assert (by_spec["spec"]["replicas"], by_spec["status"]) == (3, {"replicas": 2})


def test_write_that_changes_nothing_makes_no_revision(cluster: Cluster) -> None:
    first = create(cluster, deployment())
    assert update(cluster, first, deployment()) is first


def test_outdated_write_is_refused(cluster: Cluster) -> None:
    first = create(cluster, config_map())
    second = update(cluster, first, changed(first, "data.a", "2"))
    with pytest.raises(ApiError, match="the object has been modified") as refusal:
        update(cluster, second, changed(first, "data.a", "3"))
    assert (refusal.value.code, refusal.value.reason) == (409, "Conflict")


def delete(cluster: Cluster, obj: Json, propagation: str = "") -> None:
    cluster.delete(resource_of(cluster, obj), obj, propagation=propagation)


def found(cluster: Cluster, obj: Json) -> Json | None:
    metadata = obj["metadata"]
    key = resource_of(cluster, obj).key
    return cluster.store.get(key, metadata.get("namespace", ""), metadata["name"])


def test_finalizer_holds_an_object(cluster: Cluster) -> None:
    """It is marked as going away, and gone with its last finalizer."""
    held = create(cluster, config_map(finalizers=["example.com/hold"]))
    delete(cluster, held)
    waiting = found(cluster, held)
    assert waiting is not None
    assert waiting["metadata"]["deletionTimestamp"]
    update(cluster, waiting, changed(waiting, "metadata.finalizers", []))
    assert found(cluster, held) is None


def owned(cluster: Cluster, owner: Json, name: str, **metadata: object) -> Json:
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "blockOwnerDeletion": True,
    }
    return create(cluster, config_map(name, ownerReferences=[reference], **metadata))


def test_dependents_go_after_their_owner(cluster: Cluster) -> None:
    owner = create(cluster, config_map("owner"))
    child = owned(cluster, owner, "child")
    grandchild = owned(cluster, child, "grandchild")
    delete(cluster, owner, "Background")
    assert [found(cluster, one) for one in (owner, child, grandchild)] == [None, None, None]


def test_owner_waits_for_dependents_in_the_foreground(cluster: Cluster) -> None:
    owner = create(cluster, config_map("owner"))
    child = owned(cluster, owner, "child", finalizers=["example.com/hold"])
    delete(cluster, owner, "Foreground")
    waiting, held = found(cluster, owner), found(cluster, child)
    assert waiting is not None
    assert waiting["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert held is not None
    update(cluster, held, changed(held, "metadata.finalizers", ["foregroundDeletion"]))
    assert found(cluster, owner) is None
    assert found(cluster, child) is None


def test_orphans_stay(cluster: Cluster) -> None:
    owner = create(cluster, config_map("owner"))
    child = owned(cluster, owner, "child")
    delete(cluster, owner, "Orphan")
    orphan = found(cluster, child)
    assert found(cluster, owner) is None
    assert orphan is not None
    assert orphan["metadata"]["ownerReferences"] == []


def test_dependent_of_nobody_goes_at_once(cluster: Cluster) -> None:
    owner = create(cluster, config_map("owner"))
    delete(cluster, owner)
    assert found(cluster, owned(cluster, owner, "late")) is None


def test_namespace_goes_last(cluster: Cluster) -> None:
    """Its content goes first, nothing new comes in, and what is held holds it."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}}
    created = create(cluster, namespace, "")
    free = create(cluster, config_map("free"), "web")
    held = create(cluster, config_map("held", finalizers=["example.com/hold"]), "web")
    delete(cluster, created)
    waiting = found(cluster, created)
    assert waiting is not None
    assert waiting["status"]["phase"] == "Terminating"
    assert found(cluster, free) is None
    with pytest.raises(ApiError, match="because it is being terminated") as refusal:
        create(cluster, config_map("new"), "web")
    assert (refusal.value.code, refusal.value.reason) == (403, "Forbidden")
    held_now = found(cluster, held)
    assert held_now is not None
    update(cluster, held_now, changed(held_now, "metadata.finalizers", []))
    assert found(cluster, created) is None


def test_system_namespace_is_not_deleted(cluster: Cluster) -> None:
    namespace = cluster.store.get(("", "namespaces"), "", "kube-system")
    assert namespace is not None
    with pytest.raises(ApiError, match="this namespace may not be deleted"):
        delete(cluster, namespace)


WIDGETS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "required": ["size"],
                                "properties": {
                                    "size": {"type": "integer", "minimum": 1},
                                    "color": {"type": "string", "default": "red"},
                                },
                            }
                        },
                    }
                },
            }
        ],
    },
}


def widget(**spec: object) -> Json:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "a"},
        "spec": spec,
    }


def test_custom_kind_is_served_checked_and_defaulted(cluster: Cluster) -> None:
    definition = create(cluster, WIDGETS, "")
    conditions = {one["type"]: one["status"] for one in definition["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert create(cluster, widget(size=2))["spec"] == {"size": 2, "color": "red"}
    with pytest.raises(ApiError, match=r"spec\.size: Required value"):
        create(cluster, widget())
    with pytest.raises(ApiError, match="should be greater than or equal to 1"):
        create(cluster, widget(size=0))
    with pytest.raises(ApiError, match=r'unknown field "spec\.weight"'):
        create(cluster, widget(size=1, weight=2), write=Write(field_validation="Strict"))


def test_custom_kind_goes_with_its_definition(cluster: Cluster) -> None:
    definition = create(cluster, WIDGETS, "")
    create(cluster, widget(size=2))
    delete(cluster, definition)
    assert cluster.registry.find("example.com", "v1", "widgets") is None
    assert cluster.store.select(("example.com", "widgets")) == []


def test_unknown_fields_are_dropped_with_a_warning(cluster: Cluster) -> None:
    write = Write(field_validation="Warn")
    created = create(cluster, changed(deployment(), "spec.replica", 1), write=write)
    assert "replica" not in created["spec"]
    assert write.warnings == ['unknown field "spec.replica"']
