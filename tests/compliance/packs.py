"""cdk-nag's packs for NIST 800-53 r5, PCI DSS and HIPAA over prod, and what is answered to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.reference import prod
from tests.support import ROOT

FOLDER = Path(__file__).parent
DOCUMENT = ROOT / "docs" / "compliance.md"
PACKS = ("NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered to a rule of the packs at some constructs; * stands for a part of a path."""

    rule: str
    where: str
    reason: str

    def meets(self, finding: Finding) -> bool:
        """Tell whether this answers a finding."""
        pattern = re.escape(self.where).replace(r"\*", "[^/]*")
        return self.rule == finding.rule and re.fullmatch(pattern, finding.where) is not None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule of some pack that a construct breaks; packs share the names of their rules."""

    pack: str
    rule: str
    where: str


def answers() -> list[Answer]:
    """Return the table of answers."""
    table = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))
    return [Answer(**row) for row in table]


def findings(folder: Path) -> Iterator[Finding]:
    """Yield what the packs found in an assembly."""
    report: Any = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    for pack in report["pluginReports"]:
        for violation in pack["violations"]:
            for construct in violation["violatingConstructs"]:
                yield Finding(
                    pack=pack["pluginName"],
                    rule=violation["ruleName"].removeprefix(f"{pack['pluginName']}-"),
                    where=construct["constructPath"],
                )


def document() -> str:
    """Return docs/compliance.md."""
    benchmark = json.loads((FOLDER / "cis_eks_benchmark.json").read_text(encoding="utf-8"))
    return (
        (FOLDER / "compliance.md")
        .read_text(encoding="utf-8")
        .format(
            answers=_table(
                ("rule", "where", "answer"),
                ((each.rule, f"`{each.where}`", each.reason) for each in answers()),
            ),
            benchmark=_table(
                ("item", "about", "state", "how", "where"),
                (
                    *(
                        (row["items"], row["title"], row["state"], row["how"], _link(row["where"]))
                        for row in benchmark
                    ),
                ),
            ),
        )
    )


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    lines = (heads, ("---",) * len(heads), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _link(where: str) -> str:
    return f"[{Path(where).name}](../{where})"


def main(folder: Path) -> None:
    """Synthesize prod under the packs."""
    import aws_cdk as cdk  # noqa: PLC0415  # the tests read the report without the CDK
    import cdk_nag  # noqa: PLC0415

    from stacks.platform import PlatformStage  # noqa: PLC0415

    app = cdk.App(outdir=str(folder))
    cdk.Validations.of(app).add_plugins(
        cdk_nag.NIST80053R5Checks(app),
        cdk_nag.PCIDSS321Checks(app),
        cdk_nag.HIPAASecurityChecks(app),
    )
    PlatformStage(app, prod.ENVIRONMENT)
    try:
        app.synth()
    except RuntimeError as error:
        # That there are findings; the report has them.
        if "ValidationFailed" not in str(error):
            raise
