"""Which changes of an object an API server rejects, with its messages.

Objects may be as people wrote them or as the server stores them: what the server fills in is no
change where one of the two says nothing. The table immutability.json has the fields that stay, by
kind and group; the specs of which only some fields may change; and what is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kube.pods import number
from kube.problems import Problem, forbidden, invalid
from kube.values import Json, dicts, items, known, look_up, mapping, table, text, unsure

_TABLE: Mapping[str, Any] = table(__file__)
_CONTROLLERS_CLASS = "service.k8s.aws/nlb"


def problems(old: object, new: object) -> list[Problem]:
    """Return what a server refuses of the change from one object to another of the same name."""
    if (key := _key(new)) != _key(old):
        return []
    rules = _TABLE["fields"].get(key, {}).items()
    found = [problem for path, rule in rules for problem in _of_field(path, rule, old, new)]
    specs = look_up(old, "spec"), look_up(new, "spec")
    if unsure(*specs):
        return found
    if check := _CHECKS.get(key):
        found += check(mapping(old), mapping(new))
    if rule := _TABLE["specs"].get(key):
        before, after = (mapping(_frozen_pod(spec) if key == "Pod" else spec) for spec in specs)
        found += _of_spec(rule, before, after)
    return found


def refused_fields(problem: Problem) -> list[str]:
    """Return the fields that a problem is about: of a whole spec those of its value."""
    whole = problem.field in {"spec", "spec.persistentvolumesource"}
    return [f"spec.{name}" for name in mapping(problem.value)] if whole else [problem.field]


def _key(obj: object) -> str:
    group, slash, _ = text(obj, "apiVersion").partition("/")
    return f"{text(obj, 'kind')}.{group}" if slash else text(obj, "kind")


def _of_field(path: str, rule: Json, old: object, new: object) -> Iterator[Problem]:
    names = path.split(".")
    before, after = look_up(old, *names), look_up(new, *names)
    bound = all(look_up(old, name) == value for name, value in rule.get("when", {}).items())
    fills = {"once", "filled"} if before is None else {"filled"} if after is None else set()
    stays = not _shrinks(before, after) if "grows" in rule else _same(before, after, names[-1])
    if "presence" in rule:
        unclear = unsure(*(look_up(each, names[0]) for each in (old, new)))
        stays = unclear or (before is None) is (after is None)
    if bound and not rule.keys() & fills and not stays:
        if "forbidden" in rule:
            yield forbidden(path, rule["forbidden"], after)
        else:
            yield invalid(path, after, rule.get("invalid", "field is immutable"))


def _shrinks(before: object, after: object) -> bool:
    least, size = number(before), number(after)
    return least is not None and size is not None and size < least


def _of_spec(rule: Json, before: Json, after: Json) -> Iterator[Problem]:
    names = dict.fromkeys([*before, *after])
    value = {
        name: after.get(name)
        for name in names
        if name not in rule["mutable"] and not _same(before.get(name), after.get(name), name)
    }
    if value and not unsure(*names):
        yield forbidden(rule.get("field", "spec"), rule["forbidden"], value)


def _same(before: object, after: object, name: str) -> bool:
    """Tell whether two values of a field are the same to the server, or may be."""
    values = [each for each in (before, after) if each is not None]
    if not values or unsure(*values):
        return True
    if all(isinstance(each, Mapping) for each in values):
        return _same_fields(mapping(before), mapping(after), name)
    if len(values) == 1:
        filled = [*_TABLE["filled"], *(_TABLE["filled_at_first"] if before is None else ())]
        return name in filled or values[0] in ([], _TABLE["defaults"].get(name))
    if all(isinstance(each, list | tuple) for each in values):
        in_any_order = name in _TABLE["sets"]
        lists = map(items, values)
        left, right = (sorted(map(text, each)) if in_any_order else each for each in lists)
        return len(left) == len(right) and all(map(_same, left, right, [name] * len(left)))
    amounts = [number(each) if name in _TABLE["amounts"] else None for each in values]
    return before == after or (None not in amounts and amounts[0] == amounts[1])


def _same_fields(before: Json, after: Json, name: str) -> bool:
    # Where keys are no fields, nothing is filled in.
    names = {key: f"{name}[]" if name in _TABLE["maps"] else str(key) for key in (*before, *after)}
    same = (_same(before.get(key), after.get(key), called) for key, called in names.items())
    return unsure(*names) or all(same)


def _frozen_pod(spec: object) -> Json:
    without = {
        field: [{**each, "image": None} if isinstance(each, Mapping) else each for each in listed]
        for field in ("containers", "initContainers")
        if (listed := items(spec, field))
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
    return {"spec": {key: of for key, of in fields if key not in _TABLE["while_suspended"]}}


def _completions(spec: Json) -> object:
    count = spec.get("completions")
    return 1 if count is None and spec.get("parallelism") is None else count


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
    families = [_first(spec, "ipFamilies") for spec in (before, after)]
    turned = all(families) and "None" not in (address, wanted)
    classes = [spec.get("loadBalancerClass") for spec in (before, after)]
    # The AWS Load Balancer Controller sets its class on a Service that is created without one.
    by_webhook = classes == [None, _CONTROLLERS_CLASS] and not look_up(old, "metadata", "uid")
    balanced = types == ["LoadBalancer", "LoadBalancer"] and not by_webhook
    for field, both, counts, value in (
        ("clusterIPs[0]", [address, wanted], moved, after.get("clusterIPs") or [wanted]),
        ("ipFamilies[0]", families, turned, after.get("ipFamilies")),
        ("loadBalancerClass", classes, balanced, classes[1]),
    ):
        if counts and both[0] != both[1] and known(both):
            yield invalid(f"spec.{field}", value, "may not change once set")


def _definition(old: Json, new: Json) -> Iterator[Problem]:
    versions = look_up(new, "spec", "versions")
    names = [look_up(version, "name") for version in items(versions)]
    for version in dicts(old, "spec", "versions"):
        stored, name = version.get("storage") is True, version.get("name")
        if stored and name not in names and known([versions, name]):
            detail = "missing from spec.versions; it was the storage version"
            yield invalid("status.storedVersions[0]", name, detail)


def _first(spec: Json, name: str) -> str:
    return text(next(iter(items(spec, name)), None))


_CHECKS: Mapping[str, Callable[[Json, Json], Iterator[Problem]]] = {
    "Pod": _pod,
    "Job.batch": _job,
    "Service": _service,
    "CustomResourceDefinition.apiextensions.k8s.io": _definition,
}
