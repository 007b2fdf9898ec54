"""Secrets in plain text: by the name of what holds them, or by their own form (secrets.json)."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterator
from contextlib import suppress

from assembly.environment import Environment
from assembly.kinds import CHART, FUNCTION, KUBECTL
from assembly.references import Text, written_out
from assembly.structured import structured
from guardrails.rule import Finding, breach, found, rule
from kube.values import Unknown, known, mapping, table, text

_DATA = table(__file__)
PARAMETER, ARGUMENTS = "AWS::SSM::Parameter", ("/args", "/command")
PLACES = {CHART: "charts", FUNCTION: "functions", PARAMETER: "parameters"}
_FORMS = re.compile("|".join(_DATA["values"].values()))
_NAMES = {place: [*map(re.compile, pair)] for place, pair in _DATA["names"].items()}
_PLACES = {"objects": ("objects", "annotations")}
_ASSIGNED = [re.compile(each.replace("{word}", _DATA["word"])) for each in _DATA["assigned"]]
_HINT = re.compile(r"(?i)pass|pwd|secret|token|key|credential|curl")


@rule("EXPOSE21")
def _in_plain_text(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        if item.kind == "Secret":
            fields = [*_strings(mapping(item.content, "data"))]
            fields += _strings(mapping(item.content, "stringData"))
            filled = [key for key, value in fields if value]
            keys = [each for each in filled if not re.fullmatch(_DATA["public"], each)]
            if keys:
                yield found(item, "", f"It holds {' and '.join(keys)}.")
        else:
            for _, name, detail in _secrets(item.content, "objects"):
                yield found(item, name, detail)
    for each in environment.resources():
        values: object = each.properties
        if each.type == CHART:
            with suppress(ValueError):
                values = {"Values": structured(each.properties.get("Values"), or_yaml=True)}
        if each.type == PARAMETER:
            # The value is what its own name says that it is.
            values = {text(each.properties, "Name").replace("/", "_"): each.properties.get("Value")}
        place = PLACES.get(each.type, "resources")
        judged = each.type == CHART or each.type not in KUBECTL
        for path, name, detail in _secrets(values, place) if judged else ():
            yield breach(each, path.partition("[")[0], name, detail)


def _secrets(value: object, place: str) -> Iterator[tuple[str, str, str]]:
    """Yield the path and the name of each secret within a value, and what it is."""
    places = [_NAMES[each] for each in _PLACES.get(place, (place,))]
    for path, written in _strings(value):
        name = path.rpartition("/")[2]
        held = _decoded(written) if name == "UserData" else written
        if what := _form(held):
            yield path, name, f"{name} holds {what}."
        elif (
            not isinstance(written, Unknown)
            and any(y.fullmatch(_word(name)) and x.match(path) for x, y in places)
            and not re.fullmatch(_DATA["no_secrets"], held, re.DOTALL)
        ):
            yield path, name, f"{name} holds a value that its name calls secret."


@functools.lru_cache(maxsize=8192)
def _form(held: str) -> str:
    """Return what a text is by its form, or what it assigns as a script does; empty for no secret."""
    if _FORMS.search(held):
        return str(next(x for x, form in _DATA["values"].items() if re.search(form, held)))
    for pattern in _ASSIGNED if _HINT.search(held) else ():
        for match in pattern.finditer(held):
            if not re.fullmatch(_DATA["no_secrets"], match["value"]):
                return f"a secret in plain text: what follows {match['name']}"
    return ""


@functools.lru_cache(maxsize=2048)
def _word(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[.-]", "_", name).lower()


def _strings(value: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts within a value by their paths: of what a deploy fills in the parts that are written.

    What has a name and a value, such as an environment variable, is a field of that name. Arguments are
    one text, as a flag and its value may be two of them.
    """
    if isinstance(value, dict):
        pair = {text(value, "name"): value["value"]} if {"name", "value"} <= {*value} else value
        for key, inner in pair.items():
            yield from _strings(inner, f"{at}/{key}".lstrip("/"))
    elif isinstance(value, list | tuple) and at.endswith(ARGUMENTS) and known([*value]):
        yield at, " ".join(map(str, value))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{at}[{index}]")
    elif isinstance(value, Text) and str(value) != "".join(map(written_out, value.parts)):
        yield from (each for part in value.parts for each in _strings(part, at))
    elif isinstance(value, str) and (isinstance(value, Text) or not isinstance(value, Unknown)):
        yield at, value


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return data
