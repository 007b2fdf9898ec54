"""What somebody's class does wrong is told by the class, the file and the line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from configuration.synth_problems import cause_of
from constructs_lib.specs.base import ConfigurationError, Problem, Spec, checked, rule
from constructs_lib.specs.own_code import pod_objects_of, pods_of, problems_from
from constructs_lib.specs.workloads import Workload
from tests.unit.configuration.mistakes import DEV


class Queue(Spec):
    """A class with a rule that fails."""

    days: int = 4
    """Days."""

    @rule
    def is_short(self) -> Iterator[Problem]:
        """Fail."""
        yield Problem(at="days", got=self.days, allowed="3", fix="write 3")
        raise OSError("no disk\nat all")


def test_a_rule_that_raises_is_one_problem_beside_its_others() -> None:
    """With TRACEBACK=1, app.py raises the error itself."""
    with pytest.raises(ConfigurationError) as told:
        checked(queue=Queue())

    raised, short = told.value.problems
    assert short.at == "queue.days"
    assert (raised.at, raised.got) == ("queue", "OSError: no disk")
    assert "Queue.is_short, tests/unit/specs/test_own_code.py line 26" in raised.allowed
    assert isinstance(cause_of(told.value), OSError)
    assert cause_of(ConfigurationError([short])).args[0].startswith("The environments have 1")


def problem(**changes: object) -> Problem:
    """Return a problem, with anything in its fields."""
    return Problem(**{"at": "", "got": 1, "allowed": "", "fix": "", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "made",
    [
        *(None, 1, [1], ["a"], [None]),
        *([problem(at=5)], [problem(allowed=None)], [problem(fix=["a"])]),
    ],
)
def test_what_is_no_problem_is_told(made: object) -> None:
    """A method without yield returns None."""
    (found,) = problems_from(Queue, "is_short", lambda: made)

    assert "Queue.is_short" in found.allowed


def test_a_property_that_reads_what_is_not_there_is_told_by_its_own_line() -> None:
    """Pydantic hides where an AttributeError came from."""
    reading = type("Reading", (Workload,), {"pods": property(lambda self: self.nothing)})
    workload = reading(name="Reading")

    (found,) = problems_from(reading, "pods", lambda: workload.pods)

    assert "Reading.pods, tests/unit/specs/test_own_code.py line " in found.allowed


def test_a_name_that_the_class_has_not_is_told_too() -> None:
    """By its module, where nothing else is known."""
    (found,) = problems_from(int, "nothing", lambda: 1)

    assert "int.nothing, builtins" in found.allowed


@pytest.mark.parametrize(
    ("error", "said"),
    [
        # Its words can't be read.
        (type("Odd", (Exception,), {"__str__": lambda _: None})(), "Odd: a Odd"),
        (AssertionError(), "AssertionError: without a message"),
        (SystemExit(), "SystemExit: it exits the program"),
        (ValueError("Two are wrong:\n  a\n  b"), "ValueError: Two are wrong: a"),
        (SyntaxError("oh", ("shop.py", 3, 1, "")), "SyntaxError: oh (shop.py, line 3)"),
    ],
)
def test_an_error_is_told_in_a_line(error: BaseException, said: str) -> None:
    """Whatever it says."""

    def call() -> object:
        raise error

    (found,) = problems_from(Queue, "is_short", call)
    assert found.got == said


def test_a_property_over_a_rule_is_still_a_rule() -> None:
    """It would pass in silence."""

    class Shelf(Spec):
        @property
        @rule
        def is_short(self) -> Iterator[Problem]:
            yield problem(at="days")

    assert [each.at for each in Shelf().problems()] == ["days"]


@pytest.mark.parametrize(("pods", "counted"), [(3, 3), (0, 0), (-1, 0), ("3", 0), (True, 0)])
def test_only_a_number_of_pods_is_counted(pods: object, counted: int) -> None:
    """workload_problems tells the others."""
    counting = type("Counting", (Workload,), {"pods": property(lambda _: pods)})

    assert pods_of(counting(name="Counting")) == counted


@pytest.mark.parametrize(
    ("made", "objects"),
    [(None, None), ([], []), ([{"kind": "Job"}, 1], [{"kind": "Job"}]), (5, None)],
)
def test_only_objects_make_pods(made: object, objects: object) -> None:
    """workload_problems tells the others."""
    making = type("Making", (Workload,), {"pod_objects": lambda _, __: made})

    assert pod_objects_of(making(name="Making"), DEV) == objects
