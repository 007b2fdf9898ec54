from __future__ import annotations

import subprocess
import sys

import pytest

from kube import schemas
from kube.problems import Problem, duplicate, forbidden, invalid, not_supported, required, too_long
from kube.quantities import WORDS, amount, parse
from kube.validity import placed

SCHEMAS = schemas.of_version("1.36")


@pytest.mark.parametrize(
    ("version", "read_as"),
    [("1.36", 36), ("v1.33.2", 33), ("1.2", 25), ("1.999", 37), ("", 37), ("latest", 37)],
)
def test_an_unknown_version_is_read_as_the_nearest(version: str, read_as: int) -> None:
    assert schemas.minor(version) == read_as


def test_a_group_is_custom_if_kubernetes_has_not_got_it() -> None:
    """A group of a custom kind has a dot: extensions is one that Kubernetes had."""
    groups = (
        "example.com/v1",
        "gateway.networking.k8s.io/v1",
        "extensions/v1beta1",
        "v1",
        "apps/v9",
    )
    assert [SCHEMAS.is_custom(each) for each in groups] == [True, True, False, False, False]


def test_the_validator_of_json_schemas_is_not_loaded() -> None:
    """It takes longer to load than all checks of a template take."""
    program = (
        "import sys, kube.validity as v; v.problems({}, '1.36'); print('jsonschema' in sys.modules)"
    )
    found = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert found.stdout == "False\n"


def test_the_objects_of_lists_are_found_at_any_depth() -> None:
    inner = {"kind": "ConfigMapList", "items": [{"kind": "ConfigMap"}, "text"]}
    assert list(placed({"kind": "List", "items": [inner]})) == [
        ("items[0].items[0].", {"kind": "ConfigMap"}),
        ("items[0].items[1].", "text"),
    ]
    assert list(placed({"kind": "AllowList"})) == [("", {"kind": "AllowList"})]
    assert list(placed(None)) == [("", None)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("500m", 0.5),
        ("1Ki", 1024),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5),
        ("+1", 1),
        ("1E", 10**18),
        ("1e3", 1000),
        (2, 2),
        (0.25, 0.25),
        (" 1M ", 10**6),
        ("-1", -1),
    ],
)
def test_a_quantity_has_a_value(written: object, value: float) -> None:
    assert parse(written) == value


@pytest.mark.parametrize(
    "written", ["", "1,5", "128Megs", "1 Gi", "1Mm", ".", "٣", "1e999999999", None, True, [], "nan"]
)
def test_what_is_no_quantity_is_refused_in_the_servers_words(written: object) -> None:
    assert amount(written) is None
    with pytest.raises(ValueError, match="quantities must match") as refusal:
        parse(written)
    assert str(refusal.value) == WORDS


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (
            invalid("a.b", {"c": [1, None]}, "must not"),
            'a.b: Invalid value: {"c":[1,null]}: must not',
        ),
        (invalid("", "é", "is odd"), 'Invalid value: "é": is odd'),
        (invalid("a", {1, 2}, "is no JSON"), "a: Invalid value: {1, 2}: is no JSON"),
        (required("a"), "a: Required value"),
        (required("a", "say it"), "a: Required value: say it"),
        (
            not_supported("a", "x", ["b", "c"]),
            'a: Unsupported value: "x": supported values: "b", "c"',
        ),
        (duplicate("a", 1), "a: Duplicate value: 1"),
        (forbidden("a", "not here", "x"), "a: Forbidden: not here"),
        (too_long("a", 5), "a: Too long: may not be more than 5 bytes"),
    ],
)
def test_a_problem_reads_as_the_server_writes_it(problem: Problem, words: str) -> None:
    assert str(problem) == words
