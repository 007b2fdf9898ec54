"""Acknowledgements must match a current finding, be as narrow as it, and have a reason.

The rules here judge the acknowledgements of our own findings in every synth. Those of cdk-nag and of
the CDK can't be judged there: one plugin doesn't see what another finds. `problems` judges them by the
report that the synth leaves behind; `make check` does.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from pathlib import Path

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.stack import Stack
from guardrails.rule import Check, Finding, Rule, anywhere, breach, name_of
from guardrails.run import findings
from kube.dates import last_day
from kube.values import dicts, look_up, mapping, table, text

OURS = "Groundwork::"
BY_THE_CDK = {"CloudFormation-Validate::F3002", "CloudFormation-Validate::F3003"}
"""The CDK acknowledges these itself, beside each flow log."""
LEAST_WORDS = 8
"""A reason of fewer words names a fact at most, not why it is right here."""
LEAST_DIFFERENT = 6
"""As many of them are words, and not the same one: `x x x` is none."""
HEART = re.compile(r"((^|/)(Resource|Default))+$")
"""What the CDK calls the resource that a construct is made for."""
WORD = re.compile(r"[^\W\d_]{2,}(?:['\u2019][^\W\d_]+)?")
LEAST_SAID = 3
"""As many of them say something: they are in no reason for just anything, nor in the rule itself."""
WORDS = table(__file__, "filler.json")
FILLER = frozenset(" ".join(WORDS["words"]).split())
PLACEHOLDER = re.compile(rf"(?i){'|'.join(WORDS['placeholders'])}")
"""What people write where a reason should be."""
NOISE = re.compile("|".join(WORDS["noise"]))
"""A row of keys, one letter again and again, or no vowel."""
MOST_NOISE = 0.2
PROPER, MEANT = (re.compile("|".join(WORDS[name]), re.DOTALL) for name in ("proper", "meant"))
"""An id, and what is one but for its plugin, a colon or a letter: to the CDK any text is an annotation's."""
OF_OTHER_TOOLS = ("cdk_nag", "cfn_nag", "checkov", "guard", "cfn-lint")
"""Metadata of a template by which other tools, and older versions of cdk-nag, accept findings."""


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """An accepted finding: its full id, where, why, and what it matches.

    `met` are the construct paths of the findings that it covers, `description` is the rule's own
    text. `is_rule` tells whether there is such a rule. `reason` is None where nobody knows it: the report
    has none for what is acknowledged above the stacks.
    """

    finding: str
    path: str
    reason: str | None
    description: str = ""
    met: frozenset[str] = frozenset()
    is_rule: bool = True
    today: dt.date


def acknowledgements_in(folder: Path) -> list[Acknowledgement]:
    """Return what was acknowledged in an assembly, as `cdk synth` left it with its report.

    What belongs to a plugin that didn't run is left out, and so are acknowledged annotations: the CDK
    drops those warnings before it writes the report, and nothing tells whether they were there.
    """
    assembly = assembly_at(folder)
    plugins = dicts(assembly.report, "pluginReports")
    ran = {text(plugin, "pluginName").replace(" ", "-") for plugin in plugins}
    met = grouped(
        (
            (text(violation, "acknowledgedId"), text(violation, "acknowledgedAt")),
            (text(violation, "description"), text(construct, "constructPath")),
        )
        for plugin in plugins
        for violation in dicts(plugin, "suppressedViolations")
        for construct in dicts(violation, "violatingConstructs")
    )
    said = {(x, path): why for stack in assembly.stacks for path, x, why in stack.acknowledgements}
    # No template has those of an app or a stage: nobody can judge their reason.
    high = {key: None for key in met if key not in said}
    today = dt.datetime.now(tz=dt.UTC).date()
    return [
        _covering(finding, path, reason, met.get((finding, path), ()), today=today)
        for (finding, path), reason in (said | high).items()
        if finding.partition("::")[0] in ran and finding not in BY_THE_CDK
    ]


def too_high(environment: Environment, above: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Yield the acknowledgements above all stacks, given with their places: no report shows them."""
    stack = next(iter(environment.stacks))
    resource = anywhere(environment, stack)
    for finding, path in above:
        detail = f"It stands on {path or 'the app'}, for all stacks in it."
        told = breach(resource, "", finding.removeprefix(OURS), detail)
        yield replace(told, location="Metadata", construct_path=stack)


def _covering(
    finding: str,
    path: str,
    reason: str | None,
    met: Iterable[tuple[str, str]],
    *,
    today: dt.date,
    is_rule: bool = True,
) -> Acknowledgement:
    """Return an acknowledgement of findings, each with what its rule says and its place."""
    said, places = zip(*met, strict=True) if met else ((), ())
    return Acknowledgement(
        finding=finding,
        path=path,
        reason=reason,
        description=" ".join(dict.fromkeys(said)),
        met=frozenset(places),
        is_rule=is_rule,
        today=today,
    )


def problems(acknowledgements: Iterable[Acknowledgement]) -> Iterator[str]:
    """Yield what is wrong with acknowledgements, one line each."""
    for item in acknowledgements:
        found = filter(None, (judge(item) for judge in JUDGES.values()))
        yield from (f"{item.finding} at {item.path}: {problem}" for problem in found)


def stale(item: Acknowledgement) -> str:
    """Return what is wrong if an acknowledgement meets no finding."""
    if not item.is_rule:
        return "There is no such rule; `make rules` lists them."
    return "" if item.met else "It matches no finding."


def too_broad(item: Acknowledgement) -> str:
    """Return what is wrong if a narrower place would do."""
    constructs = [HEART.sub("", path) for path in item.met]
    narrowest = os.path.commonpath(constructs) if constructs else ""
    fits = not narrowest or f"{item.path}/".startswith(f"{narrowest}/")
    return "" if fits else f"Everything that it matches is in {narrowest}."


def weak(item: Acknowledgement) -> str:
    """Return what is wrong with the reason."""
    if item.reason is None:
        return ""
    reason, words, end = item.reason, item.reason.split(), last_day(item.reason)
    different = {word.casefold() for word in WORD.findall(reason)}
    of_rule = _stems(f"{item.finding} {item.description}")
    said = {_stem(word) for word in different - FILLER} - of_rule
    is_sentence = len(words) >= LEAST_WORDS and reason.rstrip().endswith(".")
    wrong = {
        f"held until {end}": end and end < item.today,
        f"is not a sentence of {LEAST_WORDS} words": not is_sentence,
        f"has fewer than {LEAST_DIFFERENT} different words": len(different) < LEAST_DIFFERENT,
        "is a placeholder": PLACEHOLDER.search(reason),
        "repeats the rule": reason.strip(" .").casefold() in item.description.casefold(),
        "is no text": len([*filter(NOISE.search, different)]) > MOST_NOISE * len(different),
        # Its name alone says nothing about a resource.
        "would do for any finding": len(said) < LEAST_SAID or said <= _stems(item.path),
    }
    told = (f"Its reason {how}: {reason!r}." for how, is_so in wrong.items() if is_so)
    return next(told, "") if item.is_rule else ""


def _stems(written: str) -> set[str]:
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", written)
    return {_stem(word) for word in WORD.findall(parts.casefold())}


def _stem(word: str) -> str:
    return re.sub(r"(?:['\u2019]s|ing|ed|es|s)$", "", word)


Judge = Callable[[Acknowledgement], str]
JUDGES: Mapping[str, Judge] = {"ACK1": stale, "ACK2": too_broad, "ACK3": weak}


def checks(others: Sequence[Rule]) -> Mapping[str, Check]:
    """Return the checks of the rules about the acknowledgements of what other rules find."""
    read = indexed(partial(_read, others))

    def check(judge: Judge, environment: Environment) -> Iterator[Finding]:
        for stack, item in read(environment):
            if problem := judge(item):
                yield Finding(
                    resource=anywhere(environment, stack, item.path),
                    construct_path=item.path,
                    value=item.finding.removeprefix(OURS),
                    location="Metadata",
                    detail=problem,
                )

    return {rule_id: partial(check, judge) for rule_id, judge in JUDGES.items()}


def _read(others: Sequence[Rule], environment: Environment) -> list[tuple[str, Acknowledgement]]:
    """Return the acknowledgements of our findings with what they meet there or further inside."""
    ids = {rule.id for rule in others}
    met = grouped(
        ((f"{OURS}{name_of(rule, finding)}".replace(" ", "-"), construct), (rule.reason, place))
        for rule, finding in findings(environment, others)
        for place in [(finding.construct_path or finding.resource.path).strip("/")]
        for construct in accumulate(place.split("/"), "{}/{}".format)
    )
    today = environment.today
    vain = [
        (stack.path, _covering(written, path, None, (), today=today, is_rule=False))
        for stack in environment.stacks.values()
        for path, written in _in_vain(stack)
    ]
    return vain + [
        (
            stack.path,
            _covering(written, path, reason, found, today=today, is_rule=is_rule),
        )
        for stack in environment.stacks.values()
        # The CDK wrote construct paths; with `--no-path-metadata` it doesn't.
        if any(look_up(body, "Metadata", "aws:cdk:path") for body in stack.resources.values())
        for path, written, reason in stack.acknowledgements
        if written.startswith(OURS)
        for found in [met.get((written.replace(" ", "-"), path), ())]
        for is_rule in [written.removeprefix(OURS).partition("[")[0] in ids]
    ]


def _in_vain(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield the places and names of what was meant to accept findings and accepts none."""
    for path, written, _ in stack.acknowledgements:
        other = not written.startswith(OURS) and not PROPER.fullmatch(written)
        if other and MEANT.fullmatch(written):
            yield path, written
    for body in (stack.template, *stack.resources.values()):
        metadata = mapping(body, "Metadata")
        path = text(metadata, "aws:cdk:path").removesuffix("/Resource") or stack.path
        yield from ((path, each) for each in OF_OTHER_TOOLS if each in metadata)
