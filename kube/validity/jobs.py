"""What Jobs and CronJobs take as a whole, and how a schedule is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kube.problems import Problem, invalid, required
from kube.validity.reading import join
from kube.validity.tables import TABLES
from kube.validity.walk import Check, Context
from kube.values import Json, known, look_up, mapping, text

_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(TABLES["lists"]["months"], start=1)}),
    (0, 6, {name: number for number, name in enumerate(TABLES["lists"]["days"])}),
)
"""The lowest and the highest number of each field of a schedule, and the names for numbers."""
_DURATION = re.compile(r"@every ([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+")
_LONGEST_NAME = 52
_UIDS = ("controller-uid", "batch.kubernetes.io/controller-uid")


def wrong_schedule(schedule: str) -> str | None:
    """Return what is wrong with a schedule in the format of cron, or None."""
    if schedule.startswith("@"):
        right = schedule in TABLES["lists"]["schedules"] or _DURATION.fullmatch(schedule)
        return None if right else f"unrecognized descriptor: {schedule}"
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        listed = " ".join(fields)
        return f"expected exactly 5 fields, found {len(fields)}: [{listed}]"
    wrong = (
        _wrong_range(each, *rules)
        for field, rules in zip(fields, _FIELDS, strict=True)
        for each in field.split(",")
    )
    return next((words for words in wrong if words), None)


def _wrong_range(written: str, low: int, high: int, called: dict[str, int]) -> str | None:
    span, slash, step = written.partition("/")
    first, dash, last = span.partition("-")
    numbers = [called.get(each.lower(), each) for each in (first, last if dash else first)]
    if slash and not re.fullmatch("[0-9]+", step):
        return f"failed to parse int from {step}: {written}"
    if slash and int(step) == 0:
        return f"step of range should be a positive number: {written}"
    if span in ("*", "?"):
        return None
    if not all(re.fullmatch("[0-9]+", str(each)) for each in numbers):
        return f"failed to parse int from {span}: {written}"
    start, end = (int(each) for each in numbers)
    if start < low:
        return f"beginning of range ({start}) below minimum ({low}): {written}"
    if end > high:
        return f"end of range ({end}) above maximum ({high}): {written}"
    if start > end:
        return f"beginning of range ({start}) beyond end of range ({end}): {written}"
    return None


def _job(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    pod = look_up(spec, "template", "spec")
    # A pod is restarted always unless it says otherwise.
    policy = look_up(pod, "restartPolicy") or "Always"
    if isinstance(pod, Mapping) and known(policy) and policy not in ("OnFailure", "Never"):
        path = join(at, "template", "spec", "restartPolicy")
        yield required(path, 'valid values: "OnFailure", "Never"')
    selector = spec.get("selector")
    generated = any(uid in mapping(selector, "matchLabels") for uid in _UIDS)
    if selector and not generated and spec.get("manualSelector", False) is False:
        yield invalid(join(at, "selector"), selector, "`selector` not auto-generated")


def _cron_job(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    name, schedule = text(obj, "metadata", "name"), look_up(obj, "spec", "schedule")
    if len(name) > _LONGEST_NAME:
        detail = f"must be no more than {_LONGEST_NAME} characters"
        yield invalid(join(at, "metadata", "name"), name, detail)
    if not isinstance(schedule, str) or not schedule or not known(schedule):
        return
    path = join(at, "spec", "schedule")
    if "TZ" in schedule:
        detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        yield invalid(path, schedule, detail)
    elif words := wrong_schedule(schedule):
        yield invalid(path, schedule, words)


CHECKS: dict[str, Check] = {"batch.v1.CronJob": _cron_job, "batch.v1.JobSpec": _job}
