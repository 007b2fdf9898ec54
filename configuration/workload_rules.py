"""Rules over an environment's namespaces, who may use them, and what runs there."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.distinct import distinct_names
from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES
from constructs_lib.specs.network import ExistingNetworkSpec
from constructs_lib.specs.sample_service import API_LABELS, API_NAMESPACE


class WorkloadRules(EnvironmentFields):
    """Namespaces, bindings and the sample service."""

    @rule
    def names_of_namespaces_are_distinct(self) -> Iterator[Problem]:
        """A namespace exists once."""
        yield from distinct_names("namespaces", self.namespaces)

    @rule
    def kubernetes_keeps_its_namespaces(self) -> Iterator[Problem]:
        """A namespace of the platform goes with its stack, and Kubernetes needs these."""
        for index, name in readable(self.namespaces, "name"):
            if name in BUILT_IN_NAMESPACES:
                yield Problem(
                    at=f"namespaces[{index}].name",
                    got=name,
                    allowed=f"another namespace than {', '.join(BUILT_IN_NAMESPACES)}",
                    mend="remove it; it exists in every cluster",
                )

    @rule
    def bindings_name_namespaces_that_exist(self) -> Iterator[Problem]:
        """A RoleBinding needs its namespace."""
        known = {*BUILT_IN_NAMESPACES, *(namespace.name for namespace in self.namespaces)}
        for field in ("roles", "entries"):
            for index, groups in readable(getattr(self.access, field), "kubernetes_groups"):
                for number, namespaces in readable(groups, "namespaces"):
                    unknown = [name for name in namespaces if name not in known]
                    if unknown:
                        yield Problem(
                            at=f"access.{field}[{index}].kubernetes_groups[{number}].namespaces",
                            got=namespaces,
                            allowed=f"some of {', '.join(sorted(known))}",
                            mend=f"add {', '.join(unknown)} to the environment's namespaces",
                        )

    @rule
    def the_sample_service_has_what_it_needs(self) -> Iterator[Problem]:
        """Its web front runs on nodes and is reached through the controller."""
        service = self.sample_service
        if service is None:
            return
        if self.add_ons.load_balancer_controller is None:
            yield Problem(
                at="sample_service",
                got="SampleServiceSpec",
                allowed="None without add_ons.load_balancer_controller",
                mend="add the controller, or set sample_service=None",
            )
        if not any(not group.taints for group in self.node_groups):
            yield Problem(
                at="sample_service",
                got="SampleServiceSpec",
                allowed="None without a node group that has no taints: the web front runs there",
                mend="add such a node group, or set sample_service=None",
            )
        if not any(profile.selects(API_NAMESPACE, API_LABELS) for profile in self.fargate_profiles):
            yield Problem(
                at="sample_service",
                got="SampleServiceSpec",
                allowed="None without a Fargate profile that selects the API: its image is amd64, "
                "as Fargate is",
                mend=f"add a profile for namespace {API_NAMESPACE!r} with the label "
                "app.kubernetes.io/component=api, or set sample_service=None",
            )
        if (
            service.load_balancer_scheme == "internet-facing"
            and isinstance(self.network, ExistingNetworkSpec)
            and not self.network.public_subnets
        ):
            yield Problem(
                at="sample_service.load_balancer_scheme",
                got="internet-facing",
                allowed="'internal' in a network without public subnets",
                mend="set 'internal', or name network.public_subnets",
            )
