"""Exports that a change takes away while another stack still imports them.

CloudFormation updates the exporting stack first, while the importing one is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.named import named_in
from assembly.references import references
from guardrails.rule import Family, Finding
from guardrails.run import anywhere
from guardrails.step.change import GONE
from guardrails.step.replacement import changes_of

EXPORTS = Family("Replacement")


def importers(environment: Environment) -> Mapping[str, list[str]]:
    """Return the stacks that import each export, by its name."""
    found: dict[str, list[str]] = {}
    for path, scope in environment.scopes.items():
        _, names = named_in(scope.stack.section("Resources"), scope)
        for name in sorted(names & environment.exports.keys()):
            found.setdefault(name, []).append(path)
    return found


@EXPORTS.rule(
    "REPLACE4",
    reason="CloudFormation refuses to delete or to change an export while another stack imports it.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
    "using-cfn-stack-exports.html",
    fix="Keep the export in this deploy, in which the import goes: `stack.export_value(...)`. Remove it "
    "in the next.",
)
def given_up(environment: Environment) -> Iterator[Finding]:
    """Yield the exports that go or get another value."""
    base = environment.base
    if base is None:
        return
    gone = {change.node for change in changes_of(environment) if change.effect in GONE}
    for name, paths in importers(base).items():
        exporter = base.exports[name][0]
        was, now = base.exported(name, ""), environment.exported(name, "")
        before, after = ({each.node for each in references(value)} for value in (was, now))
        same = before == after and not before & gone if before else was == now
        if exporter in environment.stacks and not same:
            how = "no longer exports" if now is None else "exports another value under"
            yield Finding(
                resource=base.target(was) or anywhere(base, exporter),
                value=name,
                location="Outputs",
                detail=f"{exporter} {how} this name, which {' and '.join(paths)} imports so far.",
            )
