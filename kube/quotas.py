"""What a ResourceQuota counts of pods, and which of its limits they exceed.

Source: Kubernetes documentation, "Resource Quotas".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from kube import pods
from kube.pods import Amounts, total_of
from kube.pods import number as quantity
from kube.values import Json, look_up, mapping, text

SPELLED_OUT = {"cpu": "requests.cpu", "memory": "requests.memory"}
"""What a quota means by the name of a resource alone."""
_EACH = dict.fromkeys(("pods", "count/pods"), Decimal(1))
_NONE = Decimal(0)
_PLAIN = (1, "")
_BYTES = [(1024**n, f"{unit}i") for n, unit in ((4, "T"), (3, "G"), (2, "M"), (1, "K"))]


def limits(quota: object) -> Json:
    """Return the limits of a quota of all pods of its namespace; none of one with scopes."""
    narrow = look_up(quota, "spec", "scopes") or look_up(quota, "spec", "scopeSelector")
    return {} if narrow else mapping(quota, "spec", "hard")


def taken(spec: Json, count: int) -> Amounts:
    """Return what so many pods take, by the names of a quota."""
    most = {f"limits.{name}": amount for name, amount in pods.limits(spec).items()}
    least = {f"requests.{name}": amount for name, amount in pods.requests(spec).items()}
    return {name: x * count for name, x in (most | least | _EACH).items()}


def in_words(name: str, amount: Decimal) -> str:
    """Return an amount of what a quota counts, bytes as people write them."""
    counts_bytes = name.endswith(("memory", "storage")) or "hugepages-" in name
    size, unit = next((x for x in _BYTES if counts_bytes and amount and not amount % x[0]), _PLAIN)
    return f"{(amount / size).normalize():f}{unit}"


def exceeded(quota: object, several: Iterable[tuple[Json, int]]) -> Iterator[str]:
    """Yield in words each limit of a quota that so many pods of these specifications exceed."""
    needed = total_of(*(taken(spec, count) for spec, count in several))
    for name, written in limits(quota).items():
        limit, asked = quantity(written), needed.get(SPELLED_OUT.get(name, name), _NONE)
        if limit is not None and asked > limit:
            held = f"{text(quota, 'metadata', 'namespace')}/{text(quota, 'metadata', 'name')}"
            yield f"ResourceQuota {held} allows {written} of {name}, and they ask for {in_words(name, asked)}"
