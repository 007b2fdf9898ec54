"""Every acknowledgement of an assembly with what it met: ours, cdk-nag's and the CDK's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guardrails.acknowledgements import Acknowledgement

BY_THE_CDK = {"CloudFormation-Validate::F3002", "CloudFormation-Validate::F3003"}
"""The CDK acknowledges these itself, beside each flow log."""


def acknowledgements_in(assembly: Path) -> list[Acknowledgement]:
    """Return what was acknowledged in an assembly, as `cdk synth` left it with its report.

    What belongs to a plugin that didn't run is left out, and so are acknowledged annotations: the CDK
    drops those warnings before it writes the report, and nothing tells whether they were there.
    """
    report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
    ran = {plugin["pluginName"].replace(" ", "-") for plugin in report["pluginReports"]}
    met: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for plugin in report["pluginReports"]:
        for finding in plugin.get("suppressedViolations", ()):
            key = (finding["acknowledgedId"], finding["acknowledgedAt"])
            met.setdefault(key, []).append(finding)
    return [
        Acknowledgement(
            finding=finding,
            path=path,
            reason=reason,
            description=" ".join(item["description"] for item in met.get((finding, path), ())),
            met=frozenset(
                construct["constructPath"]
                for item in met.get((finding, path), ())
                for construct in item["violatingConstructs"]
            ),
        )
        for path, finding, reason in _written(assembly)
        if finding.partition("::")[0] in ran
    ]


def _written(assembly: Path) -> Iterator[tuple[str, str, str]]:
    for file in sorted(assembly.rglob("*.metadata.json")):
        for path, entries in json.loads(file.read_text(encoding="utf-8")).items():
            for entry in entries:
                if entry["type"] == "aws:cdk:acknowledged-rules":
                    for finding, reason in entry["data"].items():
                        if finding not in BY_THE_CDK:
                            yield path.removeprefix("/"), finding, reason
