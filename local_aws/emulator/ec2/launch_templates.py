"""Launch templates, for drift detection; MiniStack has the rest."""

from __future__ import annotations

from local_aws.emulator.ec2.amended import AmendedType
from local_aws.emulator.internals import EC2
from local_aws.emulator.schemas import Properties


class LaunchTemplate(AmendedType):
    """AWS::EC2::LaunchTemplate."""

    name = "AWS::EC2::LaunchTemplate"
    readable = frozenset({"LaunchTemplateData", "LaunchTemplateName"})

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the newest version's data."""
        record = EC2.launch_templates.get(physical_id)
        if record is None:
            return None
        newest = max(record["Versions"], key=lambda version: int(version["VersionNumber"]))
        return {**record, "LaunchTemplateData": newest["LaunchTemplateData"]}
