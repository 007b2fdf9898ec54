"""Every acknowledgement of an assembly with what it met: ours, cdk-nag's and the CDK's own."""

from __future__ import annotations

from pathlib import Path

from assembly.cloud_assembly import assembly_at
from assembly.index import grouped
from guardrails.acknowledgements import Acknowledgement
from kube.values import dicts, text

BY_THE_CDK = {"CloudFormation-Validate::F3002", "CloudFormation-Validate::F3003"}
"""The CDK acknowledges these itself, beside each flow log."""


def acknowledgements_in(folder: Path) -> list[Acknowledgement]:
    """Return what was acknowledged in an assembly, as `cdk synth` left it with its report.

    What belongs to a plugin that didn't run is left out, and so are acknowledged annotations: the CDK
    drops those warnings before it writes the report, and nothing tells whether they were there.
    """
    assembly = assembly_at(folder)
    plugins = dicts(assembly.report, "pluginReports")
    ran = {text(plugin, "pluginName").replace(" ", "-") for plugin in plugins}
    met = grouped(
        ((text(violation, "acknowledgedId"), text(violation, "acknowledgedAt")), violation)
        for plugin in plugins
        for violation in dicts(plugin, "suppressedViolations")
    )
    return [
        Acknowledgement(
            finding=finding,
            path=path,
            reason=reason,
            description=" ".join(text(each, "description") for each in covered),
            met=frozenset(
                text(construct, "constructPath")
                for each in covered
                for construct in dicts(each, "violatingConstructs")
            ),
        )
        for stack in assembly.stacks
        for path, finding, reason in stack.acknowledgements
        if finding.partition("::")[0] in ran and finding not in BY_THE_CDK
        for covered in [met.get((finding, path), [])]
    ]
