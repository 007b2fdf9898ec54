"""What every reconciler works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.kubernetes.client import Client


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


class Reconciler:
    """Brings the world one step closer to what is wanted."""

    def __init__(self, context: Context) -> None:
        self._api, self._context = context.api, context

    def reconcile(self) -> bool:
        """Look at everything anew, and act; returns whether something changed."""
        raise NotImplementedError
