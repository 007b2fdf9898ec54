"""The configuration of add-ons other than vpc-cni, which has rules of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from assembly.environment import Environment
from assembly.kinds import ADD_ON
from assembly.structured import structured
from guardrails.rule import Finding, breach, rule
from kube.values import Unknown, known, table, text

FIELD = "ConfigurationValues"
_FIELDS: Mapping[str, Mapping[str, str]] = table(__file__)
"""The fields on top of an add-on's configuration with the JSON type of each, as `aws eks
describe-addon-configuration` prints them. A newer version may have more."""
_TYPES = {Mapping: "object", list: "array", str: "string", bool: "boolean", int: "integer"}


@rule("NODES6")
def _wrong_configuration(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        value, name = add_on.properties.get(FIELD), text(add_on.properties, "AddonName")
        for what, detail in _problems(value, name) if value and name != "vpc-cni" else ():
            yield breach(add_on, FIELD, what, detail)


def _problems(value: object, name: str) -> Iterator[tuple[str, str]]:
    try:
        found = structured(value, or_yaml=True)
    except ValueError as error:
        if known(value):
            yield "unreadable", f"It is neither JSON nor YAML: {error}."
        return
    fields = _FIELDS.get(name, {})
    if not isinstance(found, Mapping | Unknown | type(None)):
        yield "no object", f"It is {text(value)!r}, which is no object."
    for key, inner in found.items() if isinstance(found, Mapping) and fields else ():
        meant = get_close_matches(str(key), fields, n=1, cutoff=0.5) if known(key) else []
        kind = next((word for kind, word in _TYPES.items() if isinstance(inner, kind)), "null")
        if meant and key not in fields:
            yield str(key), f"{name} has no field {key}, but {meant[0]}."
        elif key in fields and kind not in (fields[key], "null") and known(inner):
            yield str(key), f"{name} takes {fields[key]} for {key}, not {inner!r}."
