"""Refusals of the API server, as the Status objects that Kubernetes answers."""

from __future__ import annotations

from collections.abc import Sequence

from kube.problems import Problem
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.objects import Json

_REFUSALS = {
    "NotFound": (404, "{what} not found"),
    "AlreadyExists": (409, "{what} already exists"),
    "Conflict": (409, "Operation cannot be fulfilled on {what}: {why}"),
    "Forbidden": (403, "{what} is forbidden: {why}"),
}


class ApiError(Exception):
    """A refusal with its HTTP code, Kubernetes' reason, words and details."""

    def __init__(self, code: int, reason: str, message: str, **details: object) -> None:
        """Keep what the Status object says."""
        super().__init__(message)
        self.code, self.reason, self.details = code, reason, details

    def status(self) -> Json:
        """Return the Status object."""
        head = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        said = {"message": str(self), "reason": self.reason, "code": self.code}
        return {**head, **said, "details": self.details}


def bad_request(message: str) -> ApiError:
    """Return the refusal for a request that can't be understood."""
    return ApiError(400, "BadRequest", message)


def no_such_path() -> ApiError:
    """Return the refusal for a path that no resource has."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def refusal(reason: str, resource: Resource, name: str, why: str = "") -> ApiError:
    """Return a refusal of what is asked of an object, by Kubernetes' reason."""
    code, words = _REFUSALS[reason]
    what = f'{resource.group_resource} "{name}"'
    return ApiError(code, reason, words.format(what=what, why=why))


def invalid(resource: Resource, name: str, problems: Sequence[Problem]) -> ApiError:
    """Return the refusal for an object with wrong fields."""
    words = "; ".join(dict.fromkeys(map(str, problems)))
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    # kubectl prints these in place of the message.
    fields = ("reason", "message", "field")
    causes = [{field: getattr(one, field) for field in fields} for one in problems]
    what = {"name": name, "group": resource.group, "kind": resource.kind, "causes": causes}
    return ApiError(422, "Invalid", f'{kind} "{name}" is invalid: {words}', **what)
