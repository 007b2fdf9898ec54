"""All that we add to MiniStack: what is imported here replaces something in it."""

from __future__ import annotations

from local_aws.emulator import (
    drift,
    events,
    iam,
    internals,
    lambda_functions,
    load_balancers,
    ordering,
    other_services,
    permissions,
    refusals,
    stacks,
)
from local_aws.emulator.ec2 import rules
from local_aws.emulator.ec2 import types as ec2_types
from local_aws.emulator.ec2.engine import Ec2Type, Hooks
from local_aws.emulator.eks import clusters, routes
from local_aws.emulator.eks import types as eks_types
from local_aws.emulator.eks.engine import EksType
from local_aws.emulator.registry import ROWS, register, register_reader
from local_aws.kubernetes_hosts import ProcessHost

PATCHING = (events, load_balancers, ordering, other_services, refusals, routes)
"""Modules that only replace."""


def install(kubernetes_host: ProcessHost) -> None:
    """Extend MiniStack; call it once, before it serves."""
    clusters.HOSTS[:] = [kubernetes_host]
    internals.apply()
    hooks = {**ec2_types.TYPES, **rules.TYPES}
    for name in ROWS:
        if name.startswith("AWS::EC2::"):
            register(Ec2Type(name, hooks.get(name, Hooks())))
    for name, calls in eks_types.TYPES.items():
        register(EksType(name, calls))
    for name, (read, readable) in drift.READERS.items():
        register_reader(name, read, frozenset([readable]))
    for module in (iam, lambda_functions, permissions):
        module.install()
    stacks.make_warm_pools()
    stacks.keep_name_of_log_groups()
