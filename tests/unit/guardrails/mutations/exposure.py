"""What would open the real environments to the world."""

from __future__ import annotations

from tests.unit.guardrails.mutations import Mutation, in_resource

CLUSTER = "AWS::EKS::Cluster"

MUTATIONS = (
    Mutation(
        rule="EKS1",
        name="the endpoint is open",
        environment="Prod",
        change=in_resource(
            "Cluster",
            CLUSTER,
            lambda cluster: cluster["ResourcesVpcConfig"].update(EndpointPublicAccess=True),
        ),
        value="0.0.0.0/0",
        mend="endpoint_public_access_cidrs",
    ),
    Mutation(
        rule="EKS2",
        name="a log is off",
        environment="Dev",
        change=in_resource(
            "Cluster",
            CLUSTER,
            lambda cluster: cluster["Logging"]["ClusterLogging"]["EnabledTypes"].pop(1),
        ),
        value="audit",
        mend="enabled_log_types",
    ),
)
