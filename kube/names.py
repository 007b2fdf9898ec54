"""What names, labels and keys may look like, in Kubernetes' words.

Each function takes a text and returns what is wrong with it, nothing where all is well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Check = Callable[[str], Sequence[str]]

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_ENV_NAME = r"[-._a-zA-Z][-._a-zA-Z0-9]*"
LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
PORT_NAME_LENGTH = 15


def _words(what: str, example: str, pattern: str) -> str:
    return f"{what} (e.g. {example}, regex used for validation is '{pattern}')"


def _like(pattern: str, words: str, length: int) -> Check:
    compiled = re.compile(pattern)

    def check(text: str) -> Sequence[str]:
        if len(text) > length:
            return (f"must be no more than {length} bytes",)
        return () if compiled.fullmatch(text) else (words,)

    return check


_SUBDOMAIN_WORDS = _words(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.',"
    " and must start and end with an alphanumeric character",
    "'example.com'",
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
)
_KEY_WORDS = _words(
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end"
    " with an alphanumeric character",
    "'MyName',  or 'my.name',  or '123-abc'",
    _QUALIFIED,
)

dns_label = _like(
    _LABEL,
    _words(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
        " must start and end with an alphanumeric character",
        "'my-name',  or '123-abc'",
        _LABEL,
    ),
    LABEL_LENGTH,
)
dns_1035_label = _like(
    r"[a-z]([-a-z0-9]*[a-z0-9])?",
    _words(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an"
        " alphabetic character, and end with an alphanumeric character",
        "'my-name',  or 'abc-123'",
        "[a-z]([-a-z0-9]*[a-z0-9])?",
    ),
    LABEL_LENGTH,
)
subdomain = _like(_SUBDOMAIN, _SUBDOMAIN_WORDS, SUBDOMAIN_LENGTH)
wildcard = _like(
    rf"\*\.{_SUBDOMAIN}",
    _words(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain,"
        " which must consist of lower case alphanumeric characters, '-' or '.' and end with an"
        " alphanumeric character",
        "'*.example.com'",
        r"\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    ),
    SUBDOMAIN_LENGTH,
)
label_value = _like(
    rf"({_QUALIFIED})?",
    _words(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or"
        " '.', and must start and end with an alphanumeric character",
        "'MyValue',  or 'my_value',  or '12345'",
        "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
    ),
    LABEL_LENGTH,
)
_config_key = _like(
    r"[-._a-zA-Z0-9]+",
    _words(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        "'key.name',  or 'KEY_NAME',  or 'key-name'",
        "[-._a-zA-Z0-9]+",
    ),
    SUBDOMAIN_LENGTH,
)
strict_env_name = _like(
    _ENV_NAME,
    _words(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-',"
        " or '.', and must not start with a digit",
        "'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1'",
        _ENV_NAME,
    ),
    1 << 20,
)
env_name = _like(
    r"[ -<>-~]+",
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
    1 << 20,
)
header_name = _like(
    r"[-A-Za-z0-9]+",
    _words(
        "a valid HTTP header must consist of alphanumeric characters or '-'",
        "'X-Header-Name'",
        "[-A-Za-z0-9]+",
    ),
    1 << 20,
)


def qualified_name(text: str) -> Sequence[str]:
    """Return what is wrong with a label's key, or another name with an optional prefix."""
    prefix, slash, name = text.rpartition("/")
    wrong = []
    if slash and not prefix:
        wrong.append("prefix part must be non-empty")
    elif slash:
        wrong += [f"prefix part {words}" for words in subdomain(prefix)]
    if not name:
        wrong.append("name part must be non-empty")
    if len(name) > LABEL_LENGTH:
        wrong.append(f"name part must be no more than {LABEL_LENGTH} bytes")
    elif not re.fullmatch(_QUALIFIED, name):
        wrong.append(_KEY_WORDS)
    return wrong


def config_key(text: str) -> Sequence[str]:
    """Return what is wrong with a key of a ConfigMap or Secret, which becomes a file's name."""
    if text in (".", ".."):
        return (f"must not be '{text}'",)
    return ("must not start with '..'",) if text.startswith("..") else _config_key(text)


def annotation_key(text: str) -> Sequence[str]:
    """Return what is wrong with an annotation's key, whose case doesn't matter."""
    return qualified_name(text.lower())


def path_segment(text: str) -> Sequence[str]:
    """Return what is wrong with a name that may hold anything that fits into a URL's path."""
    if text in (".", ".."):
        return (f"may not be '{text}'",)
    return [f"may not contain '{sign}'" for sign in "/%" if sign in text]


def namespace(text: str) -> Sequence[str]:
    """Return what is wrong with the name of a namespace."""
    return ("must not contain dots",) if "." in text else dns_label(text)


def host(text: str) -> Sequence[str]:
    """Return what is wrong with a host name of which the first label may be a wildcard."""
    return wildcard(text) if "*" in text else subdomain(text)


def port_name(text: str) -> Sequence[str]:
    """Return what is wrong with a container port's name."""
    wrong = []
    if len(text) > PORT_NAME_LENGTH:
        wrong.append(f"must be no more than {PORT_NAME_LENGTH} characters")
    if not re.fullmatch(r"[-a-z0-9]+", text):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search(r"[a-z]", text):
        wrong.append("must contain at least one letter (a-z)")
    if "--" in text:
        wrong.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        wrong.append("must not begin or end with a hyphen")
    return wrong
