"""What fits.yaml asks about the pools and classes of Karpenter and EKS Auto Mode."""

from __future__ import annotations

from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from capacity.instance_labels import facts, known_values, meets
from capacity.instance_types import every_type
from guardrails.rules.versions import minor_for
from kube.quantities import amount
from kube.values import Json, dicts, items, known, look_up, text


def of_pool(_: Environment, item: KubernetesObject) -> Json:
    """Return the most nodes of a pool, and its requirements if no instance type meets them all."""
    template = look_up(item.spec, "template", "spec")
    domain = text(template, "nodeClassRef", "group")
    wanted = [
        (text(each, "key"), text(each, "operator"), [*map(text, items(each, "values"))])
        for each in dicts(template, "requirements")
    ]
    judged = [each for each in wanted if known_values(each[0], domain)]
    # A type newer than the data may be the one that is meant.
    sure = known(look_up(template, "requirements")) and all(
        {*values} <= known_values(key, domain)
        for key, operator, values in judged
        if operator == "In"
    )
    fits = (all(meets(facts(kind, domain), *each) for each in judged) for kind in every_type())
    unfit = sure and bool(judged) and not any(fits)
    said = ", ".join(f"{key} {how} {'|'.join(values)}" for key, how, values in judged)
    most = amount(look_up(item.spec, "limits", "nodes"))
    return {"unfit": said if unfit else None, "most": most and int(most)}


def of_class(environment: Environment, item: KubernetesObject) -> Json:
    """Return the minor of the cluster that the nodes of a class join."""
    return {"minor": minor_for(environment, item.resource)}
