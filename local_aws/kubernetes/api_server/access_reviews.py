"""The questions that clients ask about access: `kubectl auth can-i` and `kubectl auth whoami`."""

from __future__ import annotations

from local_aws.kubernetes.api_server.authorization import Attributes, Authorizer, User
from local_aws.kubernetes.objects import Json, timestamp

# Group, plural and kind. They are created only, and never stored.
REVIEWS = (
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
)


def answer(plural: str, review: Json, *, user: User, authorizer: Authorizer) -> Json:
    """Return a review with its status."""
    spec = review.get("spec") or {}
    match plural:
        case "selfsubjectaccessreviews":
            status = _access(spec, user, authorizer)
        case "subjectaccessreviews":
            other = User(name=spec.get("user") or "", groups=tuple(spec.get("groups") or ()))
            status = _access(spec, other, authorizer)
        case "selfsubjectrulesreviews":
            status = _rules(authorizer, user, spec.get("namespace") or "")
        case _:
            status = {"userInfo": {"username": user.name, "groups": list(user.groups)}}
    metadata = {"creationTimestamp": timestamp()} if plural == "selfsubjectreviews" else {}
    return {**review, "metadata": metadata, "status": status}


def _access(spec: Json, user: User, authorizer: Authorizer) -> Json:
    asked = spec.get("resourceAttributes")
    if asked is not None:
        attributes = Attributes(
            verb=asked.get("verb") or "",
            group=asked.get("group") or "",
            resource=asked.get("resource") or "",
            subresource=asked.get("subresource") or "",
            namespace=asked.get("namespace") or "",
            name=asked.get("name") or "",
        )
    else:
        path = spec.get("nonResourceAttributes") or {}
        attributes = Attributes(verb=path.get("verb") or "", path=path.get("path") or "/")
    return {"allowed": authorizer.allows(user, attributes)}


def _rules(authorizer: Authorizer, user: User, namespace: str) -> Json:
    rules = list(authorizer.rules(user, namespace))
    return {
        "incomplete": False,
        "resourceRules": [
            {
                key: rule[key]
                for key in ("verbs", "apiGroups", "resources", "resourceNames")
                if rule.get(key)
            }
            for rule in rules
            if rule.get("resources")
        ],
        "nonResourceRules": [
            {"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
            for rule in rules
            if rule.get("nonResourceURLs")
        ],
    }
