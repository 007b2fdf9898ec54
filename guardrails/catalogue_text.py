"""The catalogue of rules, for a terminal and as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from guardrails.rule import Rule

INTRODUCTION = """\
# Guardrails

These rules run in every `cdk synth`, and so before every deploy and in every pull request. They read the
synthesized templates of an environment together: they see what CloudFormation will see, also where
somebody went around our constructs. An error stops the synth. A warning is printed and stops nothing.

All findings come at once, grouped by rule. Each has the construct path, the offending value, a way to
fix it and a name such as `Groundwork::EKS1[0.0.0.0/0]`. Fix the resource. If the finding is wrong here,
[acknowledge](../CONTRIBUTING.md#findings) that name beside the resource, with a reason.

What the rules can't see:

- An **existing network** is a list of ids in the templates. Nothing is said about its routes, endpoints
  and security groups.
- A **nested stack** whose template is not in the assembly is not read; NESTED1 says so. Those that the
  CDK makes are read like all others.
- **What only a deploy knows**, such as a parameter without a default, is not judged. A condition on one is
  taken both ways.
- A **chart** is a name and its values. The objects that it makes are not in the templates.
- **Production** is not a word of the templates. Rules for production look at the termination protection
  of the stack, which a production environment must have.
- **Another account's trust, or a role that exists**, can't be read. A role that exists counts as one
  that people may assume, unless it is the one with which CloudFormation deploys.
- **Acknowledgements of cdk-nag's findings** are judged by `make check`, from the report of the synth:
  a plugin doesn't see what another one finds.

This page is written by `make rules ARGS=--markdown`; a test keeps it current.
"""


def as_text(rules: Iterable[Rule]) -> str:
    """Return the catalogue for a terminal."""
    return "\n".join(_text_lines(rules))


def as_markdown(rules: Iterable[Rule]) -> str:
    """Return the catalogue as the page docs/guardrails.md."""
    return "\n".join((INTRODUCTION, *_markdown_lines(rules)))


def _text_lines(rules: Iterable[Rule]) -> Iterator[str]:
    for family, members in groupby(rules, key=lambda rule: rule.family):
        yield family
        for rule in members:
            yield ""
            yield f"  {rule.id}{_mark(rule)}"
            yield f"    {rule.reason}"
            yield f"    fix:  {rule.fix}"
            yield f"    see:  {rule.source}"
        yield ""


def _markdown_lines(rules: Iterable[Rule]) -> Iterator[str]:
    for family, members in groupby(rules, key=lambda rule: rule.family):
        yield f"## {family}"
        yield ""
        yield "| rule | what goes wrong without it | how to fix it |"
        yield "|---|---|---|"
        for rule in members:
            reason = f"{rule.reason} ([source]({rule.source}))"
            yield f"| {rule.id}{_mark(rule)} | {_cell(reason)} | {_cell(rule.fix)} |"
        yield ""


def _mark(rule: Rule) -> str:
    return " (warning)" if rule.severity == "warning" else ""


def _cell(written: str) -> str:
    return written.replace("|", "\\|")
