"""What several tests need: the synthesized assembly, and small apps for single constructs."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Template = Mapping[str, Any]

ROOT = Path(__file__).parents[1]
ASSET_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
"""A SHA-256 of an asset: the only thing that snapshots mask."""


@functools.cache
def context() -> dict[str, Any]:
    """Return the feature flags of cdk.json, which tests would not see otherwise (aws-cdk#18535)."""
    flags: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return flags


def flight_mode() -> dict[str, str]:
    """Return a process environment without anything of AWS, as on a machine that was never used."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", "CDK_DISABLE_CLI_TELEMETRY": "true"}


def run_app(outdir: Path) -> subprocess.CompletedProcess[str]:
    """Run app.py as the CDK CLI does, into `outdir`."""
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, str(ROOT / "app.py")],
        cwd=ROOT,
        env={
            **flight_mode(),
            "CDK_OUTDIR": str(outdir),
            "CDK_CONTEXT_JSON": json.dumps(context()),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly on disk. Stacks go by their path, such as `Dev/Network`."""

    path: Path

    @functools.cached_property
    def template_files(self) -> Mapping[str, Path]:
        """Return the template of each stack."""
        return dict(sorted(_template_files(self.path)))

    @functools.cached_property
    def templates(self) -> Mapping[str, Template]:
        """Return the parsed template of each stack."""
        return {
            stack: json.loads(file.read_text(encoding="utf-8"))
            for stack, file in self.template_files.items()
        }

    @functools.cached_property
    def report(self) -> Mapping[str, Any]:
        """Return the validation report of all plugins."""
        text = (self.path / "validation-report.json").read_text(encoding="utf-8")
        report: Mapping[str, Any] = json.loads(text)
        return report


def _template_files(assembly: Path) -> Iterator[tuple[str, Path]]:
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    for artifact in manifest["artifacts"].values():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _template_files(assembly / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            # The display name is "Dev/Network (Dev-Network)".
            stack = artifact["displayName"].split(" ")[0]
            yield stack, assembly / properties["templateFile"]


def resources_of(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a CloudFormation type by their logical ids."""
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def only(template: Template, kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type."""
    found = list(resources_of(template, kind).values())
    assert len(found) == 1, f"{len(found)} resources of type {kind}"
    properties: dict[str, Any] = found[0]["Properties"]
    return properties


def kubernetes_objects(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each Kubernetes object of a template with the logical id of its resource.

    What CloudFormation fills in at deploy, such as an image's address, shows as a plain word.
    """
    for logical_id, resource in resources_of(
        template, "Custom::AWSCDK-EKS-KubernetesResource"
    ).items():
        for item in json.loads(joined(resource["Properties"]["Manifest"])):
            yield logical_id, item


def joined(value: Any) -> str:
    """Return a string or Fn::Join as text, each intrinsic function inside it as a plain word."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        text: str = separator.join(joined(part) for part in parts)
        return text
    if "Fn::Sub" in value:
        return re.sub(r"\$\{[^}]*\}", "value", value["Fn::Sub"])
    return "value"
