"""Rules over an environment's namespaces, who may use them, and what runs there."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.distinct import distinct_names
from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.between_workloads import workload_problems
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES


class WorkloadRules(EnvironmentFields):
    """Namespaces, bindings and workloads."""

    @rule
    def names_of_namespaces_are_distinct(self) -> Iterator[Problem]:
        """A namespace exists once."""
        yield from distinct_names("namespaces", self.namespaces)

    @rule
    def kubernetes_keeps_its_namespaces(self) -> Iterator[Problem]:
        """A namespace of the platform is deleted with its stack, and Kubernetes needs these."""
        for index, name in readable(self.namespaces, "name"):
            if name in BUILT_IN_NAMESPACES:
                yield Problem(
                    at=f"namespaces[{index}].name",
                    got=name,
                    allowed=f"a namespace other than {', '.join(BUILT_IN_NAMESPACES)}",
                    fix="remove it; every cluster has it",
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
                            allowed=f"one or more of {', '.join(sorted(known))}",
                            fix=f"add {', '.join(unknown)} to the environment's namespaces",
                        )

    @rule
    def workloads_fit_the_environment(self) -> Iterator[Problem]:
        """Each has what it needs, and none uses the name of another's stack."""
        yield from workload_problems(self.workloads, self)
