"""Whether fields fit each other across objects, by the rows of fits.yaml over the views of two modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from assembly.environment import Environment
from assembly.index import grouped, indexed
from guardrails.rule import Finding, View, rule
from guardrails.rules.compatibility import version_views
from guardrails.rules.object_facts import object_views
from guardrails.rules.resource_facts import resource_views
from kube.validity.rows import Context, problems
from kube.values import Json, items, several, table, text

ROWS: Sequence[Json] = table(__file__, "fits.yaml")
VIEWS = dict.fromkeys(of for row in ROWS for of in several(row, "of"))
TYPES = [of for of in VIEWS if "::" in of]
KINDS = [of for of in VIEWS if of.isalnum() and of[0].isupper()]


def _told(row: Json, detail: str, facts: Json) -> str:
    """Return a detail with the facts that it names in braces, and the words that a row takes."""
    words = [each for each in items(row["when"], row["at"], "not") if each is not None]
    lists = {
        name: ", ".join(map(str, each))
        for name, each in {**facts, "words": words}.items()
        if isinstance(each, list)
    }
    return detail.format_map({**facts, **lists})


@indexed
def _views(environment: Environment) -> Mapping[str, Sequence[View]]:
    views = chain(
        resource_views(environment, TYPES),
        object_views(environment, KINDS),
        version_views(environment),
    )
    return grouped((view.of, view) for view in views)


def _unfit(rows: Sequence[Json], environment: Environment) -> Iterator[Finding]:
    views = _views(environment)
    for row in rows:
        for view in chain.from_iterable(views.get(of, ()) for of in several(row, "of")):
            for wrong in problems(
                ("Invalid", row["when"], row["at"], row.get("detail", "")),
                view.facts,
                "",
                Context(minor=0, root=view.facts, is_custom=False),
            ):
                yield _finding(view, row, wrong.field, text(wrong.value))


def _finding(view: View, row: Json, field: str, value: str) -> Finding:
    facts = {**view.facts, "value": value, "field": field}
    detail = f"{field}: {_told(row, row['detail'], facts)}." if "detail" in row else ""
    named = _told(row, row["as"], facts) if "as" in row else f"{field} {value}"
    return view.finding(field, named.rstrip(), detail, text(row, "fix"))


for _id, _rows in grouped((row["rule"], row) for row in ROWS).items():
    rule(_id)(partial(_unfit, _rows))
