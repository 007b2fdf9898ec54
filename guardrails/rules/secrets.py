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
from assembly.structured import structured
from guardrails.rule import Finding, breach, found, rule
from kube.values import Unknown, mapping, table, text

_DATA = table(__file__)
PARAMETER = "AWS::SSM::Parameter"
_FORMS = re.compile("|".join(_DATA["values"].values()))


@rule("EXPOSE21")
def _in_plain_text(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        if item.kind == "Secret":
            fields = [*_strings(mapping(item.content, "data"))]
            fields += _strings(mapping(item.content, "stringData"))
            keys = [
                key for key, value in fields if value and not re.fullmatch(_DATA["public"], key)
            ]
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
        place = {CHART: "charts", FUNCTION: "functions", PARAMETER: "parameters"}.get(
            each.type, "resources"
        )
        judged = each.type == CHART or each.type not in KUBECTL
        for path, name, detail in _secrets(values, place) if judged else ():
            yield breach(each, path.partition("[")[0], name, detail)


def _secrets(value: object, place: str) -> Iterator[tuple[str, str, str]]:
    """Yield the path and the name of each secret within a value, and what it is."""
    within, names = _DATA["names"][place]
    for path, written in _strings(value):
        name = path.rpartition("/")[2]
        held = _decoded(written) if name == "UserData" else written
        if what := _form(held):
            yield path, name, f"{name} holds {what}."
        elif (
            re.fullmatch(names, _word(name))
            and re.match(within, path)
            and not re.fullmatch(_DATA["no_secrets"], held, re.DOTALL)
        ):
            yield path, name, f"{name} holds a value that its name calls secret."


@functools.lru_cache(maxsize=8192)
def _form(held: str) -> str:
    """Return what a text is by its form, empty for no secret."""
    if not _FORMS.search(held):
        return ""
    what: str = next(what for what, form in _DATA["values"].items() if re.search(form, held))
    return what


@functools.lru_cache(maxsize=2048)
def _word(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[.-]", "_", name).lower()


def _strings(value: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts within a value by their paths; what a deploy fills in is no plain text.

    What has a name and a value, such as an environment variable, is a field of that name.
    """
    if isinstance(value, dict):
        pair = {text(value, "name"): value["value"]} if {"name", "value"} <= {*value} else value
        for key, inner in pair.items():
            yield from _strings(inner, f"{at}/{key}".lstrip("/"))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{at}[{index}]")
    elif isinstance(value, str) and not isinstance(value, Unknown):
        yield at, value


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
