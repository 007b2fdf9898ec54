"""The configuration of add-ons other than vpc-cni, which has rules of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from assembly.environment import Environment
from assembly.kinds import ADD_ON
from assembly.structured import structured
from guardrails.rule import Finding, breach, rule
from kube.values import Unknown, known, mapping, table, text

FIELD = "ConfigurationValues"
_FIELDS: Mapping[str, Mapping[str, str]] = table(__file__)
"""The fields on top of an add-on's configuration with the JSON type of each, as `aws eks
describe-addon-configuration` prints them. A newer version may have more."""
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": Mapping,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
}


@rule("NODES6")
def _wrong_configuration(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        value, name = add_on.properties.get(FIELD), text(add_on.properties, "AddonName")
        if value is None or name == "vpc-cni":
            continue
        try:
            configuration = structured(value, or_yaml=True)
        except ValueError as error:
            if known(value):
                yield breach(add_on, FIELD, "unreadable", f"It is neither JSON nor YAML: {error}.")
            continue
        if isinstance(configuration, Unknown) or configuration is None:
            continue
        if not isinstance(configuration, Mapping):
            yield breach(add_on, FIELD, "no object", f"It is {text(value)!r}, which is no object.")
            continue
        fields = _FIELDS.get(name, {})
        for key, inner in mapping(configuration).items() if fields else ():
            meant = (
                [] if isinstance(key, Unknown) else get_close_matches(str(key), fields, cutoff=0.5)
            )
            if meant and key not in fields:
                detail = f"{name} has no field {key}, but {meant[0]}."
                yield breach(add_on, FIELD, str(key), detail)
            elif key in fields and not isinstance(inner, Unknown) and not _is(inner, fields[key]):
                detail = f"{name} takes {fields[key]} for {key}, not {inner!r}."
                yield breach(add_on, FIELD, str(key), detail)


def _is(value: object, kinds: str) -> bool:
    number = isinstance(value, int) and not isinstance(value, bool)
    return value is None or any(
        number if kind == "integer" else isinstance(value, _TYPES[kind])
        for kind in kinds.split("|")
    )
