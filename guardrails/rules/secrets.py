"""Secrets in plain text: by the name of what holds them, or by their own form (secrets.json)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping

from assembly.environment import Environment
from assembly.kinds import CHART, FUNCTION, KUBECTL
from assembly.structured import structured
from guardrails.rule import Finding, breach, found, rule
from kube.pods import containers, pod_template
from kube.values import Unknown, items, look_up, table, text

_DATA = table(__file__)
_FORMS = re.compile("|".join(_DATA["values"].values()))
Held = Iterable[tuple[str, str]]
"""Names, each with the text that stands there in the clear."""


@rule("EXPOSE21")
def _plain(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        for name, what in dict.fromkeys(_in_object(item.kind, item.content)):
            yield found(item, name, f"{name} holds {what}.")
    for chart in environment.resources(CHART):
        try:
            values = structured(chart.properties.get("Values"), or_yaml=True)
        except ValueError:
            continue
        for name, what in _secrets(_strings(values), "names_in_charts"):
            yield breach(chart, "Values", name, f"{name} holds {what}.")
    for function in environment.resources(FUNCTION):
        variables = look_up(function.properties, "Environment", "Variables")
        for name, what in _secrets(_strings(variables), "names"):
            yield breach(function, "Environment/Variables", name, f"{name} holds {what}.")
    for each in environment.resources():
        data = ("UserData", _decoded(look_up(each.properties, "LaunchTemplateData", "UserData")))
        texts = () if each.type in KUBECTL else (data, *_strings(each.properties))
        for name, what in _secrets(texts, "names_in_resources"):
            yield breach(each, name.partition("[")[0], name, f"{name} holds {what}.")


def _in_object(kind: str, content: object) -> Iterator[tuple[str, str]]:
    if kind == "Secret":
        for field in ("data", "stringData"):
            for name, value in _strings(look_up(content, field)):
                if value and not re.fullmatch(_DATA["public"], name):
                    yield f"{field}.{name}", "the Secret's value"
        return
    if kind == "ConfigMap":
        yield from _secrets(_strings(look_up(content, "data")), "names")
    elif (template := pod_template(content)) is not None:
        for _, container in containers(template.spec):
            variables = items(container, "env")
            named = ((text(each, "name"), look_up(each, "value")) for each in variables)
            yield from _secrets(_strings(dict(named)), "names")
    yield from _secrets(_strings(content), "")


def _secrets(strings: Held, names: str) -> Iterator[tuple[str, str]]:
    for name, value in strings:
        last = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[.-]", "_", name.rpartition("/")[2]).lower()
        if _FORMS.search(value):
            what = next(what for what, form in _DATA["values"].items() if re.search(form, value))
            yield name, what
        if (
            names
            and re.fullmatch(_DATA[names], last)
            and not re.fullmatch(_DATA["no_secrets"], value, re.DOTALL)
        ):
            yield name, "a value that its name calls secret"


def _strings(value: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts within a value by their paths; what a deploy fills in is no plain text."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(inner, f"{at}/{key}".lstrip("/"))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{at}[{index}]")
    elif isinstance(value, str) and not isinstance(value, Unknown):
        yield at, value


def _decoded(data: object) -> str:
    try:
        return base64.b64decode(text(data), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
