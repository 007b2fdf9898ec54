"""A broken file of an environment is told with its line and what to write, never by a traceback."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from configuration import loading
from constructs_lib.specs.base import ConfigurationError
from tests.support import ROOT

SOURCE = (ROOT / "tests/reference/dev.py").read_text(encoding="utf-8")
NUMBERS = itertools.count()
LIST = 'ENVIRONMENTS = ("dev",)'
ALL = "EnvironmentConfig("


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that writes files and returns how they are refused."""

    def told(listing: str = LIST, **modules: str) -> str:
        # Python keeps what it imported, so that each case needs a name of its own.
        package = f"environments_{next(NUMBERS)}"
        (tmp_path / package).mkdir()
        for name, text in {"__init__": listing, **modules}.items():
            (tmp_path / package / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(loading, "PACKAGE", package)
        with pytest.raises(ConfigurationError) as caught:
            loading.load()
        return str(caught.value).replace(package, "environments")

    return told


@pytest.mark.parametrize(
    ("old", "new", "at", "said", "fix"),
    [
        pytest.param(
            *('name="dev"', 'name="dev'),
            *("dev.py line 11", "SyntaxError: unterminated string literal", 'correct name="dev,'),
            id="a syntax error",
        ),
        pytest.param(
            *("from constructs_lib.specs.add_ons import AddOnsSpec\n", ""),
            *("dev.py line 52", "NameError: name 'AddOnsSpec' is not defined"),
            "write `from constructs_lib.specs.add_ons import AddOnsSpec`",
            id="a missing import",
        ),
        pytest.param(
            *("add_ons=AddOnsSpec()", "add_ons=AddonsSpec()"),
            *("dev.py line 53", "NameError: name 'AddonsSpec' is not defined"),
            "did you mean AddOnsSpec? write `from constructs_lib.specs.add_ons import AddOnsSpec`",
            id="a misspelt name",
        ),
        pytest.param(
            *("import ClusterSpec", "import Cluster"),
            *("dev.py line 5", "ImportError: cannot import name 'Cluster'"),
            "did you mean ClusterSpec? write `from constructs_lib.specs.cluster import ClusterSpec`",
            id="a name that isn't there",
        ),
        pytest.param(
            *("specs.cluster ", "specs.clusters "),
            *(
                "dev.py line 5",
                "ModuleNotFoundError: No module named 'constructs_lib.specs.clusters'",
            ),
            "write constructs_lib.specs.cluster",
            id="a misspelt module",
        ),
        pytest.param(
            *(
                "from constructs_lib.specs.network",
                "import terraform\nfrom constructs_lib.specs.network",
            ),
            *("dev.py line 7", "ModuleNotFoundError: No module named 'terraform'"),
            "remove import terraform and what uses it",
            id="a module of nobody",
        ),
        pytest.param(
            *(
                "from constructs_lib.specs.network",
                "from environments.karp import KARPENTER\nfrom constructs_lib.specs.network",
            ),
            *("dev.py line 7", "ModuleNotFoundError: No module named 'environments.karp'"),
            "write the module that it was renamed to, put environments/karp.py back, or remove from environments.karp",
            id="a neighbour that isn't there",
        ),
        pytest.param(
            *("NetworkSpec(\n", 'NetworkSpec("10.10.0.0/16",\n'),
            *("dev.py line 17", "TypeError: "),
            'name each field in network=NetworkSpec("10.10.0.0/16",',
            id="a field without its name",
        ),
        pytest.param(
            *("min_size=2", "min_size=4 // 0"),
            *("dev.py line 38", "ZeroDivisionError: "),
            "correct min_size=4 // 0,",
            id="anything else",
        ),
        pytest.param(
            *("ENVIRONMENT = ", "raise SystemExit\nENVIRONMENT = "),
            *("dev.py line 10", "SystemExit: it exits the program", "correct raise SystemExit"),
            id="an exit",
        ),
        pytest.param(
            *("ENVIRONMENT = ", "\0\nENVIRONMENT = "),
            *("dev.py line 10", "SyntaxError: source code string cannot contain null", "correct "),
            id="a NUL byte",
        ),
        pytest.param(
            *("ENVIRONMENT = ", "assert False\nENVIRONMENT = "),
            *("dev.py line 10", "AssertionError: without a message", "correct assert False"),
            id="no message",
        ),
        pytest.param(
            *("ENVIRONMENT = ", "raise SyntaxError(5)\nENVIRONMENT = "),
            *("dev.py line 10", "SyntaxError: 5", "correct raise SyntaxError(5)"),
            id="an odd message",
        ),
        *(
            pytest.param(
                "ENVIRONMENT = ",
                f"raise type('Odd', ({base},), {{'__str__': {words}}})\nENVIRONMENT = ",
                *("dev.py line 10", "Odd: a Odd", "correct raise type("),
                id=f"a message of {base} that can't be read",
            )
            for base, words in (
                ("TypeError", "lambda self: None"),
                ("ImportError", "lambda self: 1 / 0"),
                ("Exception", "lambda self: None"),
            )
        ),
        pytest.param(
            *("ENVIRONMENT = ", "CONFIG = "),
            *("dev.py", "ENVIRONMENT is missing", "rename CONFIG to ENVIRONMENT"),
            id="another name",
        ),
        pytest.param(
            *(SOURCE, '"""Nothing yet."""\n'),
            *("dev.py", "ENVIRONMENT is missing", "write ENVIRONMENT = EnvironmentConfig(name=…"),
            id="nothing",
        ),
        pytest.param(
            *(ALL, "dict("),
            *(
                "dev.py line 10",
                "ENVIRONMENT = {'name': 'dev'",
                "write ENVIRONMENT = EnvironmentConfig(",
            ),
            id="a dict",
        ),
        pytest.param(
            *(ALL, "EnvironmentConfig; EnvironmentConfig("),
            *("dev.py line 10", "ENVIRONMENT = <class ", "write ENVIRONMENT = EnvironmentConfig("),
            id="the class",
        ),
    ],
)
def test_a_broken_file(
    *, old: str, new: str, at: str, said: str, fix: str, told: Callable[..., str]
) -> None:
    """The file, the line that Python stopped at, what it says, and what to write."""
    assert old in SOURCE
    text = told(dev=SOURCE.replace(old, new, 1))

    assert text.startswith("The environments have 1 problem. Nothing was synthesized.\n\n")
    assert f"\n  environments/{at}: {said}" in text
    assert re.search(rf"\n    fix:     {re.escape(fix)}", text), text


@pytest.mark.parametrize(
    ("listing", "at", "said", "fix"),
    [
        ('"""Nothing."""', "__init__.py", "ENVIRONMENTS is missing", LIST),
        ("ENVIRONMENTS = ()", "__init__.py line 1", "ENVIRONMENTS = ()", LIST),
        ('ENVIRONMENTS = ("dev")', "__init__.py line 1", "ENVIRONMENTS = 'dev'", LIST),
        ("ENVIRONMENTS = (1,)", "__init__.py line 1", "ENVIRONMENTS = (1,)", LIST),
        ("ENVIRONMENTS = (dev,)", "__init__.py line 1", "NameError: name 'dev'", LIST),
        ("ENVIRONMENTS = (", "__init__.py line 1", "SyntaxError: '(' was never", LIST),
        ('ENVIRONMENTS = ("dev", "dev")', "__init__.py line 1", "'dev' is listed twice", LIST),
        (
            'ENVIRONMENTS = [\n  "dev",\n  "staging",\n]',
            "__init__.py line 1",
            "'staging' has no file environments/staging.py",
            LIST,
        ),
    ],
)
def test_a_broken_list(
    listing: str, at: str, said: str, fix: str, told: Callable[..., str]
) -> None:
    """The list as it should be is the fix."""
    text = told(listing, dev=SOURCE)

    assert f"\n  environments/{at}: {said}" in text
    assert f"\n    fix:     write {fix}\n" in text


@pytest.mark.parametrize(
    ("listing", "fix"),
    [
        ('("dev", ("eu", "us"), "old")', '("dev", ("eu", "us"), "test")'),
        ('("dev", ("eu", "eu", "us"), "test")', '("dev", ("eu", "us"), "test")'),
        ('(["old", "us"], "eu", "dev", "us")', '(("test", "us"), "eu", "dev")'),
        ('(dev, ("eu", us), "test")', '("dev", ("eu", "us"), "test")'),
        ('("dev", ("eu", 1), "us", "test")', '("dev", "eu", "us", "test")'),
        ('("dev", ("eu", {}), "us", "test")', '("dev", "eu", "us", "test")'),
        ('("dev", ("eu", "us"))', '("dev", ("eu", "us"), "test") there; if'),
        ('(("dev", "eu", "us", "test", "old"),)', '(("dev", "eu", "us", "test"),)'),
        ('("dev", ("eu", "us"), "test"', '("dev", "eu", "test", "us")'),
        ('("test.py", ("EU", "us"), "dev")', '("test", ("eu", "us"), "dev")'),
        ('("environments/test", ("eu", "tset", "us"), "dev")', '("test", ("eu", "us"), "dev")'),
        ('("dev", ("eu", "us"), "tests")', '("dev", ("eu", "us"), "test")'),
        ('("old", "dev", ("eu", "us"))', '("test", "dev", ("eu", "us"))\n'),
        (
            '(("a", "dev"), "b", "eu")',
            '(("test", "dev"), "us", "eu"), in your order of delivery\n',
        ),
        ('("a", "eu")', '(("dev", "test", "us"), "eu"), in your order of delivery\n'),
        (
            '("a", "b", "c", "d", "e", "eu")',
            '("dev", "test", "us", "eu"), in your order of delivery\n',
        ),
    ],
)
def test_a_repaired_list_keeps_its_waves(listing: str, fix: str, told: Callable[..., str]) -> None:
    """What is delivered together or later stays so: a new one comes last, or where a missing one was."""
    text = told(f"ENVIRONMENTS = {listing}", dev=SOURCE, eu=SOURCE, us=SOURCE, test=SOURCE)

    assert f"\n    fix:     write ENVIRONMENTS = {fix}" in text


def test_a_file_that_nobody_lists_is_named(told: Callable[..., str]) -> None:
    """It would be forgotten in silence. An underscore says that a file is no environment."""
    text = told(dev=SOURCE, staging="x = (", _shared="y = (")

    assert text.startswith("The environments have 1 problem.")
    assert "\n  environments/staging.py: is not listed" in text
    assert 'write ENVIRONMENTS = ("dev", "staging") there' in text


def test_files_that_nobody_lists_are_told_once(told: Callable[..., str]) -> None:
    """One list has all of them: of a list for each, the next would undo the last."""
    text = told('ENVIRONMENTS = ("dev",)', dev=SOURCE, eu=SOURCE, us=SOURCE)

    assert text.startswith("The environments have 1 problem.")
    assert "\n  environments/eu.py, environments/us.py: are not listed" in text
    assert 'write ENVIRONMENTS = ("dev", "eu", "us")' in text


def test_a_renamed_file_keeps_its_place(told: Callable[..., str]) -> None:
    """The list is the order of delivery: what came first must not come after production."""
    text = told(
        'ENVIRONMENTS = (("dev", "qa"), "prod")', acme_staging=SOURCE, qa=SOURCE, prod=SOURCE
    )

    assert text.count('write ENVIRONMENTS = (("acme_staging", "qa"), "prod")') == 2


@pytest.mark.parametrize("text", ["\nZONES = zones\n", "\nZONES = (\n"])
def test_an_error_in_a_shared_file_is_told_once_where_it_is(
    text: str, told: Callable[..., str]
) -> None:
    """Not where the file is imported."""
    source = "import importlib\n\nimportlib.import_module(f'{__package__}._shared')"
    said = told('ENVIRONMENTS = ("dev", "prod")', dev=source, prod=source, _shared=text)

    assert said.startswith("The environments have 1 problem.")
    assert "\n  environments/_shared.py line 2: " in said


def test_a_broken_file_hides_nothing_of_the_others(told: Callable[..., str]) -> None:
    """Files and fields are told together."""
    text = told(
        'ENVIRONMENTS = ("dev", "prod", "test")',
        dev=SOURCE.replace("eu-west-1", "Ireland", 1),
        prod="import nothing",
        test="ENVIRONMENT = None",
    )

    for part in (
        "dev.region = 'Ireland'",
        "environments/prod.py line 1",
        "environments/test.py line 1",
    ):
        assert f"\n  {part}" in text


@pytest.mark.parametrize("names", [("dev-1", "dev1"), ("a-bc", "ab-c")])
def test_two_names_of_one_stage_are_told(names: tuple[str, str], told: Callable[..., str]) -> None:
    """Their stacks would have one name, or one folder where capitals don't count."""
    one, other = (SOURCE.replace('name="dev"', f'name="{name}"') for name in names)
    text = told('ENVIRONMENTS = ("one", "other")', one=one, other=other.replace("-dev", "-b"))

    assert (
        f"\n  other.name = '{names[1]}'\n    allowed: a name that differs from '{names[0]}'" in text
    )


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero", "correct 1 / 0"),
        ("x = (", "SyntaxError: '(' was never closed", "correct x = ("),
        ("x = '\0'", "SyntaxError: source code string cannot contain null", "correct x = '\\0'"),
        (
            "import padnas.frame",
            "ModuleNotFoundError: No module named 'padnas'",
            (
                "add the package of padnas to requirements.in and run `make lock`, or correct import "
                "padnas.frame"
            ),
        ),
        (
            "import constructs_lib.shop",
            "ModuleNotFoundError: No module named 'constructs_lib.shop'",
            "correct import constructs_lib.shop",
        ),
        (
            "import sqlite3.shop",
            "ModuleNotFoundError: No module named 'sqlite3.shop'",
            "correct import sqlite3.shop",
        ),
        (
            "import docs.shop",
            "ModuleNotFoundError: No module named 'docs.shop'",
            "correct import docs.shop",
        ),
        (
            "from constructs_lib.specs.workload import Workload",
            "ModuleNotFoundError: No module named 'constructs_lib.specs.workload'",
            "write constructs_lib.specs.workloads",
        ),
        (
            "from json import loadz",
            "ImportError: cannot import name 'loadz' from 'json'",
            "did you mean load? correct from json import loadz",
        ),
        (
            "class Queue(Workload): ...",
            "NameError: name 'Workload' is not defined",
            "write `from constructs_lib.specs.workloads import Workload`",
        ),
        (
            "network()",
            "NameError: name 'network' is not defined",
            "import or define network, or correct network()",
        ),
        (
            "dict(**{'a': 1}, **{'b': 2}).get(key=1)",
            "TypeError: dict.get() takes no keyword arguments",
            "correct dict(",
        ),
        (
            "(lambda size: size)(sise=1)",
            "TypeError: ",
            "rename or remove sise in (lambda size: size)(sise=1)",
        ),
    ],
)
def test_an_error_in_the_code_of_a_workload_is_told_where_it_is(
    *,
    text: str,
    said: str,
    fix: str,
    tmp_path: Path,
    told: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once, with what to do about code: the environments only import it."""
    module = f"broken_{next(NUMBERS)}"
    (tmp_path / "workloads").mkdir()
    (tmp_path / "workloads" / f"{module}.py").write_text(f"\n{text}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "workloads")

    message = told(
        'ENVIRONMENTS = ("dev", "prod")', dev=f"import {module}", prod=f"import {module}"
    )

    assert message.startswith("The environments have 1 problem.")
    assert f"\n  workloads/{module}.py line 2: {said}" in message
    assert f"\n    fix:     {fix}" in message


def test_an_error_in_a_call_of_a_workload_is_told_where_the_call_is(
    tmp_path: Path, told: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the line that raised it: either can be wrong."""
    module = f"broken_{next(NUMBERS)}"
    (tmp_path / "workloads").mkdir()
    (tmp_path / "workloads" / f"{module}.py").write_text("def part(x):\n  1 / x\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path / "workloads")

    message = told(dev=f"import {module}\n{module}.part(0)")

    assert "environments/dev.py line 2: ZeroDivisionError: division by zero" in message
    assert f"(workloads/{module}.py line 2)" in message


def test_a_misspelt_workload_is_corrected(told: Callable[..., str]) -> None:
    """Its module is no class of ours."""
    text = told(dev="from workloads.sample_servise import SampleService")

    assert "\n    fix:     write workloads.sample_service\n" in text


def test_what_a_file_prints_is_not_the_output_of_a_command(
    capsys: pytest.CaptureFixture[str], told: Callable[..., str]
) -> None:
    """GitHub refuses a step whose outputs have another line."""
    told(dev="print('hello')")

    assert capsys.readouterr() == ("", "hello\n")
