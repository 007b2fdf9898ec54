"""The loop that runs the reconcilers."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.kubernetes.client import ApiStatusError
from local_aws.kubernetes.controllers.context import Context, Reconciler
from local_aws.kubernetes.controllers.housekeeping import Housekeeping
from local_aws.kubernetes.controllers.kubelet import Kubelets
from local_aws.kubernetes.controllers.nodes import Nodes
from local_aws.kubernetes.controllers.scheduler import Scheduler
from local_aws.kubernetes.controllers.workloads import Workloads
from local_aws.load_balancers.controller import LoadBalancerController

BUSY_SECONDS = 0.1
IDLE_SECONDS = 0.8
LONGEST_IDLE_SECONDS = 3.0

# In the order in which each one's work is the next one's cause, so that a round goes far.
RECONCILERS: Sequence[Callable[[Context], Reconciler]] = (
    *(Housekeeping, Nodes, Workloads, Scheduler, Kubelets),
    LoadBalancerController,
)
_LATE = ("AlreadyExists", "Conflict", "NotFound")
_KNOWN = (ApiStatusError, httpx.HTTPError, BotoCoreError, ClientError)
"""What the API server or AWS answers, and what is raised while one is away."""


class Loop:
    """Runs reconcilers round after round: fast while things change, slower the longer nothing does."""

    def __init__(self, reconcilers: Sequence[Reconciler]) -> None:
        self._reconcilers = reconcilers
        self._troubles: dict[Reconciler, str] = {}

    def round(self) -> bool:
        """Run each reconciler once; returns whether something changed."""
        changed = False
        for reconciler in self._reconcilers:
            changed |= self._run(reconciler, type(reconciler).__name__)
        return changed

    def run(self) -> None:
        """Run until the process ends."""
        idle = IDLE_SECONDS
        while True:
            if self.round():
                idle = IDLE_SECONDS
                time.sleep(BUSY_SECONDS)
            else:
                time.sleep(idle)
                idle = min(idle * 1.5, LONGEST_IDLE_SECONDS)

    def _run(self, reconciler: Reconciler, name: str) -> bool:
        try:
            changed = reconciler.reconcile()
        except Exception as error:  # noqa: BLE001 - one controller's bug must not stop the others
            # A write that came too late is normal: the next round sees what there is now.
            if isinstance(error, ApiStatusError) and error.reason in _LATE:
                return True
            known = f"{type(error).__name__}: {error}" if isinstance(error, _KNOWN) else ""
            trouble = known or "".join(traceback.format_exception(error))
            # Once, not each second while it lasts.
            if self._troubles.get(reconciler) != trouble:
                self._troubles[reconciler] = trouble
                print(f"{name}: {trouble}; trying again", file=sys.stderr, flush=True)  # noqa: T201 - the process' log
            return False
        if self._troubles.pop(reconciler, None):
            print(f"{name}: recovered", flush=True)  # noqa: T201 - the process' log
        return changed
