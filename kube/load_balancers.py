"""Whether a load balancer that an object asks for faces the internet.

Source: AWS Load Balancer Controller, "Service annotations" and "Ingress annotations"; Kubernetes,
"Internal load balancer".
"""

from __future__ import annotations

from kube.values import look_up, text

SERVICE = "service.beta.kubernetes.io/aws-load-balancer"
SCHEME = f"{SERVICE}-scheme"
INGRESS_SCHEME = "alb.ingress.kubernetes.io/scheme"
FACING = "internet-facing"


def internet_facing(obj: object) -> bool:
    """Tell whether an object asks for a load balancer that faces the internet."""
    annotations = look_up(obj, "metadata", "annotations")
    match text(obj, "kind"):
        case "IngressClassParams":
            return text(obj, "spec", "scheme") == FACING
        case "Ingress":
            return text(annotations, INGRESS_SCHEME) == FACING
        case "Service" if text(obj, "spec", "type") == "LoadBalancer":
            if scheme := text(annotations, SCHEME):
                return scheme == FACING
            # The controller's default is internal, that of Kubernetes itself is internet-facing.
            return not by_controller(obj) and text(annotations, f"{SERVICE}-internal") != "true"
        case _:
            return False


def by_controller(obj: object) -> bool:
    """Tell whether the controller makes the load balancer of a Service, and not Kubernetes itself."""
    kind = text(obj, "metadata", "annotations", f"{SERVICE}-type")
    return kind in {"external", "nlb-ip"} or look_up(obj, "spec", "loadBalancerClass") is not None


def is_network(obj: object) -> bool:
    """Tell whether the load balancer of a Service is a Network Load Balancer.

    Kubernetes itself makes a Classic Load Balancer, unless an annotation says nlb.
    """
    return by_controller(obj) or text(obj, "metadata", "annotations", f"{SERVICE}-type") == "nlb"
