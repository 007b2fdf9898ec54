"""What a rehearsal adds to a review, and where it contradicts it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from commands.review import FAILED, main
from review.compose import Circumstances, compare
from review.html.page import html
from review.markdown import markdown
from review.model import Review, Risk
from tests.unit.review.templates import NODE_GROUP, TODAY, texts, with_resource

REPLACED = {
    "stack": "Prod/Cluster",
    "resource": NODE_GROUP,
    "did": "replaced",
    "from": 1,
    "to": 2.5,
}
"""The node group's row."""
GATEWAYS = [
    {"stack": "Prod/Network", "resource": name, "did": "deleted", "from": None, "to": None}
    for name in (
        "NetworkPublicBNATGatewayD82B1C71",
        "NetworkPublicCNATGatewayBDE645CC",
        "NetworkPublicBEIP20CDB970",
        "NetworkPublicCEIPA00DFAF3",
    )
]
"""The rows of what goes with NAT gateways in two of three zones."""
UPDATED = {**REPLACED, "did": "updated"}
FAILS = "cannot be deployed: **A rehearsal on an emulated account failed** and "
NOT_REHEARSED = "unknown: **The change was not rehearsed** on an emulated account"
CONTRADICTS = "unknown: **The rehearsal contradicts this review**: "


def rehearsed(base: Environment, head: Environment, rehearsal: object) -> Review:
    """Return the review of a change with what its rehearsal did."""
    given = Circumstances(
        today=TODAY, consents={}, raw=lambda _, __: (), rehearsals={"Prod": rehearsal}
    )
    return compare({"Prod": base}, {"Prod": head}, given, names=("main", "change"))


def deployed(*rows: Mapping[str, Any], destroyed: str = "done") -> Mapping[str, object]:
    """Return a rehearsal that went through."""
    return {"outcome": "deployed", "rows": rows, "destroyed": destroyed}


@pytest.mark.parametrize(
    ("head", "rehearsal", "risk", "says"),
    [
        (
            "instance-type",
            deployed(REPLACED),
            Risk.REPLACES,
            "safe: A rehearsal on an emulated account **deployed** the change. Resources: 1 replaced.",
        ),
        # An emulated account looks at all resources of a stack; the review says which ones change.
        (
            "maximum-nodes",
            deployed(UPDATED, {**UPDATED, "resource": "Untouched"}),
            Risk.INTERRUPTS,
            "safe: A rehearsal on an emulated account **deployed** the change. Resources: 1 updated.",
        ),
        (
            "instance-type",
            deployed(UPDATED),
            Risk.UNKNOWN,
            f"{CONTRADICTS}Node group `General` was not replaced.",
        ),
        (
            "instance-type",
            deployed(),
            Risk.UNKNOWN,
            f"{CONTRADICTS}Node group `General` was not replaced.",
        ),
        (
            "maximum-nodes",
            deployed(REPLACED),
            Risk.UNKNOWN,
            f"{CONTRADICTS}Node group `General` was replaced, and no sentence says so.",
        ),
        (
            "maximum-nodes",
            deployed({**REPLACED, "did": "deleted"}),
            Risk.UNKNOWN,
            f"{CONTRADICTS}Node group `General` was deleted, and no sentence says so.",
        ),
        (
            "nat-single",
            deployed(*GATEWAYS),
            Risk.REMOVES,
            "safe: A rehearsal on an emulated account **deployed** the change. Resources: 4 deleted.",
        ),
        (
            "nat-single",
            deployed(*GATEWAYS[1:]),
            Risk.UNKNOWN,
            f"{CONTRADICTS}NAT gateway `PublicB` was not deleted.",
        ),
        (
            "nat-single",
            deployed({**GATEWAYS[0], "did": "left behind"}, *GATEWAYS[1:]),
            Risk.UNKNOWN,
            f"{CONTRADICTS}NAT gateway `PublicB` was left in the account, and no sentence says so.",
        ),
        (
            "cidr-changed",
            deployed(),
            Risk.UNKNOWN,
            f"{CONTRADICTS}it deployed what can't be deployed by what stands here.",
        ),
        (
            "maximum-nodes",
            {"outcome": "stopped", "rows": [{**UPDATED, "did": "failed", "why": "no `quota`"}]},
            Risk.REFUSED,
            f"{FAILS}stopped there: Node group `General`: `no 'quota'`.",
        ),
        (
            "maximum-nodes",
            {"outcome": "rolled back", "why": "❌ Prod-Cluster failed"},
            Risk.REFUSED,
            f"{FAILS}was rolled back: `❌ Prod-Cluster failed`.",
        ),
        (
            "maximum-nodes",
            {"outcome": "not rehearsed", "why": "no chart"},
            Risk.UNKNOWN,
            f"{NOT_REHEARSED}: `no chart`.",
        ),
        (
            "maximum-nodes",
            deployed(UPDATED, destroyed="❌ in use"),
            Risk.WEAKENS,
            "weakens: After the rehearsal, the environment **could not be destroyed**: `❌ in use`.",
        ),
    ],
)
def test_a_rehearsal_is_part_of_the_review(
    head: str, rehearsal: object, *, risk: Risk, says: str, heads: Path, prod: Environment
) -> None:
    """What it did, or that it contradicts what stands there; then nobody knows which is right."""
    review = rehearsed(prod, assembly_at(heads / head).environments()["Prod"], rehearsal)

    assert says in texts(review)
    assert review.risk is risk
    contradictions = [each for each in texts(review) if each.startswith(CONTRADICTS)]
    assert contradictions == [says] * (risk is Risk.UNKNOWN and says.startswith(CONTRADICTS))


def test_a_contradiction_stands_first(heads: Path, prod: Environment) -> None:
    """Above what the review said, also where nothing else is shown; the page has it, too."""
    head = assembly_at(heads / "cidr-changed").environments()["Prod"]
    review = rehearsed(prod, head, deployed())

    for text in (markdown(review), html(review)):
        above = text.partition("<details>")[0]
        assert above.index("The rehearsal contradicts this review") < above.index("AWS refuses")


def test_what_has_no_effect_is_still_said(prod: Environment) -> None:
    """That it was deployed says nothing of what it does."""
    policies: list[dict[str, Any]] = [
        {"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        for actions in (["s3:GetObject", "s3:*"], ["s3:*"])
    ]
    before, after = (
        with_resource(
            prod, "Cluster", "R", "AWS::IAM::Role", {"Policies": [{"PolicyDocument": each}]}
        )
        for each in policies
    )
    said = texts(rehearsed(before, after, deployed()))
    assert [each for each in said if "effect that this review knows of" in each]


def test_the_timeline_is_a_table(heads: Path, prod: Environment) -> None:
    """Of what the change touches, with the seconds and why it failed."""
    head = assembly_at(heads / "instance-type").environments()["Prod"]
    failed = {**REPLACED, "did": "failed", "why": "no | room"}
    text = markdown(rehearsed(prod, head, {"outcome": "stopped", "rows": [failed, None]}))
    assert "**Rehearsal on an emulated account**" in text
    gone = markdown(rehearsed(prod, head, deployed({**REPLACED, "did": "deleted", "to": None})))
    assert "| Prod/Cluster node group `General` | 1.0 | - | deleted |" in gone
    assert "| Prod/Cluster node group `General` | 1.0 | 2.5 | failed `no &#124; room` |" in text


@pytest.mark.parametrize("odd", [None, [], "deployed", {"outcome": 1}, {"rows": [{"did": []}]}])
def test_an_odd_rehearsal_says_nothing(odd: object, heads: Path, prod: Environment) -> None:
    """It is a file, so anything may stand in it."""
    head = assembly_at(heads / "maximum-nodes").environments()["Prod"]
    assert not any("ehears" in each for each in texts(rehearsed(prod, head, odd)))


def test_the_command_reads_it(
    heads: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A contradiction is a failure of the review."""
    file = tmp_path / "rehearsal.json"
    file.write_text('{"Prod": {"outcome": "deployed", "destroyed": "done"}}', encoding="utf-8")
    arguments = [str(heads / "base"), str(heads / "instance-type"), "--rehearsal", str(file)]

    assert main(arguments) == FAILED
    assert "contradicts this review" in capsys.readouterr().out
