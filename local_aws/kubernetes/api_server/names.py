"""What names, labels and keys may look like, in Kubernetes' words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from local_aws.kubernetes.api_server.errors import Problem, invalid_value
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

DNS_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must"
    " start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for"
    " validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.',"
    " and must start and end with an alphanumeric character (e.g. 'example.com', regex used for"
    " validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_SERVICE_WORDS = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an"
    " alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123',"
    " regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_LABEL_VALUE_WORDS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.',"
    " and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or"
    " '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_KEY_WORDS = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end"
    " with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for"
    " validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_DATA_KEY_WORDS = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',"
    "  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_LABEL_LENGTH = 63
_SUBDOMAIN_LENGTH = 253


def is_dns_label(text: object) -> bool:
    """Tell whether a text may name a container or a namespace."""
    return (
        isinstance(text, str)
        and len(text) <= _LABEL_LENGTH
        and re.fullmatch(_LABEL, text) is not None
    )


def name_problems(resource: Resource, name: str) -> Iterator[Problem]:
    """Return what is wrong with an object's name."""
    field = "metadata.name"
    if resource.group == "rbac.authorization.k8s.io":
        if name in (".", "..") or "/" in name or "%" in name:
            yield invalid_value(field, name, "may not contain '/' or '%'")
        return
    if resource.key == ("", "namespaces"):
        pattern, length, words = _LABEL, _LABEL_LENGTH, DNS_LABEL_WORDS
    elif resource.key == ("", "services"):
        pattern, length, words = r"[a-z]([-a-z0-9]*[a-z0-9])?", _LABEL_LENGTH, _SERVICE_WORDS
    else:
        pattern, length, words = _SUBDOMAIN, _SUBDOMAIN_LENGTH, _SUBDOMAIN_WORDS
    if len(name) > length:
        yield invalid_value(field, name, f"must be no more than {length} characters")
    elif not re.fullmatch(pattern, name):
        yield invalid_value(field, name, words)


def metadata_problems(metadata: Json, path: str = "metadata") -> Iterator[Problem]:
    """Return what is wrong with labels, annotations and finalizers."""
    for key, value in (metadata.get("labels") or {}).items():
        yield from _key_problems(f"{path}.labels", key)
        if len(value or "") > _LABEL_LENGTH:
            message = f"must be no more than {_LABEL_LENGTH} characters"
            yield invalid_value(f"{path}.labels", value, message)
        elif value and not re.fullmatch(_QUALIFIED, value):
            yield invalid_value(f"{path}.labels", value, _LABEL_VALUE_WORDS)
    for key in metadata.get("annotations") or {}:
        yield from _key_problems(f"{path}.annotations", key.lower())
    for finalizer in metadata.get("finalizers") or ():
        yield from _key_problems(f"{path}.finalizers", finalizer)


def _key_problems(field: str, key: str) -> Iterator[Problem]:
    prefix, _, name = key.rpartition("/")
    if ("/" in key and not re.fullmatch(_SUBDOMAIN, prefix)) or "/" in prefix:
        yield invalid_value(field, key, f"prefix part {_SUBDOMAIN_WORDS}")
    if len(name) > _LABEL_LENGTH:
        message = f"name part must be no more than {_LABEL_LENGTH} characters"
        yield invalid_value(field, key, message)
    elif not re.fullmatch(_QUALIFIED, name):
        yield invalid_value(field, key, _KEY_WORDS)


def data_problems(obj: Json) -> Iterator[Problem]:
    """Return what is wrong with the keys of a ConfigMap or Secret."""
    for field in ("data", "binaryData"):
        for key in obj.get(field) or {}:
            if not re.fullmatch(r"[-._a-zA-Z0-9]+", key) or key in (".", ".."):
                yield invalid_value(f"{field}[{key}]", key, _DATA_KEY_WORDS)
