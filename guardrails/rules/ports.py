"""Whether probes ask a port that their container has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from assembly.environment import Environment
from guardrails.rule import Finding, found, rule
from guardrails.rules.workloads import pods
from kube.pods import containers
from kube.values import dicts, known, look_up, text

ASKING = tuple(
    product(("livenessProbe", "readinessProbe", "startupProbe"), ("httpGet", "tcpSocket", "grpc"))
) + tuple(product(("lifecycle.preStop", "lifecycle.postStart"), ("httpGet", "tcpSocket")))


@rule("KUBE27")
def _unanswered(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for at, container in containers(template.spec, "initContainers", "containers"):
            ports = dicts(container, "ports")
            has = [text(each, field) for each in ports for field in ("name", "containerPort")]
            for probe, how in ASKING if known(container.get("ports")) else ():
                wanted = look_up(container, *probe.split("."), how, "port")
                # A list of ports need not be complete. But where it has one, another number is a slip.
                named = isinstance(wanted, str) and not wanted.isdecimal()
                judged = wanted is not None and known(wanted) and (named or len(ports) == 1)
                if not judged or text(wanted) in has:
                    continue
                names = ", ".join(filter(None, has)) or "none"
                value = f"{text(container, 'name')} {probe} {text(wanted)}"
                path = f"{template.path}.{at}.{probe}.{how}.port"
                yield found(template.owner, value, f"Its ports are {names}.", field=path)
