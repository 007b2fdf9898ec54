"""Calls to a custom class, which can raise or return anything."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from constructs_lib.specs.base import Problem, Spec, UncheckedError, written

if TYPE_CHECKING:
    from constructs_lib.specs.workloads import Surroundings, Workload

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Raised(Problem):
    """A problem that is an error in custom code."""

    error: BaseException


def problems_from(of: type, name: str, call: Callable[[], Any]) -> Iterator[Problem]:
    """Yield the problems that a call of a method yields, or the error that it raises as one."""
    try:
        for problem in call():
            right = isinstance(problem, Problem) and all(
                isinstance(getattr(problem, field), str) for field in ("at", "allowed", "fix")
            )
            yield problem if right else _no_problem(of, name, problem)
    except UncheckedError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # it can raise anything
        yield raised(of, name, error)


def pods_of(workload: Workload) -> int:
    """Return the number of pods that a workload states; 0 if it states anything else."""
    try:
        pods: object = workload.pods
    except UncheckedError:
        raise
    except (Exception, SystemExit):  # noqa: BLE001  # workload_problems reports it
        return 0
    return pods if is_count(pods) else 0


def pod_objects_of(workload: Workload, surroundings: Surroundings) -> list[dict[str, Any]] | None:
    """Return the objects that a workload says make its pods; None if it doesn't say it, or raises."""
    try:
        found: Any = workload.pod_objects(surroundings)
        return None if found is None else [each for each in found if isinstance(each, dict)]
    except UncheckedError:
        raise
    except (Exception, SystemExit):  # noqa: BLE001  # a plan goes on without them
        return None


def objects_of(workloads: Iterable[Workload], surroundings: Surroundings) -> list[dict[str, Any]]:
    """Return what several workloads say."""
    return [y for x in workloads for y in pod_objects_of(x, surroundings) or ()]


def is_count(value: object) -> TypeGuard[int]:
    """Tell whether it is a number of pods; True is none."""
    return type(value) is int and value >= 0


def _no_problem(of: type, name: str, problem: object) -> Problem:
    return Problem(
        at="",
        got=problem,
        allowed=f"a class whose {name} yields Problem(…): {of.__name__}.{name}",
        fix="yield Problem(at=…, got=…, allowed=…, fix=…), with strings for all but got",
    )


def raised(of: type, name: str, error: BaseException) -> Problem:
    """Return the problem of a method that raises: which one, where, and what."""
    return Raised(
        at="",
        got=said(error),
        allowed=f"a class whose {name} doesn't raise: {of.__name__}.{name}, {_place(of, name, error)}",
        fix="fix the class; TRACEBACK=1 shows where it fails",
        error=error,
    )


def said(error: BaseException, words: object = None) -> str:
    """Return an error, or other words for it, in a line; a first line may only announce the next."""
    nothing = "it exits the program" if isinstance(error, SystemExit) else "without a message"
    first, *more = written(words or error, str).splitlines() or [nothing]
    told = [first, *more[:1]] if first.endswith(":") else [first]
    return f"{type(error).__name__}: {' '.join(each.strip() for each in told)}"


def place_of(file: str, line: int) -> str:
    """Return a line of a file as a person names it: from the top of the repository, if it is there."""
    path = Path(file)
    return f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path} line {line}"


def _place(of: type, name: str, error: BaseException) -> str:
    """Return the innermost line of the files of a class and its bases, or the method's first line."""
    # A property that raises AttributeError is asked for again by pydantic, which raises another.
    own = [each for each in of.__mro__ if issubclass(each, Spec) and each is not Spec]
    modules = [sys.modules.get(each.__module__) for each in own]
    files = {getattr(module, "__file__", None) for module in modules}
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(frame.filename, frame.lineno or 0) for frame in frames if frame.filename in files]
    member = next((vars(each)[name] for each in of.__mro__ if name in vars(each)), None)
    code = getattr(getattr(member, "fget", None) or member, "__code__", None)
    lines = lines or ([(code.co_filename, code.co_firstlineno)] if code else [])
    return place_of(*lines[-1]) if lines else of.__module__
