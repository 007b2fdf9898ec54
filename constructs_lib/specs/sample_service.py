"""What an environment says about the sample service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from constructs_lib.specs.base import Problem, Spec, rule
from constructs_lib.specs.types import Cidr

API_NAMESPACE = "sample"
API_LABELS = {
    "app.kubernetes.io/name": "sample-api",
    "app.kubernetes.io/component": "api",
    "app.kubernetes.io/part-of": "sample",
}
"""What a Fargate profile sees of the API's pods: sample_service/manifests/api/deployment.yaml."""

Replicas = Annotated[int, Field(ge=2)]


class SampleServiceSpec(Spec):
    """Two containers that talk to each other: a web front on nodes, an API on Fargate."""

    web_replicas: Replicas = 2
    """Pods of the web front, at least two."""
    api_replicas: Replicas = 2
    """Pods of the API, at least two."""
    load_balancer_scheme: Literal["internal", "internet-facing"] = "internal"
    """Who can reach the load balancer: the VPC, or the internet."""
    load_balancer_source_ranges: tuple[Cidr, ...]
    """The networks that may reach the load balancer; 0.0.0.0/0 is everybody."""

    @rule
    def somebody_reaches_the_load_balancer(self) -> Iterator[Problem]:
        """An empty list would mean everybody to the controller."""
        if not self.load_balancer_source_ranges:
            yield Problem(
                at="load_balancer_source_ranges",
                got=(),
                allowed="at least one network; the controller takes an empty list for everybody",
                mend="name the networks, or write ('0.0.0.0/0',) if everybody is meant",
            )
