"""What a deploy of an environment asks for, as the CDK wrote it."""

from __future__ import annotations

from pathlib import Path

from assembly.deployment import deployment_of
from tests.support import Assembly
from tests.unit.preflight.support import environment


def test_a_reference_environment(assembly: Assembly) -> None:
    """The stacks, the bootstrap, its roles, and the platforms of the sample service's images."""
    found = deployment_of(assembly.environments()["Prod"])

    role = "arn:aws:iam::${AWS::AccountId}:role/cdk-hnb659fds-{}-role-${AWS::AccountId}-eu-west-1"
    assert found.stacks == {"Prod-Network", "Prod-Cluster", "Prod-SampleService"}
    assert set(found.bootstrap) == {"/cdk-bootstrap/hnb659fds/version"}
    assert found.bootstrap["/cdk-bootstrap/hnb659fds/version"] >= 6
    assert found.assumed_roles == tuple(
        role.replace("{}", name) for name in ("deploy", "file-publishing", "image-publishing")
    )
    assert found.execution_roles == (role.replace("{}", "cfn-exec"),)
    assert found.platforms == ("linux/amd64", "linux/arm64")


def test_what_is_known_is_filled_in(tmp_path: Path) -> None:
    """The account, once it is known, and the partition with the region."""
    found = deployment_of(environment(tmp_path, account="111122223333"))

    assert "arn:aws:iam::111122223333:role/cdk-deploy" in found.assumed_roles
    assert found.stacks == {"Dev-Blue"}
    assert found.bootstrap == {"/cdk-bootstrap/x/version": 6}
