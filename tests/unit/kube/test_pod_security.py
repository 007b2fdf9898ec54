"""Pod Security Standards, held to the words of a real API server where it was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonpatch
import pytest

from kube.pod_security import violations
from kube.pods import pod_template
from kube.values import Unknown
from tests.unit.kube.pod_specs import ABSENT, RESTRICTED, changed, pods_of

VERDICTS = json.loads((Path(__file__).parent / "verdicts.json").read_text(encoding="utf-8"))
CASES = [case for case in VERDICTS["cases"] if case["base"] == "Pod"]
HOLE = Unknown("${Value}")
CONTEXT = "containers/0/securityContext"
SECOND = {"name": "b", "securityContext": RESTRICTED["containers"][0]["securityContext"]}


def said(spec: dict[str, Any], level: str = "restricted", version: str = "1.36") -> list[str]:
    return [broken.words for broken in violations(pods_of(spec), level, version)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_server_says_the_same(case: dict[str, Any]) -> None:
    """Its namespace enforces the restricted standard, the latest version."""
    pod = jsonpatch.apply_patch(VERDICTS["bases"]["Pod"], case["patch"])
    template = pod_template(pod)
    broken = violations(template, "restricted") if template else []
    words = ", ".join(one.words for one in broken)
    if case["status"] == 403:
        assert case["message"].endswith(f'violates PodSecurity "restricted:latest": {words}')
    elif case["status"] == 201:
        assert not words


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            f"{CONTEXT}/appArmorProfile",
            {"type": "Unconfined"},
            (
                'forbidden AppArmor profile (container "web" must not set AppArmor profile type to '
                '"Unconfined")'
            ),
        ),
        (
            f"{CONTEXT}/capabilities/add",
            ["NET_ADMIN", "CHOWN", "BPF"],
            (
                'non-default capabilities (container "web" must not include "BPF", "NET_ADMIN" in '
                "securityContext.capabilities.add)"
            ),
        ),
        ("hostPID", True, "host namespaces (hostPID=true)"),
        (
            "volumes",
            [{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "hostPath": {}}],
            'hostPath volumes (volumes "a", "b")',
        ),
        (
            "containers/0/ports",
            [{"hostPort": 8080}, {"hostPort": 443}],
            'hostPort (container "web" uses hostPorts 443, 8080)',
        ),
        (
            "containers/0/lifecycle",
            {"preStop": {"httpGet": {"host": "a"}}, "postStart": {"tcpSocket": {"host": "b"}}},
            'probe or lifecycle host (container "web" uses probe or lifecycle hosts "a", "b")',
        ),
        (
            f"{CONTEXT}/privileged",
            True,
            'privileged (container "web" must not set securityContext.privileged=true)',
        ),
        (
            f"{CONTEXT}/procMount",
            "Unmasked",
            'procMount (container "web" must not set securityContext.procMount to "Unmasked")',
        ),
        (
            "securityContext/seLinuxOptions",
            {"type": "spc_t", "user": "root", "role": "r"},
            (
                'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user '
                "may not be set; role may not be set)"
            ),
        ),
        (
            f"{CONTEXT}/seccompProfile",
            {"type": "Unconfined"},
            (
                'seccompProfile (container "web" must not set securityContext.seccompProfile.type to '
                '"Unconfined")'
            ),
        ),
        (
            "securityContext/sysctls",
            [{"name": "kernel.msgmax"}, {"name": "net.ipv4.tcp_rmem"}, {"name": "a"}],
            "forbidden sysctls (kernel.msgmax, a)",
        ),
        (
            "securityContext/windowsOptions",
            {"hostProcess": True},
            "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
        ),
    ],
)
def test_baseline_is_held(path: str, value: object, words: str) -> None:
    """Each rule of it is a rule of restricted too, or a stricter one is."""
    spec = changed(RESTRICTED, path, value)
    assert said(spec, "baseline") == [words]
    assert said(spec, "restricted")
    assert said(spec, "privileged") == []


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            f"{CONTEXT}/allowPrivilegeEscalation",
            ABSENT,
            (
                'allowPrivilegeEscalation != false (container "web" must set '
                "securityContext.allowPrivilegeEscalation=false)"
            ),
        ),
        (
            f"{CONTEXT}/capabilities",
            {"add": ["CHOWN"]},
            (
                'unrestricted capabilities (container "web" must set '
                'securityContext.capabilities.drop=["ALL"]; container "web" must not include "CHOWN" in '
                "securityContext.capabilities.add)"
            ),
        ),
        (
            "volumes",
            [{"name": "v", "hostPath": {"path": "/"}}, {"name": "w", "nfs": {}}],
            'restricted volume types (volumes "v", "w" use restricted volume types "hostPath", "nfs")',
        ),
        (
            "securityContext/runAsNonRoot",
            ABSENT,
            'runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)',
        ),
        (
            f"{CONTEXT}/runAsNonRoot",
            False,
            'runAsNonRoot != true (container "web" must not set securityContext.runAsNonRoot=false)',
        ),
        (f"{CONTEXT}/runAsUser", 0, 'runAsUser=0 (container "web" must not set runAsUser=0)'),
        (
            "securityContext/seccompProfile",
            ABSENT,
            (
                'seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to '
                '"RuntimeDefault" or "Localhost")'
            ),
        ),
    ],
)
def test_restricted_is_held(path: str, value: object, words: str) -> None:
    spec = changed(RESTRICTED, path, value)
    assert said(spec) == [words]
    if "hostPath" not in words:
        assert said(spec, "baseline") == []


def test_what_keeps_the_standard_breaks_nothing() -> None:
    """A volume without a source is an emptyDir; a container may do what the pod doesn't say."""
    assert said(RESTRICTED) == []
    volumes = [{"name": "a"}, {"name": "b", "image": {}, "nfs": None}]
    assert said(changed(RESTRICTED, "volumes", volumes)) == []
    own = {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}
    context = RESTRICTED["containers"][0]["securityContext"] | own
    spec = {"containers": [{"name": "web", "securityContext": context}]}
    assert said(spec) == []


def test_every_container_counts() -> None:
    """Init and ephemeral ones too; setters are named once, in the server's order."""
    root = {"runAsUser": 0, **SECOND["securityContext"]}
    spec = {
        **RESTRICTED,
        "securityContext": {**RESTRICTED["securityContext"], "runAsUser": 0},
        "initContainers": [{"name": "i", "securityContext": root}],
        "ephemeralContainers": [{"name": "e", "securityContext": root}],
    }
    assert said(spec) == ['runAsUser=0 (pod and containers "i", "e" must not set runAsUser=0)']
    (broken,) = violations(pods_of(spec), "restricted")
    assert broken.fields == (
        "spec.securityContext.runAsUser",
        "spec.initContainers[0].securityContext.runAsUser",
        "spec.ephemeralContainers[0].securityContext.runAsUser",
    )


def test_annotations_set_apparmor_too() -> None:
    prefix = "container.apparmor.security.beta.kubernetes.io"
    annotations = {f"{prefix}/web": "unconfined", f"{prefix}/b": "localhost/x", "other": "y"}
    annotations[f"{prefix}/c"] = HOLE
    (broken,) = violations(pods_of(RESTRICTED, **annotations), "baseline")
    assert broken.words == (
        "forbidden AppArmor profile (annotation must not set AppArmor profile type to "
        f'"{prefix}/web="unconfined"")'
    )
    assert broken.fields == (f"metadata.annotations[{prefix}/web]",)


@pytest.mark.parametrize(
    ("path", "value", "level", "allowed_from"),
    [
        ("containers/0/livenessProbe", {"tcpSocket": {"host": "a"}}, "baseline", None),
        ("securityContext/seLinuxOptions", {"type": "container_engine_t"}, "baseline", 31),
        ("securityContext/sysctls", [{"name": "net.ipv4.tcp_rmem"}], "baseline", 32),
        ("securityContext/sysctls", [{"name": "net.ipv4.tcp_notsent_lowat"}], "baseline", 37),
    ],
)
def test_versions_differ(path: str, value: object, level: str, allowed_from: int | None) -> None:
    spec = changed(RESTRICTED, path, value)
    if allowed_from is None:
        assert (said(spec, level, "1.33"), len(said(spec, level, "v1.34"))) == ([], 1)
    else:
        assert len(said(spec, level, f"1.{allowed_from - 1}.9")) == 1
        assert said(spec, level, f"1.{allowed_from}") == said(spec, level, "latest") == []


@pytest.mark.parametrize(
    ("path", "value", "level", "exempt"),
    [
        ("securityContext/runAsNonRoot", False, "restricted", True),
        ("securityContext/runAsUser", 0, "restricted", True),
        (f"{CONTEXT}/procMount", "Unmasked", "baseline", True),
        (f"{CONTEXT}/procMount", "Unmasked", "restricted", False),
        ("hostNetwork", True, "baseline", False),
    ],
)
def test_user_namespace_relaxes_from_1_35(
    path: str, value: object, level: str, *, exempt: bool
) -> None:
    spec = changed({**RESTRICTED, "hostUsers": False}, path, value)
    assert said(spec, level, "1.34")
    assert (said(spec, level, "1.35") == []) is exempt


def test_windows_pods_need_no_linux_settings() -> None:
    """From 1.25 on; they still must not run as an administrator, or in the host's process."""
    spec = {"os": {"name": "windows"}, "containers": [{"name": "web"}]}
    reasons = [broken.reason for broken in violations(pods_of(spec), "restricted", "1.36")]
    assert reasons == ["runAsNonRoot != true"]
    assert len(said(spec, "restricted", "1.24")) == 4


@pytest.mark.parametrize(
    "path",
    [
        "os",
        "hostUsers",
        "securityContext",
        "securityContext/runAsNonRoot",
        "securityContext/seccompProfile",
        "containers",
        "containers/0",
        CONTEXT,
        f"{CONTEXT}/allowPrivilegeEscalation",
        f"{CONTEXT}/capabilities",
        f"{CONTEXT}/capabilities/drop",
        f"{CONTEXT}/capabilities/drop/0",
        f"{CONTEXT}/runAsUser",
        f"{CONTEXT}/privileged",
        "hostNetwork",
    ],
)
def test_what_is_unknown_breaks_nothing(path: str) -> None:
    assert said(changed(RESTRICTED, path, HOLE)) == []


@pytest.mark.parametrize(
    ("spec", "rules"),
    [
        ({"volumes": [{"name": "v", "hostPath": HOLE}]}, []),
        ({"volumes": [{"name": "v", HOLE: {}}]}, []),
        ({"securityContext": {"sysctls": [{"name": HOLE}]}}, []),
        ({"securityContext": {"seLinuxOptions": {"type": HOLE, "user": HOLE}}}, []),
        ({"securityContext": {"seccompProfile": {"type": HOLE}}}, []),
        ({"hostUsers": HOLE, "securityContext": {"runAsUser": 0}}, []),
        ({"os": {"name": HOLE}, "containers": [{"name": "a"}]}, ["runAsNonRoot"]),
    ],
)
def test_exemption_that_may_hold_holds(spec: dict[str, Any], rules: list[str]) -> None:
    found = [broken.rule for broken in violations(pods_of(spec), "restricted")]
    assert found == rules
