"""An EKS add-on that the platform doesn't install by itself.

Any name that `aws eks describe-addon-versions` lists can be given, unless it looks like a typo of one
that this project knows. For those in
add_on_presets.json this project knows the service accounts with their policies, and what they need
beside them (EKS user guide, "AWS add-ons" and "Community add-ons").

`configuration` is checked where add_on_schemas/ has a file NAME.json with the output of `aws eks
describe-addon-configuration --addon-name NAME --addon-version VERSION`; without one the synth says
that it is not.
"""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from capacity.quotas import PODS_ON_LARGE_NODES
from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.kubernetes_versions import RELEASES
from constructs_lib.specs.permissions import PermissionsSpec
from constructs_lib.specs.plain_values import plain
from constructs_lib.specs.types import DnsLabel, shaped

PRESETS: Mapping[str, Mapping[str, Any]] = json.loads(
    (Path(__file__).parent / "add_on_presets.json").read_text(encoding="utf-8")
)
SCHEMAS = Path(__file__).parent / "add_on_schemas"
KNOWN = {*PRESETS, *(name for release in RELEASES.values() for name in release.add_ons)}
LIKELY_TYPO = 0.87
"""A name this near to a known one is a typo; the add-ons that EKS offers differ by more."""


def _add_on_name(value: str) -> str:
    """Refuse a typo: EKS would be the first to tell, at deploy."""
    near = difflib.get_close_matches(value, KNOWN, n=1, cutoff=LIKELY_TYPO)
    if near and value not in KNOWN and _schema(value) is None:
        raise refused(
            f"a name that is not nearly that of another add-on; did you mean {near[0]}?",
            f"write name={near[0]!r}; if EKS has an add-on {value}, save its schema as "
            f"constructs_lib/specs/add_on_schemas/{value}.json (docs/add-ons.md)",
        )
    return value


AddOnName = Annotated[
    str,
    shaped(
        r"[a-z0-9][a-z0-9_-]{0,98}[a-z0-9]",
        "the name of an EKS add-on, in lower case",
        "copy one that `aws eks describe-addon-versions` lists, such as aws-efs-csi-driver",
    ),
    AfterValidator(_add_on_name),
]
AddOnVersion = Annotated[
    str,
    shaped(
        r"v\d+\.\d+\.\d+(-[0-9a-z.]+)*-eksbuild\.\d+",
        "a version in EKS's format, such as v2.1.10-eksbuild.1",
        "copy one that `aws eks describe-addon-versions --addon-name NAME` lists, or use None",
    ),
]
Count = Annotated[int, Field(ge=0)]


class AddOnSpec(Spec):
    """One EKS add-on."""

    name: AddOnName
    """The add-on's name, such as aws-efs-csi-driver."""
    version: AddOnVersion | None = None
    """Its version; None uses EKS's default for the cluster's Kubernetes version at deploy."""
    namespace: DnsLabel | None = None
    """The namespace to install it in; None uses the add-on's own. It can't be changed later."""
    configuration: Annotated[Mapping[str, object], AfterValidator(plain)] = {}
    """Its configuration values, as `aws eks describe-addon-configuration` describes them."""
    service_accounts: Mapping[DnsLabel, PermissionsSpec] = {}
    """AWS permissions of its service accounts, by name; they replace those of the preset."""
    pods: Count | None = None
    """How many pods it runs beside its DaemonSets, for the plan; None counts none."""
    pods_per_node: Annotated[int, Field(ge=0, le=PODS_ON_LARGE_NODES)] | None = None
    """How many of its pods run on every node, for the plan; None uses the preset."""

    @property
    def permissions(self) -> Mapping[str, PermissionsSpec]:
        """Return what each service account may do: the environment's word, or the known policies."""
        known = PRESETS.get(self.name, {}).get("service_accounts", {})
        presets = {
            account: PermissionsSpec(managed_policies=tuple(policies))
            for account, policies in known.items()
        }
        return {**presets, **self.service_accounts}

    @property
    def after(self) -> tuple[str, ...]:
        """Return the names of the add-ons that it needs to start."""
        return tuple(PRESETS.get(self.name, {}).get("after", ()))

    @property
    def daemons(self) -> int:
        """Return how many pods of it are known to run on every node."""
        preset = int(PRESETS.get(self.name, {}).get("daemon", False))
        return preset if self.pods_per_node is None else self.pods_per_node

    @property
    def is_counted(self) -> bool:
        """Tell whether it is known what it runs, from the environment or a preset."""
        stated = self.pods, self.pods_per_node
        return self.name in PRESETS or stated != (None, None)

    @property
    def is_checked(self) -> bool:
        """Tell whether a schema of the add-on's configuration is at hand."""
        return not self.configuration or _schema(self.name) is not None

    @rule
    def service_accounts_have_permissions(self) -> Iterator[Problem]:
        """The add-on brings its accounts; a role without permissions only looks as if it were needed."""
        for account, permissions in self.service_accounts.items():
            if permissions.is_empty:
                yield Problem(
                    at=f"service_accounts[{account!r}].managed_policies",
                    got=(),
                    allowed="at least one managed policy or statement",
                    fix="add one, or remove the service account",
                )

    @rule
    def service_accounts_are_complete(self) -> Iterator[Problem]:
        """Some add-ons are useless without permissions that only their user can name."""
        for account, actions in PRESETS.get(self.name, {}).get("asks", {}).items():
            if account not in self.service_accounts:
                yield Problem(
                    at="service_accounts",
                    got=dict(self.service_accounts),
                    allowed=f"permissions for {account!r}; {self.name} doesn't work without them",
                    fix=f"add {account!r}: PermissionsSpec(statements=(StatementSpec(…),)) with "
                    f"{actions}",
                )

    @rule
    def configuration_follows_its_schema(self) -> Iterator[Problem]:
        """EKS refuses other values, at deploy."""
        schema = _schema(self.name) if self.configuration else None
        if schema is None:
            return
        # Few environments configure an add-on, and the import takes a fifth of a second.
        from jsonschema import validators  # noqa: PLC0415

        validator = validators.validator_for(schema)(schema)
        for error in sorted(
            validator.iter_errors(self.configuration), key=lambda each: each.json_path
        ):
            yield Problem(
                at="configuration" + error.json_path.removeprefix("$"),
                got=error.instance,
                allowed=f"a value that the schema of {self.name} accepts: {error.message}",
                fix=f"see `aws eks describe-addon-configuration --addon-name {self.name}`",
            )


@functools.cache
def _schema(name: str) -> Mapping[str, Any] | None:
    file = SCHEMAS / f"{name}.json"
    if not file.is_file():
        return None
    schema: Mapping[str, Any] = json.loads(
        json.loads(file.read_text(encoding="utf-8"))["configurationSchema"]
    )
    return schema
