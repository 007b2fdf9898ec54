"""Rules for production, and for what an environment may lose."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.cluster import ALL_LOG_TYPES, open_to_everybody


class ProductionRules(EnvironmentFields):
    """Protection of what must not be lost."""

    @rule
    def an_open_endpoint_is_not_for_production(self) -> Iterator[Problem]:
        """Production names the networks that reach its API server."""
        cidrs = self.cluster.endpoint_public_access_cidrs
        if self.production and open_to_everybody(cidrs):
            yield Problem(
                at="cluster.endpoint_public_access_cidrs",
                got=cidrs,
                allowed="specific networks in a production environment",
                fix="list your networks, or set endpoint_public_access=False",
            )

    @rule
    def production_is_protected(self) -> Iterator[Problem]:
        """Production can't be deleted by one command."""
        if not self.production:
            return
        if not self.termination_protection:
            yield Problem(
                at="termination_protection",
                got=False,
                allowed="True in a production environment",
                fix="set termination_protection=True",
            )
        if not self.protected_logs:
            yield Problem(
                at="protected_logs",
                got=False,
                allowed="True in a production environment",
                fix="set protected_logs=True",
            )
        if self.removal_policy != "retain":
            yield Problem(
                at="removal_policy",
                got=self.removal_policy,
                allowed="'retain' in a production environment",
                fix="set removal_policy='retain'",
            )

    @rule
    def production_clusters_are_protected(self) -> Iterator[Problem]:
        """Production's cluster can't be deleted by one call, and its audit trail is whole."""
        if not self.production:
            return
        if not self.cluster.deletion_protection:
            yield Problem(
                at="cluster.deletion_protection",
                got=False,
                allowed="True in a production environment",
                fix="set deletion_protection=True",
            )
        missing = [name for name in ALL_LOG_TYPES if name not in self.cluster.enabled_log_types]
        if missing:
            yield Problem(
                at="cluster.enabled_log_types",
                got=self.cluster.enabled_log_types,
                allowed=f"{', '.join(ALL_LOG_TYPES)} in a production environment",
                fix=f"add {', '.join(missing)}",
            )

    @rule
    def administrators_of_production_are_named(self) -> Iterator[Problem]:
        """One permission on the account's roles, as many tools have, is not enough to take one."""
        if not self.production:
            return
        for index, _ in readable(self.access.roles, "name"):
            role = self.access.roles[index]
            if role.is_powerful and not role.trusted_principal_arns and not role.require_mfa:
                yield Problem(
                    at=f"access.roles[{index}].trusted_principal_arns",
                    got=(),
                    allowed="named principals, or require_mfa=True, for a role that administers a "
                    "production cluster: without them it trusts the whole account",
                    fix="name the role that your administrators assume, or set require_mfa=True",
                )

    @rule
    def accepted_replacements_are_its_own(self) -> Iterator[Problem]:
        """A consent names a resource of this environment."""
        for name in self.accepted_replacements:
            if "/" in name and not name.startswith(f"{self.stage_id}/"):
                yield Problem(
                    at=f"accepted_replacements[{name!r}]",
                    got=name,
                    allowed=f"a construct path that begins with {self.stage_id}/, or a logical id",
                    fix="copy the path that `make check` prints, or remove it",
                )
