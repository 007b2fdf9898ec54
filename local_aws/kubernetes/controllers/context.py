"""What every reconciler works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from local_aws.kubernetes.client import Client


class Reconciler(Protocol):
    """Brings the world one step closer to what is wanted."""

    def reconcile(self) -> bool:
        """Look at everything anew, and act; returns whether something changed."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """The cluster, its API server, and AWS: `aws` makes a boto3 client for a service.

    `certificate_authority` is the PEM text that pods are to trust the API server by.
    """

    api: Client
    aws: Callable[[str], Any]
    cluster: str
    region: str
    certificate_authority: str = ""
