"""Refusals of the API server, as the Status objects that Kubernetes answers."""

from __future__ import annotations

from collections.abc import Sequence

from kube.problems import Problem
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json


class ApiError(Exception):
    """A refusal with its HTTP code, reason, words and details."""

    def __init__(
        self, code: int, reason: str, message: str, *, details: Json | None = None
    ) -> None:
        """Keep what the Status object says."""
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = details

    def status(self) -> Json:
        """Return the Status object."""
        body: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "code": self.code,
        }
        return body | ({"details": self.details} if self.details else {})


def _details(resource: Resource, name: str) -> Json:
    return {"name": name, "group": resource.group, "kind": resource.plural}


def not_found(resource: Resource, name: str) -> ApiError:
    """Return the refusal for an object that isn't there."""
    message = f'{resource.group_resource} "{name}" not found'
    return ApiError(404, "NotFound", message, details=_details(resource, name))


def no_such_path() -> ApiError:
    """Return the refusal for a path that no resource has."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def already_exists(resource: Resource, name: str) -> ApiError:
    """Return the refusal for a name that is taken."""
    message = f'{resource.group_resource} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, details=_details(resource, name))


def conflict(resource: Resource, name: str, why: str) -> ApiError:
    """Return the refusal for a write that doesn't fit what is stored."""
    message = f'Operation cannot be fulfilled on {resource.group_resource} "{name}": {why}'
    return ApiError(409, "Conflict", message, details=_details(resource, name))


def forbidden(resource: Resource, name: str, why: str) -> ApiError:
    """Return the refusal of an admission check."""
    message = f'{resource.group_resource} "{name}" is forbidden: {why}'
    return ApiError(403, "Forbidden", message, details=_details(resource, name))


def invalid(resource: Resource, name: str, problems: Sequence[Problem]) -> ApiError:
    """Return the refusal for an object with wrong fields."""
    texts = list(dict.fromkeys(str(problem) for problem in problems))
    words = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    group_kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    causes = [
        {"reason": problem.reason, "message": problem.message, "field": problem.field}
        for problem in problems
    ]
    details = {"name": name, "group": resource.group, "kind": resource.kind, "causes": causes}
    message = f'{group_kind} "{name}" is invalid: {words}'
    return ApiError(422, "Invalid", message, details=details)


def bad_request(message: str) -> ApiError:
    """Return the refusal for a request that can't be understood."""
    return ApiError(400, "BadRequest", message)
