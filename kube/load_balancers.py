"""Whether a load balancer that an object asks for faces the internet.

Source: AWS Load Balancer Controller, "Service annotations" and "Ingress annotations"; Kubernetes,
"Internal load balancer".
"""

from __future__ import annotations

from kube.values import known, look_up, text

SERVICE = "service.beta.kubernetes.io/aws-load-balancer"
SCHEME = f"{SERVICE}-scheme"
INGRESS_SCHEME = "alb.ingress.kubernetes.io/scheme"
FACING = "internet-facing"
_NAMES = (f"{SERVICE}-name", "alb.ingress.kubernetes.io/load-balancer-name")
_GROUP = "alb.ingress.kubernetes.io/group.name"


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


def name_of(obj: object) -> str:
    """Return the name that a Service, an Ingress or the parameters of a class give a load balancer."""
    annotations = look_up(obj, "metadata", "annotations")
    names = (
        *(look_up(annotations, each) for each in _NAMES),
        look_up(obj, "spec", "loadBalancerName"),
    )
    makes_one = text(obj, "kind") != "Service" or text(obj, "spec", "type") == "LoadBalancer"
    said = (each for each in names if makes_one and isinstance(each, str) and known(each))
    return next(filter(None, said), "")


def class_of(ingress: object) -> object:
    """Return the class of an Ingress, None for the default one."""
    annotations = look_up(ingress, "metadata", "annotations")
    old = look_up(annotations, "kubernetes.io/ingress.class")
    return look_up(ingress, "spec", "ingressClassName") or old


def group_of(ingress: object, parameters: object) -> str:
    """Return the group whose members share a load balancer; the parameters of a class come first."""
    own = text(ingress, "metadata", "annotations", _GROUP)
    return text(parameters, "spec", "group", "name") or own
