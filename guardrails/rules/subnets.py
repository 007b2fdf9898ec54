"""Which subnets run what, and what leads out of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guardrails.clusters import ADD_ON, KUBECTL, NODE_GROUP, PROFILE, kubectl_handler
from guardrails.environment import Environment, Resource
from guardrails.intrinsics import parsed_json

SUBNET = "AWS::EC2::Subnet"
ENDPOINT = "AWS::EC2::VPCEndpoint"


def named_subnets(
    environment: Environment, resource: Resource, values: Iterable[object]
) -> list[Resource]:
    """Return the subnets of this environment among the values of a property."""
    found = (environment.named_by(resource, value) for value in values)
    return [subnet for subnet in found if subnet is not None and subnet.kind == SUBNET]


def handler_subnets(environment: Environment, handler: Resource) -> list[Resource]:
    """Return the subnets of a Lambda function that are made here."""
    values = handler.properties.get("VpcConfig", {}).get("SubnetIds", ())
    return named_subnets(environment, handler, values)


def users(environment: Environment) -> Iterator[tuple[Resource, list[Resource]]]:
    """Yield whatever runs in subnets of this environment, with these subnets.

    A manifest or chart runs where its kubectl handler does.
    """
    for resource in environment.resources(NODE_GROUP, PROFILE):
        values = resource.properties.get("Subnets", ())
        yield resource, named_subnets(environment, resource, values)
    for resource in environment.resources(*KUBECTL):
        handler = kubectl_handler(environment, resource)
        if handler is not None:
            yield resource, handler_subnets(environment, handler)


def pod_subnets(environment: Environment) -> Iterator[tuple[Resource, list[Resource]]]:
    """Yield the CNI add-on with the subnets of its custom networking."""
    for add_on in environment.resources(ADD_ON):
        written = add_on.properties.get("ConfigurationValues")
        values = parsed_json(written) if written else None
        config = values.get("eniConfig", {}) if isinstance(values, dict) else {}
        if config.get("subnets"):
            # The text is joined from references: they are the subnets, and their order is lost.
            parts = written.get("Fn::Join", ["", []])[1] if isinstance(written, dict) else []
            yield add_on, named_subnets(environment, add_on, [p for p in parts if p != ""])


def route_table(environment: Environment, subnet: Resource) -> Resource | None:
    """Return the route table of a subnet; without one it has the VPC's main table."""
    for association in environment.resources("AWS::EC2::SubnetRouteTableAssociation"):
        if environment.named_by(association, association.properties["SubnetId"]) == subnet:
            return environment.named_by(association, association.properties["RouteTableId"])
    return None


def routes(environment: Environment, subnet: Resource) -> Iterator[Resource]:
    """Yield the routes of a subnet, the local one left out: nobody writes it."""
    table = route_table(environment, subnet)
    for route in environment.resources("AWS::EC2::Route"):
        if (
            table is not None
            and environment.named_by(route, route.properties["RouteTableId"]) == table
        ):
            yield route


def default_route(environment: Environment, subnet: Resource) -> Resource | None:
    """Return the route to everywhere, if the subnet has one."""
    for route in routes(environment, subnet):
        if route.properties.get("DestinationCidrBlock") == "0.0.0.0/0":
            return route
    return None


def is_public(environment: Environment, subnet: Resource) -> bool:
    """Tell whether the default route of a subnet leads to an internet gateway."""
    route = default_route(environment, subnet)
    return route is not None and "GatewayId" in route.properties


def endpoints(environment: Environment, subnet: Resource) -> Iterator[Resource]:
    """Yield the endpoints that a subnet can use.

    An interface endpoint serves its whole VPC, a gateway endpoint the route tables that it names.
    """
    vpc = environment.named_by(subnet, subnet.properties.get("VpcId"))
    table = route_table(environment, subnet)
    for endpoint in environment.resources(ENDPOINT):
        if environment.named_by(endpoint, endpoint.properties.get("VpcId")) != vpc:
            continue
        if endpoint.properties.get("VpcEndpointType", "Gateway") == "Gateway":
            tables = (
                environment.named_by(endpoint, value)
                for value in endpoint.properties.get("RouteTableIds", ())
            )
            if table is not None and table in tables:
                yield endpoint
        else:
            yield endpoint


def ways_out(environment: Environment, names: Iterable[Resource]) -> list[Resource]:
    """Return the routes, NAT gateways, attachments and endpoints that lead out of subnets."""
    found: dict[Resource, None] = {}
    for subnet in names:
        for association in environment.resources("AWS::EC2::SubnetRouteTableAssociation"):
            if environment.named_by(association, association.properties["SubnetId"]) == subnet:
                found[association] = None
        for route in routes(environment, subnet):
            found[route] = None
        for endpoint in endpoints(environment, subnet):
            found[endpoint] = None
    return list(found)
