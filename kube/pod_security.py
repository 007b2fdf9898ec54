"""Which rules of a Pod Security Standard a pod violates, with the messages of admission.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ lists what they forbid. The
table pod_security.json has rules, texts and minor versions of kubernetes/pod-security-admission: a
part of a rule forbids values of fields, `only` some or all `but` some, or demands them. Of a rule's
parts the first that finds something speaks, unless the rule has a text for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kube.pods import PodTemplate, containers
from kube.values import Json, items, look_up, mapping, table, text, unsure

LABEL = "pod-security.kubernetes.io/"
"""A namespace asks for a level with enforce, warn and audit, and a version: enforce-version."""
_RULES: Sequence[Json] = table(__file__)
_POD, _ANNOTATION = "pod", "annotation"
_LATEST = 99


class Violation(NamedTuple):
    """A broken rule, why in the server's words, and the fields that break it."""

    rule: str
    reason: str
    detail: str
    fields: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return the rule as the server names it in its list."""
        return f"{self.reason} ({self.detail})"


class _Bad(NamedTuple):
    """A wrong field, its value, and who has it: the pod, an annotation, or what has this name."""

    field: str
    value: str = ""
    who: str = _POD


def violations(template: PodTemplate, level: str, version: str = "latest") -> list[Violation]:
    """Return the rules of a level that a pod breaks, as of a version such as 1.36, in server order.

    A rule that depends on an unknown value is not broken.
    """
    match = re.match(r"v?1\.([0-9]{1,2})", version)
    minor = int(match[1]) if match else _LATEST
    active = [rule for rule in _RULES if rule.get("since", 0) <= minor]
    replaced = [rule.get("replaces") for rule in active]
    rules = {
        "baseline": [rule for rule in active if "level" not in rule],
        "restricted": [rule for rule in active if rule["rule"] not in replaced],
    }.get(level, [])
    judged = (rule for rule in rules if not _is_exempt(rule, template, minor))
    return [broken for rule in judged for broken in _violation(rule, template, minor)]


def _is_exempt(rule: Json, template: PodTemplate, minor: int) -> bool:
    system, users = look_up(template.spec, "os", "name"), template.spec.get("hostUsers")
    windows, namespaces = system == "windows" or unsure(system), users is False or unsure(users)
    holds = {"windows": windows, "user_namespaces": namespaces}
    return any(of and rule.get(name, _LATEST + 1) <= minor for name, of in holds.items())


def _violation(rule: Json, template: PodTemplate, minor: int) -> Iterator[Violation]:
    every = ((part["detail"], list(_find(part, template, minor))) for part in rule["parts"])
    found = [(detail, wrong) for detail, wrong in every if wrong]
    found = found if "detail" in rule else found[:1]
    if wrong := [bad for _, some in found for bad in some]:
        parts = "; ".join(detail.format_map(_said(some)) for detail, some in found)
        said = {**_said(wrong), "parts": parts}
        yield Violation(
            rule=rule["rule"],
            reason=rule["reason"].format_map(said),
            detail=rule.get("detail", "{parts}").format_map(said),
            fields=tuple(dict.fromkeys(bad.field for bad in wrong)),
        )


def _said(wrong: Sequence[_Bad]) -> Mapping[str, str]:
    values = sorted({bad.value for bad in wrong})
    names = list(dict.fromkeys(bad.who for bad in wrong if bad.who not in (_POD, _ANNOTATION)))
    annotations = [bad for bad in wrong if bad.who == _ANNOTATION]
    setters = {
        _POD: any(bad.who == _POD for bad in wrong),
        f"container{_s(names)} {_quoted(names)}": names,
        f"annotation{_s(annotations)}": annotations,
    }
    return {
        "setters": " and ".join(words for words, there in setters.items() if there),
        "names": _quoted(names),
        "s": _s(names),
        "uses": "uses" if len(names) == 1 else "use",
        "values": _quoted(values),
        "values_s": _s(values),
        "plain": ", ".join(values),
        "in_order": ", ".join(bad.value for bad in wrong),
        "flags": ", ".join(f"{bad.field.rpartition('.')[2]}=true" for bad in wrong),
    }


def _s(counted: Sequence[object]) -> str:
    return "" if len(counted) == 1 else "s"


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _find(part: Json, template: PodTemplate, minor: int) -> Iterator[_Bad]:
    holders = [(_POD, template.path, template.spec)] if part.get("pod") else []
    for at, container in containers(template.spec) if part.get("containers", True) else ():
        holders.append((text(container, "name"), f"{template.path}.{at}", container))
    for who, where, holder in holders:
        for path in part.get("forbid", ()):
            for field, value in _leaves(holder, path.split("."), where):
                if not unsure(value) and _is_wrong(part, value, minor):
                    yield _Bad(field=field, value=text(value), who=who)
        if "demand" in part and _lacks(part, template.spec, holder):
            yield _Bad(field=f"{where}.{part['demand']}", who=who)
    for name, find in (("annotations", _annotations), ("volumes", _volumes)):
        yield from find(part[name], template) if name in part else ()


def _leaves(value: object, path: Sequence[str], at: str) -> Iterator[tuple[str, object]]:
    """Yield what stands at a path such as ports.*.hostPort, if what should hold it is there."""
    if not path:
        yield at, value
    elif path[0] == "*":
        for index, item in enumerate(items(value)):
            yield from _leaves(item, path[1:], f"{at}[{index}]")
    elif isinstance(value, Mapping):
        yield from _leaves(value.get(path[0]), path[1:], f"{at}.{path[0]}")


def _is_wrong(part: Json, value: object, minor: int) -> bool:
    if "only" in part:
        # No number is a truth value: 0 is a user, false isn't.
        return any(value == word and type(value) is type(word) for word in part["only"])
    since = mapping(part, "versions").get(text(value), _LATEST + 1)
    return value not in part.get("but", ()) and (value is None or since > minor)


def _lacks(part: Json, spec: Json, container: Json) -> bool:
    path = part["demand"].split(".")
    value = look_up(container, *path)
    value = look_up(spec, *path) if value is None and part.get("inherited") else value
    held = [*items(value), value] if "holding" in part else [value]
    wanted = part.get("but", (part.get("holding"),))
    return not unsure(*held) and not any(each in wanted for each in held)


def _annotations(rule: Json, template: PodTemplate) -> Iterator[_Bad]:
    for key, value in template.annotations.items():
        allowed = unsure(value) or re.fullmatch(rule["but"], text(value))
        if text(key).startswith(rule["prefix"]) and not allowed:
            field = f"{template.path.removesuffix('spec')}metadata.annotations[{key}]"
            yield _Bad(field=field, value=f'{key}="{value}"', who=_ANNOTATION)


def _volumes(rule: Json, template: PodTemplate) -> Iterator[_Bad]:
    """Yield volumes all of whose sources are wrong; one without a source is an emptyDir."""
    for index, volume in enumerate(items(template.spec, "volumes")):
        pairs = mapping(volume).items()
        sources = [(text(key), of) for key, of in pairs if key != "name" and of is not None]
        sure = sources and not any(unsure(*pair) for pair in sources)
        if sure and all(_is_wrong(rule, key, 0) for key, _ in sources):
            field = f"{template.path}.volumes[{index}].{sources[0][0]}"
            yield _Bad(field=field, value=sources[0][0], who=text(volume, "name"))
