"""The loop that runs the reconcilers."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence

import botocore.exceptions
import httpx

from local_aws.kubernetes.client import ApiStatusError
from local_aws.kubernetes.controllers.context import Context, Reconciler
from local_aws.kubernetes.controllers.daemon_sets import DaemonSets
from local_aws.kubernetes.controllers.deployments import Deployments
from local_aws.kubernetes.controllers.disruption_budgets import DisruptionBudgets
from local_aws.kubernetes.controllers.endpoints import Endpoints
from local_aws.kubernetes.controllers.housekeeping import Housekeeping
from local_aws.kubernetes.controllers.kubelet import Kubelets
from local_aws.kubernetes.controllers.nodes import Nodes
from local_aws.kubernetes.controllers.replica_sets import ReplicaSets
from local_aws.kubernetes.controllers.scheduler import Scheduler
from local_aws.load_balancers.controller import LoadBalancerController

# What is said while the API server or the emulator is away.
_AWAY = (
    httpx.HTTPError,
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
)

BUSY_SECONDS = 0.2
IDLE_SECONDS = 1.0

# In the order in which each one's work is the next one's cause, so that a round goes far.
RECONCILERS: list[Callable[[Context], Reconciler]] = [
    Nodes,
    Deployments,
    ReplicaSets,
    DaemonSets,
    Scheduler,
    Kubelets,
    Endpoints,
    DisruptionBudgets,
    Housekeeping,
    LoadBalancerController,
]


class Loop:
    """Runs reconcilers round after round: fast while things change, slower when nothing does."""

    def __init__(self, reconcilers: Sequence[Reconciler]) -> None:
        self._reconcilers = reconcilers
        self._troubles: dict[Reconciler, str] = {}

    def round(self) -> bool:
        """Run each reconciler once; returns whether something changed."""
        changed = False
        for reconciler in self._reconcilers:
            changed |= self._run(reconciler)
        return changed

    def run(self) -> None:
        """Run for ever."""
        while True:
            time.sleep(BUSY_SECONDS if self.round() else IDLE_SECONDS)

    def _run(self, reconciler: Reconciler) -> bool:
        try:
            changed = reconciler.reconcile()
        except ApiStatusError as error:
            # A write that came too late is normal: the next round sees what there is now.
            if error.reason not in ("AlreadyExists", "Conflict", "NotFound"):
                self._note(reconciler, str(error))
                return False
            changed = True
        except _AWAY as error:
            self._note(reconciler, f"{type(error).__name__}: {error}")
            return False
        except Exception as error:  # noqa: BLE001 - one controller's bug must not stop the others
            self._note(reconciler, "".join(traceback.format_exception(error)))
            return False
        if self._troubles.pop(reconciler, None):
            print(f"{_name(reconciler)}: all is well again", flush=True)  # noqa: T201 - the process' log
        return changed

    def _note(self, reconciler: Reconciler, trouble: str) -> None:
        """Log a trouble once, not each second while it lasts."""
        if self._troubles.get(reconciler) != trouble:
            self._troubles[reconciler] = trouble
            words = f"{_name(reconciler)}: {trouble}; trying again"
            print(words, file=sys.stderr, flush=True)  # noqa: T201 - the process' log


def _name(reconciler: Reconciler) -> str:
    return type(reconciler).__name__
