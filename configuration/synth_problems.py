"""What stops a synth after the fields were checked, reported by the field that caused it.

The CDK, CloudFormation's validator, cdk-nag and the guardrails know constructs and no fields.
construct_fields.json has the field of each part of the platform, the longest path first. [] stands for
the items of a field, of which the path has the name.
"""

from __future__ import annotations

import inspect
import json
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import Any

from configuration.file_problems import FileProblem
from configuration.model import EnvironmentConfig
from configuration.python_errors import advice_on_code, line_of
from constructs_lib.specs.arns import digest
from constructs_lib.specs.base import ConfigurationError, Problem, written
from constructs_lib.specs.helm_release import HelmRelease
from constructs_lib.specs.manifests import Manifests
from constructs_lib.specs.own_code import Raised, place_of, said
from constructs_lib.specs.workloads import Workload
from kube.values import dicts, items, look_up, mapping, text

ROOT = Path(__file__).parents[1]
FIELDS: Mapping[str, str] = json.loads(
    Path(__file__).with_name("construct_fields.json").read_text(encoding="utf-8")
)
PYTHON = (AttributeError, ImportError, NameError, SyntaxError, TypeError)
"""Errors that code makes, rarely a value."""
REPORT = re.compile(r"report can be found in: (\S+)")


def problems_of(error: BaseException, configs: Iterable[EnvironmentConfig]) -> list[Problem]:
    """Return what an error of a synth means for its environments."""
    stages = {config.stage_id: config for config in configs}
    report = REPORT.search(written(error, str))
    found = [*_reported(Path(report[1]), stages)] if report else []
    return found or [_raised(error, stages)]


def cause_of(error: ConfigurationError) -> BaseException:
    """Return the error that a class of an environment raised; if there is none, the error itself."""
    return next((each.error for each in error.problems if isinstance(each, Raised)), error)


def field_of(path: str, stages: Mapping[str, EnvironmentConfig], properties: str = "") -> str:
    """Return the field that a construct comes from, or its path if that is unknown."""
    stage, _, rest = path.partition("/")
    config = stages.get(stage)
    if config is None:
        return path
    properties = properties.replace(".", "/")
    if properties.startswith(("Properties/Tags", "Properties/TagSpecifications")):
        return f"{config.name}.tags"
    fields = (
        at
        for place, field in FIELDS.items()
        for start, at in _places(config, place, field)
        if f"{rest}/{properties}/".startswith(f"{start}/")
    )
    return ".".join([config.name, *islice(fields, 1)])


def _places(config: EnvironmentConfig, place: str, field: str) -> Iterator[tuple[str, str]]:
    """Yield a place with its field, or those of each item of a list."""
    whole: Any = config
    steps, items, inside = field.partition("[]")
    if not items:
        yield place, field
        return
    listed = reduce(lambda spec, step: getattr(spec, step, ()), steps.split("."), whole)
    for index, item in enumerate(listed):
        named = place.format(item, digest=digest(getattr(item, "principal_arn", "")))
        yield named, f"{steps}[{index}]{inside}"


def _workload_at(
    path: str, stages: Mapping[str, EnvironmentConfig]
) -> Iterator[tuple[int, Workload]]:
    """Yield the workload whose stack a construct is in, with its position."""
    config = stages.get(path.partition("/")[0])
    found = re.search(r"\.workloads\[(\d+)\]", field_of(path, stages))
    if config is not None and found is not None:
        yield int(found[1]), config.workloads[int(found[1])]


def _acceptance(finding: str, path: str, stages: Mapping[str, EnvironmentConfig]) -> str:
    """Return how a finding in a workload's stack is accepted; the platform accepts its own."""
    if not re.match(r"(Groundwork::(?!ACK)|AwsSolutions::)", finding):
        return ""
    for index, workload in _workload_at(path, stages):
        if isinstance(workload, Manifests | HelmRelease):
            entry = json.dumps(finding.removeprefix("Groundwork::"))
            return f'; to accept it, set acknowledge={{{entry}: "why"}} in workloads[{index}]'
        call = f'acknowledge(construct, {{{json.dumps(finding)}: "why"}})'
        return f"; to accept it, call {call} in {type(workload).__name__}.build"
    return ""


def _code_at(path: str, stages: Mapping[str, EnvironmentConfig]) -> str:
    """Return the line of a team's class that names a construct, or that of its `build`."""
    for _, workload in _workload_at(path, stages):
        code = getattr(type(workload).build, "__code__", None)
        if code is None or isinstance(workload, Manifests | HelmRelease):
            continue
        first, lines = code.co_firstlineno, list[str]()
        with suppress(OSError):
            lines, first = inspect.getsourcelines(code)
        named = (
            number
            for name in reversed(path.split("/")[2:])
            for number, line in enumerate(lines, first)
            if f'"{name}"' in line or f"'{name}'" in line
        )
        return place_of(code.co_filename, next(named, first))
    return ""


def _reported(report: Path, stages: Mapping[str, EnvironmentConfig]) -> Iterator[Problem]:
    """Yield the errors of the CDK's validation report; its warnings stop nothing."""
    try:
        content: Any = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    found: dict[tuple[str, str], list[str]] = {}
    advice: dict[tuple[str, str], tuple[str, str, str]] = {}
    for plugin in dicts(look_up(content, "pluginReports")):
        for violation in dicts(plugin.get("violations")):
            if violation.get("severity") in ("error", "fatal"):
                names = text(plugin, "pluginName"), text(violation, "ruleName")
                for construct in dicts(violation.get("violatingConstructs")):
                    path = text(construct, "constructPath")
                    inside = mapping(construct.get("cloudFormationResource"))
                    properties = "".join(str(each) for each in items(inside, "propertyPaths")[:1])
                    key = field_of(path, stages, properties), text(violation, "description")
                    found.setdefault(key, []).append(path)
                    acceptance = _acceptance("::".join(names).replace(" ", "-"), path, stages)
                    advice[key] = " ".join(names), text(violation, "suggestedFix"), acceptance
    for (at, description), paths in found.items():
        rule, fix, acceptance = advice[at, description]
        code = _code_at(paths[0], stages)
        fix = fix or (
            f"change the code in {code}"
            if code
            else f"change the values in {at} that produce this resource"
        )
        more = f" and {len(paths) - 1} more" if paths[1:] else ""
        more += f", in {code}" if code else ""
        yield FileProblem(
            at=at,
            got=description,
            allowed=f"a value that {rule} accepts at {paths[0]}{more}",
            fix=f"{fix.rstrip('.')}{acceptance}" if acceptance else fix,
        )


def _raised(error: BaseException, stages: Mapping[str, EnvironmentConfig]) -> Problem:
    """Return an error that a construct raised, by the construct and by our own line."""
    path = line = source = ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(ROOT) and "site-packages" not in file.parts:
            line = f"{file.relative_to(ROOT)} line {number}"
            source = line_of(str(file), number)
        node = getattr(frame.f_locals.get("self"), "node", None)
        # The CDK's own process may be gone, and a path is only asked of it.
        with suppress(Exception):
            path = str(getattr(node, "path", "") or path)
    got = said(error)
    # What the CDK finds at the end of a synth names the construct itself.
    named = (re.search(rf"\b{stage}/[\w/-]+", got) for stage in stages)
    path = path or next((found[0] for found in named if found), "")
    if isinstance(error, PYTHON) and line.startswith("workloads/"):
        at = line
        allowed, fix = advice_on_code(error, source)
        allowed += f", in {line}"
    else:
        at = "the synth"
        allowed = f"a value that {path or 'the CDK'} accepts" + (f" ({line})" if line else "")
        fix = "change the field; if its value is right, TRACEBACK=1 shows where the code fails"
    at = field_of(path, stages) if path else at
    return FileProblem(at=at, got=got, allowed=allowed, fix=fix)
