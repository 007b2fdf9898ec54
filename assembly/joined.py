"""Two assemblies of one app as one: the stages that the newer has, and the others as they were before.

The CDK writes one manifest, one tree and one validation report for all stages. They are put together to the
byte as the CDK would write them; `UncertainError` is raised where that can't be told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Files = Sequence[Json]
STYLES: Mapping[str, Mapping[str, Any]] = {
    "manifest.json": {"indent": 2},
    "tree.json": {"separators": (",", ":")},
    "validation-report.json": {"indent": 2},
}
"""The files of all stages, and how the CDK writes them."""
PREFIX, CONSTRUCTS, OURS = "assembly-", "violatingConstructs", "Groundwork"
OF_THE_APP = ["Tree", "aws-cdk-lib/feature-flag-report"]
"""What follows the stages. A stack of a team's own beside them may depend on all."""
SAME_FINDING: Mapping[str, Sequence[str]] = {
    "CloudFormation Validate": ("ruleName", "severity", "description"),
    "AwsSolutions": ("ruleName",),
    OURS: (),
    "Construct Annotations": ("ruleName", "severity", "description"),
}
"""The plugins in their order, and by what each knows a finding of an earlier stage again, whose text it keeps.

Ours goes rule by rule, and repeats the text.
"""
TEXT = ("description", "suggestedFix", "severity", "customSeverity", "ruleMetadata")


class UncertainError(Exception):
    """What the CDK would write for all stages can't be told from the parts."""


def read(folder: Path) -> Files:
    """Return the files of all stages; raises `UncertainError` where they can't be written the same again."""
    texts = [folder.joinpath(name).read_text(encoding="utf-8") for name in STYLES]
    files = [json.loads(text) for text in texts]
    # A tree of half a million constructs has further files.
    _certain(texts == _written(files) and not [*folder.glob("trees-*.json")])
    return files


def write(folder: Path, files: Files) -> None:
    """Write the files of all stages."""
    for name, text in zip(STYLES, _written(files), strict=True):
        folder.joinpath(name).write_text(text, encoding="utf-8")


def joined(
    old: Files, new: Files, stages: Sequence[str], fresh: Sequence[str], rules: Sequence[str]
) -> Files:
    """Return the files of `stages`, of which the newer has those that are `fresh`.

    All are in their order; `rules` are the ids of ours in theirs.
    """
    before = [*old[1]["tree"]["children"]][:-1]
    _certain([*new[1]["tree"]["children"]] == [*fresh, OF_THE_APP[0]])
    made = [{**file} for file in new]
    _merge(made[0], old[0], "artifacts", [PREFIX + stage for stage in stages])
    made[1]["tree"] = {**new[1]["tree"]}
    _merge(made[1]["tree"], old[1]["tree"], "children", stages)
    _certain({**made[1], "tree": 0} == {**old[1], "tree": 0})
    _certain({**made[2], "pluginReports": 0} == {**old[2], "pluginReports": 0})
    findings = _Findings(before, fresh, stages, rules)
    made[2]["pluginReports"] = [*findings.of(old[2]["pluginReports"], new[2]["pluginReports"])]
    return made


def _merge(made: Json, old: Json, field: str, names: Sequence[str]) -> None:
    """Give a field the stages of both, where all else is the same; the newer goes before."""
    app = [
        {name: each[field][name] for name in each[field] if name in OF_THE_APP}
        for each in (old, made)
    ]
    _certain(app[0] == app[1] and {**made, field: 0} == {**old, field: 0})
    both = {**old[field], **made[field]}
    _certain({*made[field]} <= {*names, *app[1]} and {*names} <= {*both})
    made[field] = {name: both[name] for name in [*names, *app[1]]}


@dataclass(frozen=True)
class _Findings:
    """The findings of the stages that were there before, without those that are fresh, and of these."""

    before: Sequence[str]
    fresh: Sequence[str]
    stages: Sequence[str]
    rules: Sequence[str]

    def of(self, old: Files, new: Files) -> Iterator[Json]:
        """Yield what each plugin reports."""
        parts = [{each["pluginName"]: each for each in plugins} for plugins in (old, new)]
        _certain({*parts[0], *parts[1]} <= {*SAME_FINDING})
        for name in SAME_FINDING:
            then, now = (part.get(name, {}) for part in parts)
            fails = any(
                each["severity"] in {"error", "fatal"} for each in now.get("violations", ())
            )
            # Whether warnings alone are a failure depends on the other stages.
            _certain(fails == (now.get("conclusion") == "failure"))
            lists = ("violations", "suppressedViolations")
            heads = [{**each, **dict.fromkeys((*lists, "conclusion"))} for each in (then, now)]
            _certain(not then or not now or heads[0] == heads[1])
            found = [self._in_order(name, then.get(each, ()), now.get(each, ())) for each in lists]
            # One that is acknowledged in some stages only: the order of both lists is not known.
            _certain(not {*found[0]} & {*found[1]})
            made = [[entry for each in part.values() for entry in each] for part in found]
            if any(made):
                both = {**then, **now, lists[0]: made[0], lists[1]: made[1]}
                yield both if made[1] else {key: both[key] for key in both if key != lists[1]}

    def _in_order(self, name: str, old: Files, new: Files) -> Mapping[object, Files]:
        """Return a plugin's entries by finding, in the order in which a synth of all stages finds them."""
        pieces = [
            piece
            for entries, own in ((old, self.before), (new, self.fresh))
            for piece in _pieces(name, entries, own)
            if piece.stage in self.stages and (piece.stage in self.fresh) == (entries is new)
        ]
        first = {piece.finding: piece.stage for piece in [*_pieces(name, old, self.before)][::-1]}
        # The CDK hands us the templates by name of the stage. The other plugins go stage by stage.
        order = sorted(self.stages) if name == OURS else self.stages
        found: dict[Any, list[_Piece]] = {}
        for piece in sorted(pieces, key=lambda each: (order.index(each.stage), each.place)):
            found.setdefault(piece.finding, []).append(piece)
        for finding, (piece, *more) in found.items():
            # Where an earlier stage had it before, its place there says nothing of its own stage.
            alone = name == OURS or piece.stage in (*self.fresh, first.get(finding))
            _certain(alone and all(each.text == piece.text or name == OURS for each in more))
        if name == OURS:
            _certain({*found} <= {*self.rules})
            found = {rule: found[rule] for rule in self.rules if rule in found}
        return {finding: [*_entries(name, each)] for finding, each in found.items()}


@dataclass(frozen=True)
class _Piece:
    """What an entry of the report says of one construct, and the place of both."""

    finding: object
    stage: str
    place: tuple[int, int]
    entry: Json
    construct: Json

    @property
    def text(self) -> Sequence[object]:
        """Return what a finding has once for all stages."""
        return [self.entry.get(key) for key in TEXT]


def _pieces(name: str, entries: Files, own: Sequence[str]) -> Iterator[_Piece]:
    for place, entry in enumerate(entries):
        finding = tuple(entry[field] for field in SAME_FINDING[name])
        for index, construct in enumerate(entry[CONSTRUCTS]):
            stage = construct["constructPath"].partition("/")[0]
            _certain(stage in own)
            rule = entry["ruleName"].partition("[")[0]
            yield _Piece(finding or rule, stage, (place, index), entry, construct)


def _entries(name: str, pieces: Sequence[_Piece]) -> Iterator[Json]:
    """Yield an entry for each way in which a finding is acknowledged, or for each construct."""
    entries: dict[str, Json] = {}
    for number, piece in enumerate(pieces):
        head = {**piece.entry, CONSTRUCTS: []}
        key = json.dumps([head, number * (name == OURS)])
        entries.setdefault(key, head)[CONSTRUCTS].append(piece.construct)
    yield from entries.values()


def _written(files: Files) -> Sequence[str]:
    return [
        json.dumps(file, ensure_ascii=False, **style)
        for file, style in zip(files, STYLES.values(), strict=True)
    ]


def _certain(true: bool) -> None:  # noqa: FBT001  # as an assertion has it
    if not true:
        raise UncertainError
