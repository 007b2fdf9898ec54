"""What happens to objects in the cluster, and what the API server would refuse."""

from __future__ import annotations

from assembly.environment import Environment
from review.kubernetes import as_yaml, diffs
from tests.unit.review.templates import replaced_text, reviewed, sides, texts


def test_an_immutable_field_is_refused(prod: Environment) -> None:
    """The selector of a Deployment is for ever."""
    old = '\\"selector\\":{\\"matchLabels\\":{\\"app.kubernetes.io/name\\":\\"sample-api\\"}}'
    after = replaced_text(prod, old, old.replace("sample-api", "sample-backend"))

    said = texts(reviewed(prod, after))

    assert any(
        "**The API server rejects this**: `spec.selector` of Deployment `sample/api`" in each
        for each in said
    )


def test_a_renamed_deployment_stops_its_pods(prod: Environment) -> None:
    """To Kubernetes it is another one."""
    old = '\\"kind\\":\\"Deployment\\",\\"metadata\\":{\\"name\\":\\"api\\"'
    after = replaced_text(prod, old, old.replace("api", "backend"))

    said = texts(reviewed(prod, after))

    assert "takes down: Deployment `sample/api` is **deleted**: the pods stop." in said
    assert "safe: New in the cluster: Deployment `sample/backend`." in said


def test_a_changed_field_is_named(prod: Environment) -> None:
    """Where nothing restarts."""
    after = replaced_text(prod, '\\"port\\":8080,', '\\"port\\":8081,')

    assert "interrupts: Service `sample/api` **no longer answers** on port `8080`." in texts(
        reviewed(prod, after)
    )
    (diff,) = (each for each in diffs(sides(prod, after)) if each.kind == "Service")
    assert [line for line in diff.lines if line[0] in "+-"] == [
        "-    port: 8080",
        "+    port: 8081",
    ]


def test_the_pods_of_a_changed_template_restart(prod: Environment) -> None:
    """The field is named, since the image is the same."""
    after = replaced_text(
        prod, '\\"terminationGracePeriodSeconds\\":40', '\\"terminationGracePeriodSeconds\\":41'
    )

    assert any(
        "are rolled because their template differs, `spec.terminationGracePeriodSeconds` `40` → `41`; a new pod is ready before an old one stops."
        in each
        for each in texts(reviewed(prod, after))
    )


def test_the_cdks_own_label_is_not_shown(prod: Environment) -> None:
    """It changes with the construct's path and says nothing."""
    assert all(
        "aws.cdk.eks/prune-" not in "\n".join(as_yaml(item)) for item in prod.kubernetes_objects()
    )
