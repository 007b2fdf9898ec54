from __future__ import annotations

from guardrails.environment import Environment


def test_the_stacks_of_a_stage_are_one_environment(real: dict[str, Environment]) -> None:
    """They are deployed together, one after the other."""
    assert list(real["Dev"].stacks) == ["Dev/Network", "Dev/Cluster", "Dev/SampleService"]
    assert real["Dev"].stacks["Dev/Cluster"].depends_on == {"Dev/Network"}
    assert real["Dev"].stacks["Dev/SampleService"].depends_on == {"Dev/Cluster"}


def test_the_assembly_knows_which_stacks_are_protected(real: dict[str, Environment]) -> None:
    """No template says so; the manifest does."""
    assert real["Prod"].stacks["Prod/Cluster"].termination_protection
    assert not real["Dev"].stacks["Dev/Cluster"].termination_protection


def test_the_assembly_knows_what_was_acknowledged(real: dict[str, Environment]) -> None:
    """Where, what and why."""
    assert (
        "Dev/Cluster/ControlPlane/Cluster",
        "Groundwork::EKS1[0.0.0.0/0]",
        "Developers work from changing addresses; IAM still guards every call.",
    ) in real["Dev"].stacks["Dev/Cluster"].acknowledgements


def test_a_resource_is_found_through_an_export(real: dict[str, Environment]) -> None:
    """A subnet that a node group imports is a resource of the network's stack."""
    group = next(real["Dev"].resources("AWS::EKS::Nodegroup"))
    subnet = real["Dev"].named_by(group, group.properties["Subnets"][0])

    assert subnet is not None
    assert subnet.path == "Dev/Network/Network/PrivateA/Subnet"


def test_what_is_not_of_the_environment_is_nothing(real: dict[str, Environment]) -> None:
    """An existing subnet is an id, and no rule makes anything of it."""
    group = next(real["Existing"].resources("AWS::EKS::Nodegroup"))

    assert real["Existing"].named_by(group, group.properties["Subnets"][0]) is None


def test_kubernetes_objects_are_read_out_of_the_templates(real: dict[str, Environment]) -> None:
    """With the resource that applies them."""
    (web,) = [item for item in real["Dev"].kubernetes_objects("Service") if item.name == "web"]

    assert web.namespace == "sample"
    assert web.spec["type"] == "LoadBalancer"
    assert web.resource.path == "Dev/SampleService/SampleService/WebService/Resource/Default"
