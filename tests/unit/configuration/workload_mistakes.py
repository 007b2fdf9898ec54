"""The mistakes of workloads among themselves, and in what they are made of: part of the table."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.compute import FargateProfileSpec, FargateSelectorSpec
from constructs_lib.specs.namespaced_workloads import ImageSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.permissions import PermissionsSpec, StatementSpec
from constructs_lib.specs.workloads import Workload
from tests.unit.configuration.mistakes import (
    DEV,
    GROUP,
    PODINFO,
    REMOVED,
    SERVICE,
    SHOP,
    Mistake,
    with_changes,
)

FILES = "tests/unit/configuration/manifests"
WEB = "workloads/sample_service/web"
ARM, AMD = (ImageSpec(path=WEB, architecture=each) for each in ("arm64", "amd64"))
TEAM = NamespaceSpec(name="team")
READ = PermissionsSpec(managed_policies=("AmazonS3ReadOnlyAccess",))
IN_TEAM = {"namespaces": (TEAM,), "workloads": (SERVICE, SHOP, PODINFO)}
X86 = with_changes(
    GROUP,
    {
        "name": "X86",
        "ami_type": "AL2023_x86_64_STANDARD",
        "instance_types": ("m7i.large",),
        "capacity_type": "ON_DEMAND",
    },
)
ON_FARGATE = FargateProfileSpec(name="Shop", selectors=(FargateSelectorSpec(namespace="shop"),))
STATEMENT = StatementSpec(actions=("s3:GetObject",), resources=("arn:aws:s3:::data/x",))
IN_STATEMENT = "workloads[1].service_accounts['web'].statements[0]"
NOT_ACTIONS = StatementSpec(
    actions=("s3:GetObject",),
    resources=("arn:aws:s3:::a/b",),
    not_actions=("a",),  # type: ignore[call-arg]  # that is the mistake
)


def shop(files: str = "shop", **change: object) -> dict[str, object]:
    """Return the change to a workload of plain YAML."""
    fields = {f"workloads[1].{name}": value for name, value in change.items()}
    return {"workloads": (SERVICE, SHOP), "workloads[1].path": f"{FILES}/{files}", **fields}


def of_files(name: str, files: str, allowed: str, fix: str, **change: object) -> Mistake:
    """Return the mistake that files hold."""
    path = f"{FILES}/{files}"
    return Mistake(name, shop(files, **change), allowed, fix, at="workloads[1].path", got=path)


def of_image(
    name: str, change: dict[str, object], image: ImageSpec, allowed: str, fix: str
) -> Mistake:
    """Return the mistake of an image that its nodes can't run."""
    return Mistake(
        name,
        {**shop("image", images={"web": image}), **change},
        allowed=allowed,
        fix=fix,
        at="workloads[1].images['web'].architecture",
        got=image.architecture,
    )


class Odd(Workload):
    """A class of somebody else's."""

    @property
    def pods(self) -> Any:  # noqa: ANN401  # anybody may write it so
        """Return no number."""
        return {"Negative": -1, "Text": "3", "Truth": True}.get(self.name, 0)

    def across(self, surroundings: object) -> Any:  # noqa: ANN401
        """Do what no method should."""
        if self.name == "Raises":
            raise KeyError("no such\ngroup")
        if self.name == "Exits":
            raise SystemExit(0)
        return [surroundings] if self.name == "Yields" else ()

    @rule
    def is_right(self) -> Iterator[Problem]:
        """Fail for one name."""
        yield from ((1 / 0,) if self.name == "Divides" else ())  # type: ignore[misc]


def shaped(member: str, value: object, fix: str) -> Mistake:
    """Return the mistake of a class whose property returns something else."""
    made = type("Shaped", (Workload,), {member: property(lambda _: value)})
    return Mistake(
        f"a class whose {member} are {value!r:.20}",
        {"workloads": (SERVICE, made(name="Shaped"))},
        f", from Shaped.{member}",
        fix,
        at=f"workloads[1].{member}",
        got=value,
    )


class Homeless(Workload):
    """A class whose namespaces nobody can tell."""

    @property
    def own_namespaces(self) -> tuple[str, ...]:
        """Fail."""
        raise LookupError("no namespace")


class Maker(Workload):
    """A class that makes a namespace of its name."""

    @property
    def makes(self) -> Iterator[str]:
        """Yield it."""
        yield f"Namespace {self.name.lower()}"


class Mute(Workload):
    """A class whose property raises."""

    @property
    def pods(self) -> int:
        """Fail."""
        raise LookupError("nobody counted")


def odd(workload: Workload, got: object, allowed: str, fix: str, at: str = "") -> Mistake:
    """Return the mistake of a class."""
    change = {"workloads": (SERVICE, workload)}
    return Mistake(
        f"a class that is {workload.name}", change, allowed, fix, f"workloads[1]{at}", got
    )


def _yields(*_: object) -> Iterator[None]:
    yield


async def _waits(*_: object) -> None:
    pass


async def _waits_and_yields(*_: object) -> AsyncIterator[None]:
    yield


CODE = "fix the class; TRACEBACK=1 shows"
HERE = "tests/unit/configuration/workload_mistakes.py line "
OWN = [
    *(
        odd(
            Odd(name=name),
            value,
            "a whole number of pods, 0 or more, from Odd.pods",
            "return a whole number of pods, 0 or more",
            ".pods",
        )
        for name, value in (("Negative", -1), ("Text", "3"), ("Truth", True))
    ),
    odd(Odd(name="Raises"), "KeyError: 'no such\\ngroup'", f"Odd.across, {HERE}", CODE),
    odd(Odd(name="Exits"), "SystemExit: 0", f"Odd.across, {HERE}", CODE),
    odd(Odd(name="Divides"), "ZeroDivisionError: division by zero", f"Odd.is_right, {HERE}", CODE),
    odd(Homeless(name="Homeless"), "LookupError: no namespace", HERE, CODE),
    *(
        shaped(member, value, "return a tuple of names, such as (")
        for member in ("makes", "own_namespaces")
        for value in (None, "shop", 3, [None], [["shop"]], [""], [{"a": 1}])
    ),
    *(
        shaped("remarks", value, "return a tuple of different ids, each with a sentence, such as")
        for value in (
            *(None, "old", ["old"], [("old",)], [("old", None)], [("a", "b", "c")]),
            [("old", "It is old."), ("old", "It is older.")],
        )
    ),
    *(
        odd(
            type("Lazy", (Workload,), {"build": build})(name=name),
            "Lazy.build",
            "a build that creates its resources when it is called",
            "remove yield and async",
        )
        for name, build in (("Yielding", _yields), ("Waits", _waits), ("Both", _waits_and_yields))
    ),
    shaped("remarks", print, "put @property above remarks"),
    shaped("pods", print, "put @property above pods"),
    shaped("description", None, "return a text"),
    shaped("oci_charts", 1, "return True or False"),
    odd(Mute(name="Mute"), "LookupError: nobody counted", f"Mute.pods, {HERE}", CODE),
    *(
        odd(
            type("Listing", (Workload,), {"pod_objects": lambda *_, made=made: made})(name=name),
            made,
            "a list of Kubernetes objects, each a dict, or None, from Listing.pod_objects",
            "return a list of Kubernetes objects",
            ".pod_objects",
        )
        for name, made in (("Counts", 5), ("Names", "web"), ("Mixed", [{"kind": "Job"}, "web"]))
    ),
]

BETWEEN = [
    Mistake(
        "one release of two workloads",
        {
            **IN_TEAM,
            "workloads[1]": with_changes(PODINFO, {"name": "Other", "namespace": "team"}),
            "workloads[2].namespace": "team",
        },
        at="workloads[2].release",
        got="Helm release team/podinfo",
        allowed="a name that workload Other doesn't use too",
        fix="rename it, or remove it from this workload",
    ),
    Mistake(
        "one service account of two workloads",
        {
            **IN_TEAM,
            "workloads[1].namespace": "team",
            "workloads[1].service_accounts": {"web": READ},
            "workloads[2].namespace": "team",
            "workloads[2].service_accounts": {"web": READ},
        },
        at="workloads[2].service_accounts['web']",
        got="ServiceAccount team/web",
        allowed="a name that workload Shop doesn't use too",
        fix="rename it, or remove it from this workload",
    ),
    Mistake(
        "one object of two workloads",
        {
            "namespaces": (NamespaceSpec(name="shop"),),
            "workloads": (SERVICE, SHOP, SHOP),
            "workloads[2].name": "Other",
        },
        at="workloads[2]",
        got="Deployment shop/cart",
        allowed="a name that workload Shop doesn't use too",
        fix="rename it, or remove it from this workload",
    ),
    *(
        Mistake(
            f"the platform's own {got}",
            {
                "workloads": (SERVICE, PODINFO),
                "workloads[1].namespace": "kube-system",
                **change,
                "workloads[1].pod_security": REMOVED,
            },
            at=f"workloads[1].{field}",
            got=got,
            allowed="a name that the platform doesn't use too",
            fix="rename it, or remove it from this workload",
        )
        for field, got, change in (
            (
                "release",
                "Helm release kube-system/aws-load-balancer-controller",
                {"workloads[1].release": "aws-load-balancer-controller"},
            ),
            (
                "service_accounts['efs-csi-controller-sa']",
                "ServiceAccount kube-system/efs-csi-controller-sa",
                {
                    "add_ons.additional": (AddOnSpec(name="aws-efs-csi-driver"),),
                    "workloads[1].service_accounts": {"efs-csi-controller-sa": READ},
                },
            ),
            (
                "service_accounts['aws-node']",
                "ServiceAccount kube-system/aws-node",
                {"workloads[1].service_accounts": {"aws-node": READ}},
            ),
        )
    ),
    Mistake(
        "the namespace of Fargate's logs",
        {"workloads": (SERVICE, PODINFO), "workloads[1].namespace": "aws-observability"},
        got="aws-observability",
        allowed="a namespace that the platform doesn't create too",
        fix="use another one",
    ),
    *(
        Mistake(
            f"the Namespace {name} of {maker} once more",
            {"namespaces": (TEAM,), "workloads": (SERVICE, Maker(name=name.capitalize()))},
            f"a name that {maker} itself doesn't use too",
            "rename it, or remove it from this workload",
            at="workloads[1]",
            got=f"Namespace {name}",
        )
        for name, maker in (("team", "the environment"), ("default", "Kubernetes"))
    ),
    Mistake(
        "a file with a Namespace of the environment",
        {"namespaces": (TEAM,), **shop("team")},
        "files without Namespace/team, which the stack creates itself or finds",
        "remove it from the files",
        at="workloads[1].path",
        got=f"{FILES}/team",
    ),
    *(
        Mistake(
            f"another standard than that of {namespace}",
            {
                "namespaces": (NamespaceSpec(name="team", pod_security="baseline"),),
                **shop(namespace=namespace, pod_security="privileged"),
            },
            f"{standard}, the standard of a namespace that exists already",
            "remove it, or change pod_security of the NamespaceSpec",
        )
        for namespace, standard in (("team", "baseline"), ("default", "none"))
    ),
    Mistake(
        "a quota of what nobody counts",
        shop(quota={"requests.cpus": "4"}),
        "what a ResourceQuota takes: must be a standard resource type",
        "use a name such as requests.cpu",
        at="workloads[1].quota['requests.cpus']",
        got="4",
    ),
    *(
        Mistake(
            f"a quota of {amount} pods",
            shop(quota={"pods": amount, "requests.cpu": "500m", "count/jobs.batch": 4}),
            f"what a ResourceQuota takes: {why}",
            "an amount such as 4, 500m or 8Gi",
            at="workloads[1].quota['pods']",
            got=amount,
        )
        for amount, why in (("many", "quantities must match"), (-1, "must be greater than"))
    ),
    *(
        Mistake(
            f"IRSA for one letter in {at}",
            shop(
                namespace=namespace,
                service_accounts={"plain": PermissionsSpec(), account: READ},
                service_account_identity="IRSA",
            ),
            "a name of two or more characters",
            "use a longer name, or service_account_identity='POD_IDENTITY'",
            at=f"workloads[1].{at}",
            got="a",
        )
        for at, namespace, account in (
            ("namespace", "a", "web"),
            ("service_accounts['a']", "shop", "a"),
        )
    ),
]

IMAGES = [
    of_image(
        *("an image for other nodes", {}, AMD),
        allowed="an architecture that fits Deployment shop/web, which can run on the node group General (arm64)",
        fix="set architecture='arm64'",
    ),
    of_image(
        "an image for some of the nodes",
        {"node_groups": (GROUP, X86)},
        AMD,
        allowed="the node group General (arm64), the node group X86 (amd64)",
        fix="add nodeSelector: {kubernetes.io/arch: amd64} to the pods of Deployment shop/web",
    ),
    of_image(
        "an image for no Fargate",
        {"fargate_profiles": (*DEV.fargate_profiles, ON_FARGATE)},
        *(ARM, "the Fargate profile Shop (amd64)", "set architecture='amd64'"),
    ),
    Mistake(
        "an image of a chart for no node",
        {
            "workloads": (SERVICE, PODINFO),
            "workloads[1].values": {"image": "${web}"},
            "workloads[1].images": {"web": AMD},
        },
        at="workloads[1].images['web'].architecture",
        got="amd64",
        allowed="an architecture that fits Podinfo, which can run on the node group General (arm64)",
        fix="set architecture='arm64'",
    ),
    Mistake(
        "a chart whose name is none",
        {"workloads": (SERVICE, PODINFO), "workloads[1].chart": "a\0b"},
        allowed="the name of a chart: letters",
        fix="write it as `helm search repo` shows it",
    ),
    Mistake(
        "an image that no value of a chart uses",
        {"workloads": (SERVICE, PODINFO), "workloads[1].images": {"web": ARM}},
        got=["web"],
        allowed="images that values use",
        fix="use ${web} as the image in values, or remove it",
    ),
]

YAML = [
    of_files(
        "a key twice", "key", "settings.yaml line 6: the key 'a' is already in line 5", "remove one"
    ),
    of_files("a key without quotes", "word", "the key on means true in YAML", "quote it"),
    of_files("no files", "none", f"{FILES}/none doesn't exist", "use a path from the top"),
    *(
        Mistake(
            f"the misspelt path {path}",
            shop(path=path),
            f"{path} doesn't exist",
            f"did you mean {meant}?",
        )
        for path, meant in (
            ("examples/shopp", "examples/shop"),
            ("exampels/shop/web.yaml", "examples/shop/web.yaml"),
            ("exampels/nothing", "examples"),
            ("examples/shop/wbe.yaml", "examples/shop/web.yaml"),
        )
    ),
    Mistake(
        "the misspelt path of an image",
        {
            **shop("image", images={"web": ARM}),
            "workloads[1].images['web'].path": WEB.replace("servi", "serwi"),
        },
        "a folder in this repository with a Dockerfile",
        f"did you mean {WEB}?",
    ),
    Mistake(
        "a folder whose subfolders have the files",
        shop(path="tests/unit/configuration"),
        "file names must end in .yaml, .yml, .json, and subfolders are ignored",
        "use its subfolder manifests/elsewhere",
    ),
    Mistake(
        "a folder without YAML",
        shop(path=WEB),
        "file names must end in .yaml, .yml, .json, and subfolders are ignored",
        "add a file, or use another folder",
    ),
    of_files("an object without a name", "nameless", "metadata.name is not a string", "set it"),
    *(
        Mistake(name, shop(files, values=values), allowed, fix)
        for name, files, values, allowed, fix in (
            (
                "a value that nothing uses",
                "shop",
                {"size": 1},
                "no manifest uses size",
                "remove it",
            ),
            (
                "a misspelt value",
                "values",
                {"replica": 3},
                "line 6: no value for ${replicas} (values and images have replica)",
                "did you mean replica? rename it to replicas, or write ${replica} in the file",
            ),
            (
                "a value that is missing",
                "values",
                {"size": 3},
                "line 6: no value for ${replicas} (values and images have size)",
                "add one, or write $${replicas} for a literal ${replicas}",
            ),
        )
    ),
    of_files(
        "the stack's own quota",
        "quota",
        "files without ResourceQuota/quota, which the stack creates",
        "remove it",
        quota={"pods": 1},
    ),
    *(
        Mistake(
            f"the path {path[:20]!r}",
            shop(path=path),
            allowed="the path is outside this repository",
            fix="move the files into it",
        )
        for path in ("../elsewhere", "/etc", "a\0b", "x" * 5_000, "\ud800")
    ),
]

VALUES = [
    *(
        Mistake(
            f"a value that is {value!r}",
            shop(values={"size": value}),
            allowed=allowed,
            fix=fix,
            at=f"workloads[1].values{at}",
            got=value if at else {"size": value},
        )
        for value, at, allowed, fix in (
            (
                {1},
                "['size']",
                "a valid string, a valid integer, a valid boolean",
                "use parentheses: (1,)",
            ),
            (b"a", "['size']", "a valid number or a valid tuple", "use one of them"),
            (
                dt.date(2026, 1, 2),
                "['size']",
                "a valid number or a valid tuple",
                "use one of them",
            ),
            (2**53, "", "['size'] is 9007199254740992", "exact up to 9,007,199,254,740,991"),
            ((1, -(2**53)), "", "['size'][1] is -9007199254740992", "write a string, in quotes"),
            (
                float("inf"),
                "",
                "values that JSON can represent: ['size'] is inf",
                "write a finite number",
            ),
        )
    ),
    Mistake(
        "half a pod",
        shop(quota={"pods": 1.5}),
        allowed="a valid string or a valid integer",
        fix="write '1.5', in quotes",
        at="workloads[1].quota['pods']",
        got=1.5,
    ),
    *(
        Mistake(
            f"values of a chart with {value!r}",
            {"workloads": (SERVICE, PODINFO), "workloads[1].values": {"a": [value]}},
            allowed=f"values that JSON can represent: ['a'][0] is {value!r}",
            fix=fix,
        )
        for value, fix in (
            (Decimal(1), "write a number or a string"),
            ({1}, "write a list"),
            (9_007_199_254_740_993, "write a string, in quotes: numbers are exact up to"),
            (b"a", "write a string"),
            (dt.date(2026, 1, 2), "write a string, in quotes"),
            (object, "remove it"),
        )
    ),
    Mistake(
        "values of a chart with a key that is no text",
        {"workloads": (SERVICE, PODINFO), "workloads[1].values": {"a": {8080: "x"}}},
        allowed="values that JSON can represent: ['a'][8080] is 'x'",
        fix="write the key 8080 in quotes",
    ),
    *(
        Mistake(
            f"the {field[:-1]} {value!r}",
            {
                **shop(service_accounts={"web": PermissionsSpec(statements=(STATEMENT,))}),
                f"{IN_STATEMENT}.{field}": (value,),
            },
            at=f"{IN_STATEMENT}.{field}[0]",
            got=value,
            allowed="a service, a colon and an action"
            if field == "actions"
            else "12 digits, *, aws",
            fix=fix,
        )
        for field, value, fix in (
            ("actions", "s3.GetObject", "write s3:GetObject"),
            ("actions", "s3: GetObject", "write s3:GetObject"),
            ("actions", "GetObject", "write it like s3:GetObject"),
            ("actions", "", "write it like s3:GetObject"),
            ("resources", "arn:aws:s3::data/x", "a colon is missing: write arn:aws:s3:::data/x"),
            ("resources", "arn:aws:s3:::", "write all six fields; the colons stay"),
            ("resources", "arn:aws:sqs:eu-west-1::", "write all six fields; the colons stay"),
            ("resources", "my-bucket", "write its ARN; that of a bucket is arn:aws:s3:::NAME"),
            (
                "resources",
                "arn:aws:sqs:eu-west-1:11112222333:q",
                "write all 12 digits of the account: 11112222333 has 11",
            ),
        )
    ),
    Mistake(
        "a statement of what is not meant",
        shop(service_accounts={"web": PermissionsSpec(statements=(NOT_ACTIONS,))}),
        at="workloads[1].service_accounts['web'].statements[0].not_actions",
        got=("a",),
        allowed="the fields actions, resources",
        fix="remove 'not_actions'",
    ),
]
LATE = [*OWN, *BETWEEN, *IMAGES, *YAML, *VALUES]
