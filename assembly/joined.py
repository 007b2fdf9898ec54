"""Two assemblies of one app as one: the stages that the newer has, and the others as they were before.

The CDK writes one manifest, one tree and one validation report for all stages. Here they are put together
from two, to the byte as the CDK would write them for all stages at once; where that can't be told,
`UncertainError` is raised.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
MANIFEST, TREE, REPORT = "manifest.json", "tree.json", "validation-report.json"
STYLES: Mapping[str, Mapping[str, Any]] = {
    MANIFEST: {"indent": 2},
    TREE: {"separators": (",", ":")},
    REPORT: {"indent": 2},
}
"""How the CDK writes the files of all stages."""
PREFIX = "assembly-"
OF_THE_APP = ["Tree", "aws-cdk-lib/feature-flag-report"]
"""What a manifest lists after the stages. A stack or stage of a team's own may depend on all others."""
OURS = "Groundwork"
SAME_FINDING: Mapping[str, Sequence[str]] = {
    "CloudFormation Validate": ("ruleName", "severity", "description"),
    "AwsSolutions": ("ruleName",),
    OURS: (),
    "Construct Annotations": ("ruleName", "severity", "description"),
}
"""The plugins in the order of the report, and by which fields they add what they find to an earlier finding.

Ours adds nothing, and goes by rule, not by stage.
"""
OF_A_FINDING = ("description", "suggestedFix", "severity", "customSeverity", "ruleMetadata")
"""Fields that the first stage decides for all."""
FOUND = ("violations", "suppressedViolations")


class UncertainError(Exception):
    """What the CDK would write for all stages can't be told from the parts."""


def read(folder: Path) -> Mapping[str, Json]:
    """Return the files of all stages; raises `UncertainError` where they can't be written again the same."""
    found: dict[str, Json] = {}
    for name in STYLES:
        try:
            text = (folder / name).read_text(encoding="utf-8")
            found[name] = json.loads(text)
        except (OSError, ValueError) as error:
            raise UncertainError(name) from error
        _certain(_written(name, found[name]) == text, name)
    # A tree of half a million constructs has further files.
    _certain(not [*folder.glob("trees-*.json")], TREE)
    return found


def write(folder: Path, files: Mapping[str, Json]) -> None:
    """Write the files of all stages as the CDK does."""
    for name, content in files.items():
        (folder / name).write_text(_written(name, content), encoding="utf-8")


def stages_of(files: Mapping[str, Json]) -> list[str]:
    """Return the stages in their order; raises `UncertainError` where an app has more than stages."""
    artifacts, parts = [*files[MANIFEST]["artifacts"]], [*files[TREE]["tree"]["children"]]
    stages = parts[:-1]
    _certain(parts[-1:] == OF_THE_APP[:1], TREE)
    _certain(artifacts == [*(f"{PREFIX}{stage}" for stage in stages), *OF_THE_APP], MANIFEST)
    return stages


def joined(
    old: Mapping[str, Json],
    new: Mapping[str, Json],
    *,
    stages: Sequence[str],
    rules: Sequence[str],
) -> Mapping[str, Json]:
    """Return the files of `stages`; `rules` are the ids of our rules in their order."""
    before, synthesized = stages_of(old), stages_of(new)
    kept = [stage for stage in before if stage in stages and stage not in synthesized]
    _certain([stage for stage in stages if stage not in synthesized] == kept, "order")
    _certain([stage for stage in stages if stage in synthesized] == synthesized, "order")
    manifest, tree, report = zip(*(files.values() for files in (old, new)), strict=True)
    top = _with(*tree, "tree")
    top["tree"] = _with(*(each["tree"] for each in tree), "children")
    top["tree"]["children"] = _chosen(*(each["tree"]["children"] for each in tree), stages)
    listed = _with(*manifest, "artifacts")
    names = [f"{PREFIX}{stage}" for stage in stages]
    listed["artifacts"] = _chosen(*(each["artifacts"] for each in manifest), names)
    told = _with(*report, "pluginReports")
    told["pluginReports"] = [*_reports(*report, _Stages(before, stages, synthesized, rules))]
    return {MANIFEST: listed, TREE: top, REPORT: told}


def _with(old: Json, new: Json, changing: str) -> dict[str, Any]:
    """Return the newer where both have the same beside one field."""
    _certain({**old, changing: None} == {**new, changing: None}, changing)
    return {**new}


def _chosen(old: Json, new: Json, names: Sequence[str]) -> Json:
    """Return the stages by name, the newer where there are two, and what belongs to the app."""
    app = [{name: each[name] for name in each if name in OF_THE_APP} for each in (old, new)]
    _certain(app[0] == app[1], "app")
    return {**{name: new.get(name) or old[name] for name in names}, **app[1]}


@dataclass(frozen=True)
class _Stages:
    """The stages of the older, of the result and of the newer, and the ids of our rules."""

    before: Sequence[str]
    now: Sequence[str]
    synthesized: Collection[str]
    rules: Sequence[str]


@dataclass(frozen=True)
class _Piece:
    """What a finding says of one construct: its stage and its place in the report that it is from."""

    finding: str
    stage: str
    place: tuple[int, int]
    entry: Json
    construct: Json


def _reports(old: Json, new: Json, stages: _Stages) -> Iterator[Json]:
    parts = [
        {each["pluginName"]: each for each in report["pluginReports"]} for report in (old, new)
    ]
    _certain({*parts[0], *parts[1]} <= {*SAME_FINDING}, "plugin")
    for name in SAME_FINDING:
        both = [part[name] for part in parts if name in part]
        if both:
            yield from _report(name, *(part.get(name, {}) for part in parts), both[-1], stages)


def _report(name: str, old: Json, new: Json, like: Json, stages: _Stages) -> Iterator[Json]:
    """Yield the report of a plugin, if it has anything to say."""
    conclusion = new.get("conclusion", "success")
    fails = any(each["severity"] in {"error", "fatal"} for each in new.get(FOUND[0], ()))
    # Whether warnings are a success may depend on the others.
    _certain(fails == (conclusion == "failure"), "conclusion")
    _certain(old.get("conclusion", "success") == "success", "conclusion")
    heads = [
        {**each, "conclusion": "", **dict.fromkeys(FOUND)} for each in (old, new, like) if each
    ]
    _certain(all(head == heads[-1] for head in heads), name)
    found = [_found(name, old, new, kind, stages) for kind in FOUND]
    _certain(not {*found[0]} & {*found[1]}, "half of a finding is acknowledged")
    violations, suppressed = ([*_entries(name, each)] for each in found)
    if violations or suppressed:
        head = {key: value for key, value in like.items() if key not in FOUND}
        head = {**head, "conclusion": conclusion, FOUND[0]: violations}
        yield {**head, FOUND[1]: suppressed} if suppressed else head


def _found(
    name: str, old: Json, new: Json, kind: str, stages: _Stages
) -> Mapping[str, Sequence[_Piece]]:
    """Return what is found in the stages of now, by finding, in the order of a whole report."""
    everything = [*_pieces(name, old.get(kind, ()), stages)]
    first: dict[str, int] = {}
    for piece in everything:
        place = stages.before.index(piece.stage)
        first[piece.finding] = min(place, first.get(piece.finding, place))
    kept = {*stages.now} - {*stages.synthesized}
    pieces = [piece for piece in everything if piece.stage in kept]
    pieces += _pieces(name, new.get(kind, ()), stages)
    order = {stage: place for place, stage in enumerate(stages.now)}
    found: dict[str, list[_Piece]] = {}
    for piece in sorted(pieces, key=lambda piece: (order[piece.stage], piece.place)):
        found.setdefault(piece.finding, []).append(piece)
    if name == OURS:
        return dict(sorted(found.items(), key=lambda item: stages.rules.index(item[0])))
    for finding, (piece, *more) in found.items():
        # Behind another stage's, its place in the older report says nothing.
        _certain(
            piece.stage not in kept or stages.before[first[finding]] == piece.stage, "first stage"
        )
        same = [each.entry.get(key) for key in OF_A_FINDING for each in (piece, *more)]
        _certain(
            same == [piece.entry.get(key) for key in OF_A_FINDING for _ in (0, *more)], finding
        )
    return found


def _pieces(name: str, entries: Sequence[Json], stages: _Stages) -> Iterator[_Piece]:
    for place, entry in enumerate(entries):
        fields = [entry[field] for field in SAME_FINDING[name]]
        finding = json.dumps(fields) if fields else entry["ruleName"].partition("[")[0]
        for index, construct in enumerate(entry["violatingConstructs"]):
            stage = construct["constructPath"].partition("/")[0]
            _certain(stage in stages.before or stage in stages.now, "stage")
            yield _Piece(finding, stage, (place, index), entry, construct)


def _entries(name: str, found: Mapping[str, Sequence[_Piece]]) -> Iterator[Json]:
    """Yield each finding with its constructs, once for each place that acknowledges it."""
    for pieces in found.values():
        entries: dict[str, tuple[Json, list[Json]]] = {}
        for piece in pieces:
            entry = {**piece.entry, "violatingConstructs": None}
            key = json.dumps([entry, piece.stage, piece.place] if name == OURS else entry)
            entries.setdefault(key, (entry, []))[1].append(piece.construct)
        yield from ({**entry, "violatingConstructs": each} for entry, each in entries.values())


def _written(name: str, content: Json) -> str:
    return json.dumps(content, ensure_ascii=False, **STYLES[name])


def _certain(true: bool, what: str) -> None:  # noqa: FBT001  # as an assertion has it
    if not true:
        raise UncertainError(what)
