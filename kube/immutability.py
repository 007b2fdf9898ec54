"""Which changes of an object a server refuses, in its words.

Objects may be as people wrote them or as the server stores them: what the server fills in is no
change where one of the two says nothing. The table immutability.json has the fields that stay, by
kind and group; the specs of which only some fields may change; and what is filled in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kube.pods import number
from kube.problems import Problem, forbidden, invalid
from kube.values import Json, Unknown, dicts, items, known, look_up, mapping, text

_TABLE: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
_ONCE = "may not change once set"
_CONTROLLERS_CLASS = "service.k8s.aws/nlb"
_AMOUNTS = ("requests[]", "limits[]")
_SETS = ("scopes", "volumeLifecycleModes")
_WHILE_SUSPENDED = ("nodeSelector", "affinity", "tolerations", "schedulingGates")


def problems(old: object, new: object) -> list[Problem]:
    """Return what a server refuses of the change from one object to another of the same name."""
    key = _key(new)
    if key != _key(old):
        return []
    rules = _TABLE["fields"].get(key, {}).items()
    found = [problem for path, rule in rules for problem in _of_field(path, rule, old, new)]
    specs = look_up(old, "spec"), look_up(new, "spec")
    if any(isinstance(spec, Unknown) for spec in specs):
        return found
    if check := _CHECKS.get(key):
        found += check(mapping(old), mapping(new))
    if rule := _TABLE["specs"].get(key):
        before, after = (mapping(_frozen_pod(spec) if key == "Pod" else spec) for spec in specs)
        found += _of_spec(rule, before, after)
    return found


def _key(obj: object) -> str:
    group, slash, _ = text(obj, "apiVersion").partition("/")
    return f"{text(obj, 'kind')}.{group}" if slash else text(obj, "kind")


def _of_field(path: str, rule: Json, old: object, new: object) -> Iterator[Problem]:
    names = path.split(".")
    before, after = look_up(old, *names), look_up(new, *names)
    filled = (before is None and rule.keys() & {"once", "filled"}) or (
        after is None and "filled" in rule
    )
    if not filled and not _same(before, after, names[-1]):
        if "forbidden" in rule:
            yield forbidden(path, rule["forbidden"], after)
        else:
            yield invalid(path, after, rule.get("invalid", "field is immutable"))


def _of_spec(rule: Json, before: Json, after: Json) -> Iterator[Problem]:
    names = dict.fromkeys([*before, *after])
    value = {
        name: after.get(name)
        for name in names
        if name not in rule["mutable"] and not _same(before.get(name), after.get(name), name)
    }
    if value and not any(isinstance(name, Unknown) for name in names):
        yield forbidden(rule.get("field", "spec"), rule["forbidden"], value)


def _same(before: object, after: object, name: str) -> bool:
    """Tell whether two values of a field are the same to the server, or may be."""
    values = [each for each in (before, after) if each is not None]
    if not values or any(isinstance(each, Unknown) for each in values):
        return True
    if all(isinstance(each, Mapping) for each in values):
        return _same_fields(mapping(before), mapping(after), name)
    if len(values) == 1:
        return name in _TABLE["filled"] or values[0] in ([], _TABLE["defaults"].get(name))
    if all(isinstance(each, list | tuple) for each in values):
        left, right = (
            sorted(map(text, items(each))) if name in _SETS else items(each) for each in values
        )
        return len(left) == len(right) and all(map(_same, left, right, [name] * len(left)))
    amounts = [number(each) if name in _AMOUNTS else None for each in values]
    return before == after or (None not in amounts and amounts[0] == amounts[1])


def _same_fields(before: Json, after: Json, name: str) -> bool:
    keys = [*before, *after]
    # Where keys are no fields, nothing is filled in.
    of_users = name in _TABLE["maps"]
    return any(isinstance(key, Unknown) for key in keys) or all(
        _same(before.get(key), after.get(key), f"{name}[]" if of_users else str(key))
        for key in keys
    )


def _frozen_pod(spec: object) -> Json:
    """Return a pod's spec without its images, which may change."""
    fields = {field: items(spec, field) for field in ("containers", "initContainers")}
    without = {
        field: [{**each, "image": None} if isinstance(each, Mapping) else each for each in listed]
        for field, listed in fields.items()
        if listed
    }
    return {**mapping(spec), **without}


def _pod(old: Json, new: Json) -> Iterator[Problem]:
    tolerations = look_up(new, "spec", "tolerations")
    before, after = (
        [{**each, "tolerationSeconds": None} for each in dicts(pod, "spec", "tolerations")]
        for pod in (old, new)
    )
    for toleration in before if known(tolerations) else ():
        if not any(_same(toleration, each, "") for each in after):
            words = "existing toleration can not be modified except its tolerationSeconds"
            yield forbidden("spec.tolerations", words, tolerations)


def _job(old: Json, new: Json) -> Iterator[Problem]:
    suspended = look_up(old, "spec", "suspend")
    before, after = (_template(job, suspended=suspended) for job in (old, new))
    if not _same(before, after, "template"):
        yield invalid("spec.template", look_up(new, "spec", "template"), "field is immutable")
    spec = mapping(new, "spec")
    counts = [_completions(mapping(old, "spec")), _completions(spec)]
    # An indexed Job grows and shrinks as a whole.
    mode, parallelism = spec.get("completionMode"), spec.get("parallelism")
    elastic = mode == "Indexed" and counts[1] == parallelism
    if counts[0] != counts[1] and known([counts, mode, parallelism]) and not elastic:
        yield invalid("spec.completions", spec.get("completions"), "field is immutable")


def _template(job: Json, *, suspended: object) -> object:
    template = look_up(job, "spec", "template")
    if not suspended or not isinstance(look_up(template, "spec"), Mapping):
        return template
    fields = mapping(template, "spec").items()
    return {"spec": {key: of for key, of in fields if key not in _WHILE_SUSPENDED}}


def _completions(spec: Json) -> object:
    count = spec.get("completions")
    return 1 if count is None and spec.get("parallelism") is None else count


def _data(old: Json, new: Json) -> Iterator[Problem]:
    # Only the server knows what a new stringData makes of stored data.
    told = ["stringData"] if None not in (old.get("stringData"), new.get("stringData")) else []
    fields = ("immutable", "data", "binaryData", *told) if old.get("immutable") is True else ()
    for field in fields:
        if not _same(old.get(field), new.get(field), "data"):
            yield forbidden(field, "field is immutable when `immutable` is set", new.get(field))


def _claim(old: Json, new: Json) -> Iterator[Problem]:
    path = "spec.resources.requests.storage"
    before, after = (look_up(claim, *path.split(".")) for claim in (old, new))
    least, size = number(before), number(after)
    if least is not None and size is not None and size < least:
        yield forbidden(path, "field can not be less than status.capacity", after)


def _service(old: Json, new: Json) -> Iterator[Problem]:
    before, after = mapping(old, "spec"), mapping(new, "spec")
    types = [spec.get("type") or "ClusterIP" for spec in (before, after)]
    if not known(types) or "ExternalName" in types:
        return
    address, wanted = (
        text(spec, "clusterIP") or _first(spec, "clusterIPs") for spec in (before, after)
    )
    # Where a Service asks for no address, the server has chosen or keeps one.
    moved = wanted not in ("", address) and (address or wanted == "None")
    if moved and known([address, wanted]):
        yield invalid("spec.clusterIPs[0]", after.get("clusterIPs") or [wanted], _ONCE)
    families = [_first(spec, "ipFamilies") for spec in (before, after)]
    differ = all(families) and families[0] != families[1]
    if differ and known(families) and "None" not in (address, wanted):
        yield invalid("spec.ipFamilies[0]", after.get("ipFamilies"), _ONCE)
    classes = before.get("loadBalancerClass"), after.get("loadBalancerClass")
    # The AWS Load Balancer Controller sets its class on a Service that is created without one.
    by_webhook = classes == (None, _CONTROLLERS_CLASS) and not look_up(old, "metadata", "uid")
    balanced = types == ["LoadBalancer", "LoadBalancer"] and not by_webhook
    if balanced and classes[0] != classes[1] and known(classes):
        yield invalid("spec.loadBalancerClass", classes[1], _ONCE)


def _first(spec: Json, name: str) -> str:
    return text(next(iter(items(spec, name)), None))


_CHECKS: Mapping[str, Callable[[Json, Json], Iterator[Problem]]] = {
    "Pod": _pod,
    "Job.batch": _job,
    "ConfigMap": _data,
    "Secret": _data,
    "PersistentVolumeClaim": _claim,
    "Service": _service,
}
