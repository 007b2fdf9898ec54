from __future__ import annotations

import pytest

from kube.corefile import facts

PLAIN = """.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    forward . /etc/resolv.conf
}
"""


@pytest.mark.parametrize(
    ("written", "name", "said"),
    [
        (PLAIN, "plugins", ["errors", "health", "ready", "kubernetes", "forward"]),
        (PLAIN, "zones", ["cluster.local", "in-addr.arpa", "ip6.arpa"]),
        (PLAIN, "ports", {"health": "8080", "ready": "8181"}),
        (PLAIN, "private", {}),
        (PLAIN, "unknown", []),
        (PLAIN + "# }\n", "broken", None),
        (". {\n errors # {\n # cahce\n}\n", "unknown", []),
        (PLAIN + "}\n", "broken", "a brace closes that nothing opened"),
        (PLAIN[:-2], "broken", "a brace isn't closed"),
        # A file of one server block needs no braces.
        ("cluster.local\nerrors\nkubernetes {\n  pods insecure\n}\n", "zones", ["cluster.local"]),
        ("cluster.local\nerrors\n", "broken", None),
        ("a.example,\nb.example:5353 tls://c.example {\n  whoami\n}\n", "served", ["53", "5353", None]),
        ("a.example {\n health { lameduck 5s }\n whoami\n}\n", "plugins", ["health", "whoami"]),
        (". {\n forward . 10.0.0.2 tls://10.0.0.3:853 8.8.8.8 dns.example 999.1.1.1\n}\n", "private", ["10.0.0.2", "tls://10.0.0.3:853"]),
        (". {\n forward . 169.254.169.253 127.0.0.1\n}\n", "private", {}),
        (". {\n ready :8282\n cahce\n}\n", "unknown", ["cahce"]),
        (". {\n ready :8282\n}\n", "ports", {"ready": "8282"}),
        # What is imported may say the rest, and so may a variable.
        ("(own) {\n errors\n}\n.:5353 {\n import own\n}\n", "served", None),
        (".:{$PORT} {\n errors\n", "broken", None),
    ],
)  # fmt: skip
def test_a_corefile_is_read_as_by_coredns(written: str, name: str, said: object) -> None:
    """Comments say nothing, and of what isn't plain nothing is told."""
    found = facts(written).get(name)
    assert (list(found or ()) if isinstance(said, list) else found) == said
