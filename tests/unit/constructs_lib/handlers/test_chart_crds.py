"""The CDK's own handler runs here, from the assembly, with the layer before it."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import boto3  # noqa: F401  # once for all calls: the CDK's modules are imported for each
import pytest

from constructs_lib.kubectl_handler import CHART_CRDS
from tests.unit.constructs_lib.templates import one, properties
from tests.unit.constructs_lib.variants import Variants

# Of the CDK's code, which runs in this process.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*invalid escape sequence"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

CRD = "customresourcedefinition.apiextensions.k8s.io/shops.example.com"
DEFINITION = "kind: CustomResourceDefinition"
CHART = {
    "ClusterName": "blue",
    "Release": "shop",
    "Namespace": "web",
    "Chart": "shop",
    "Repository": "https://charts.example.com",
    "Version": "1.10.0",
    "Values": '{"crds":{"enabled":true}}',
}
OCI = {"Repository": "oci://111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop"}
PULL = "helm pull shop --untar --untardir PLACE/chart --repo https://charts.example.com --version 1.10.0"
TEMPLATE = "helm template crds PLACE/{}shop --include-crds --values - <{}"
LOGIN = "aws eks update-kubeconfig --name blue --kubeconfig CONFIG"
APPLY = (
    "kubectl apply --kubeconfig CONFIG --server-side --force-conflicts --filename - "
    f"--output name <{DEFINITION}"
)
WAIT = f"kubectl wait --kubeconfig CONFIG --for condition=Established --timeout 60s {CRD}"
CRDS = [PULL, TEMPLATE.format("chart/", CHART["Values"]), LOGIN, APPLY, WAIT]
CHART_FILE = "name: shop\nkubeVersion: >-\n  <1.35\nversion: 1.10.0"
# -IS: hundreds are started, none of which needs a package.
PROGRAM = f"""#!{sys.executable} -IS
import os, sys
from pathlib import Path
name, *words = [Path(sys.argv[0]).name, *sys.argv[1:]]
given = sys.stdin.read() if {{"-", "--password-stdin"}} & {{*words}} else ""
home = Path(os.environ["TEST_OUTDIR"])
for real, shown in ((home / "kubeconfig", "CONFIG"), (Path.cwd(), "PLACE")):
    words = [word.replace(str(real), shown) for word in words]
with (home / "calls").open("a") as calls:
    print(name, *words, *([f"<{{given}}"] if given else []), file=calls)
if words[0] == "pull":
    import tarfile
    place = Path(sys.argv[sys.argv.index("--untardir") + 1] if "--untardir" in words else "")
    chart = place / "shop"
    (chart / "charts" / "web" / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text({CHART_FILE!r})
    # A packed chart in a packed chart.
    for folder, file in (("web", "db/charts/web"), ("db", "db")):
        (chart / "charts" / file).parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(chart / "charts" / f"{{file}}-1.0.0.tgz", "w:gz") as archive:
            archive.add(chart / "charts" / folder, folder)
if words[0] == "template":
    chart = Path(sys.argv[3])
    packed = [*chart.rglob("templates"), *chart.rglob("*.tgz")]
    assumed = [each.read_text() for each in chart.glob("Chart.yaml")]
    if not packed and assumed in ([], ["name: shop\\nversion: 1.10.0"]):
        print(os.environ["CRDS"], end="")
if words[0] == "apply":
    print("{CRD}")
    print("namespace/extra")
if words[0] == os.environ["FAILS"]:
    sys.exit(9999 * "…" + f"{{name}} says why")
"""


@pytest.fixture(scope="module")
def function(variants: Variants) -> Path:
    """Return the folder with the CDK's code of the handler."""
    template = variants.platforms.templates["Closed/Cluster"]
    handler = one(template, "AWS::Lambda::Function", "ControlPlaneClusterKubectlProviderHandler")
    key = properties(template, handler)["Code"]["S3Key"]
    return variants.platforms.path / f"asset.{key.removesuffix('.zip')}"


class Lambda:
    """The function, with programs that write down how they are called."""

    def __init__(self, function: Path, folder: Path) -> None:
        """Make the programs."""
        self.folder, self.path = folder, [str(function), str(CHART_CRDS / "python")]
        for name in ("aws", "helm", "kubectl"):
            program = folder / name
            program.write_text(PROGRAM, encoding="utf-8")
            program.chmod(0o755)

    def __call__(
        self,
        request: str,
        chart: Mapping[str, Any] = CHART,
        *,
        before: Mapping[str, Any] | None = None,
        fails: str = "",
        crds: str = DEFINITION,
        **changes: object,
    ) -> list[str]:
        """Return what was called."""
        kind = {"RequestType": request, "ResourceType": "Custom::AWSCDK-EKS-HelmChart"}
        old = {} if before is None else {"OldResourceProperties": {**CHART, **before}}
        whole = {**kind, "ResourceProperties": chart, **old, **changes}
        path = os.pathsep.join([str(self.folder), os.defpath])
        variables = {"PATH": path, "TEST_OUTDIR": str(self.folder), "FAILS": fails, "CRDS": crds}
        # The CDK's modules read their variables once, when they are imported.
        with (
            mock.patch.dict(os.environ, variables, clear=True),
            mock.patch.dict(sys.modules),
            mock.patch.multiple(sys, path=[*self.path, *sys.path], dont_write_bytecode=True),
        ):
            importlib.import_module("chart_crds").handler(whole, None)
        return self.lines

    @property
    def lines(self) -> list[str]:
        """Return what was called."""
        calls = self.folder / "calls"
        return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []


@pytest.fixture
def call(function: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Lambda:
    """Return the function."""
    # The CDK's code sets this level as well; pytest takes it back.
    caplog.set_level(logging.INFO)
    return Lambda(function, tmp_path)


@pytest.mark.parametrize(
    ("request_type", "changes", "before", "expected"),
    [
        ("Create", {}, None, CRDS),
        ("Update", {}, {"Version": "1.9.1"}, CRDS),
        ("Update", {"Values": None}, {}, [PULL, TEMPLATE.format("chart/", "{}"), *CRDS[2:]]),
        ("Update", {}, {"Version": "1.10.1"}, []),
        ("Update", {}, {"Version": "2.0.0", "Chart": "other"}, CRDS),
        ("Update", {}, {"Version": "2.0.0", "Repository": "https://other.example.com"}, CRDS),
        ("Update", {}, {"Version": "1.10.0-rc.1"}, CRDS),
        ("Update", {}, {"Version": "v1.10.0+build.2"}, CRDS),
        ("Update", {"Version": None}, {}, [PULL.removesuffix(" --version 1.10.0"), *CRDS[1:]]),
        ("Create", {"SkipCrds": "true"}, None, []),
        ("Delete", {}, None, []),
    ],
    ids=[
        *("new", "newer", "no values", "older", "another", "another repository"),
        *("released", "rebuilt", "no version", "skipped", "deleted"),
    ],
)
def test_crds_of_a_chart_come_before_it(
    request_type: str,
    changes: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    expected: list[str],
    call: Lambda,
) -> None:
    """As the values ask for, never backwards, and never deleted."""
    chart = {name: value for name, value in {**CHART, **changes}.items() if value is not None}
    calls = call(request_type, chart, before=before)
    assert calls[:-2] == expected
    assert calls[-2] == LOGIN
    verb = "uninstall" if request_type == "Delete" else "upgrade"
    assert calls[-1].startswith(f"helm {verb} shop ")


def test_a_chart_of_a_registry_is_pulled_with_the_handlers_login(call: Lambda) -> None:
    """A network without internet has its charts in ECR."""
    chart = {**CHART, **OCI}
    calls = call("Create", chart)
    at = calls.index(TEMPLATE.format("", CHART["Values"]))
    assert calls[at - 1] == f"helm pull {OCI['Repository']} --version 1.10.0 --untar"
    assert calls[at + 1 : at + 4] == [LOGIN, APPLY, WAIT]


def test_a_chart_of_an_asset_is_unpacked_first(call: Lambda) -> None:
    """As a class of your own may bring one."""
    with zipfile.ZipFile(call.folder / "chart.zip", "w") as archive:
        archive.writestr("templates/web.yaml", "")
    chart = {"ClusterName": "blue", "Release": "shop", "ChartAssetURL": "s3://assets/1.zip"}
    calls = call("Create", chart)
    render = f"helm template crds {call.folder}/chart --include-crds --values - <{{}}"
    assert calls[1:5] == [render, LOGIN, APPLY, WAIT]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("1.0.0-rc1", "1.0.0-rc2"),
        ("1.0.0-rc1", "1.0.0"),
        ("1.0.0-rc.9", "1.0.0-rc.10"),
        ("1.0.0-1", "1.0.0-beta"),
    ],
)
def test_a_pre_release_has_its_place(earlier: str, later: str, call: Lambda) -> None:
    """As Semantic Versioning orders them."""
    back = call("Update", {**CHART, "Version": earlier}, before={"Version": later})
    both = call("Update", {**CHART, "Version": later}, before={"Version": earlier})
    assert (back.count(APPLY), both.count(APPLY)) == (0, 1)


@pytest.mark.parametrize(
    "crds",
    [
        "",
        "---\n# A CustomResourceDefinition was here.\n",
        "kind: ConfigMap\ndata:\n  kind: CustomResourceDefinition\n",
        '{"kind":"ConfigMap","data":{"a":"kind: CustomResourceDefinition"}}',
    ],
    ids=["none", "comment", "text", "json"],
)
def test_a_chart_without_crds_needs_no_kubectl(crds: str, call: Lambda) -> None:
    """Its CRDs are templates, or off, or there are none."""
    calls = call("Create", crds=crds)
    assert not [line for line in calls if line.startswith("kubectl")]


@pytest.mark.parametrize(
    "crd",
    [
        DEFINITION,
        "'kind': 'CustomResourceDefinition'",
        '{"apiVersion":"v1", "kind": "CustomResourceDefinition"}',
        '{\n  "kind": "CustomResourceDefinition"\n}',
    ],
)
def test_only_crds_are_applied(crd: str, call: Lambda) -> None:
    """Helm owns what else is in the folder crds/, and what a hook prints."""
    crds = f"---\nkind: Namespace\n--- # Source\n{crd}\n---\nkind: Job\n---"
    calls = call("Create", crds=crds)
    start = calls.index(APPLY.replace(DEFINITION, ""))
    end = next(index for index, line in enumerate(calls) if line.startswith("kubectl wait"))
    assert calls[start + 1 : end] == [*crd.splitlines(), ""]


@pytest.mark.parametrize(
    ("verb", "program"), [("pull", "helm"), ("template", "helm"), ("apply", "kubectl")]
)
def test_an_error_says_what_the_program_said(verb: str, program: str, call: Lambda) -> None:
    """In an answer that CloudFormation takes; the chart stays as it is."""
    with pytest.raises(RuntimeError) as raised:
        call("Create", fails=verb)
    error = str(raised.value)
    assert error.startswith(f"CRDs of the chart: {program} {verb}: …")
    assert error.endswith(f"…{program} says why")
    assert len(error.encode()) < 2100
    assert not [line for line in call.lines if line.startswith("helm upgrade")]


def test_everything_else_is_the_cdks(call: Lambda) -> None:
    """Manifests, patches and values go to its code as they come."""
    manifest = {"ClusterName": "blue", "Manifest": "[]"}
    calls = call("Create", manifest, ResourceType="Custom::AWSCDK-EKS-KubernetesResource")
    assert [line.split()[:2] for line in calls] == [["aws", "eks"], ["kubectl", "create"]]
