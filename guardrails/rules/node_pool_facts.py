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
    template, most = look_up(item.spec, "template", "spec"), look_up(item.spec, "limits", "nodes")
    domain, every = text(template, "nodeClassRef", "group"), dicts(template, "requirements")
    told = [(text(x, "key"), text(x, "operator"), [*map(text, items(x, "values"))]) for x in every]
    judged = [(key, *rest) for key, *rest in told if known_values(key, domain)]
    # A type newer than the data may be the one that is meant.
    newer = any({*each[2]} - known_values(each[0], domain) for each in judged if each[1] == "In")
    fits = (all(meets(facts(kind, domain), *each) for each in judged) for kind in every_type())
    unfit = known(look_up(template, "requirements")) and not newer and not any(fits)
    said = ", ".join(f"{key} {how} {'|'.join(values)}" for key, how, values in judged)
    return {"unfit": said if unfit else None, "most": int(amount(most) or 0) or None}


def of_class(environment: Environment, item: KubernetesObject) -> Json:
    """Return the minor of the cluster that the nodes of a class join."""
    return {"minor": minor_for(environment, item.resource)}
