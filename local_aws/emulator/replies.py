"""What MiniStack's API functions answer, read as values or as an error in AWS's words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from local_aws.emulator.internals import EC2, EKS, PATCHES, Function, Internals

Record = dict[str, Any]

FIRST_ERROR_STATUS = 400

Reply = tuple[int, dict[str, str], bytes]
"""Status, headers and body of an HTTP response."""

Operation = Callable[..., Reply]
"""An API function of MiniStack's."""

HANDLER_CODES = {404: "NotFound", 409: "ResourceConflict"}
"""How CloudFormation's resource handlers name an HTTP status; anything else is an invalid request."""


class HandlerError(ValueError):
    """A resource handler's failure, worded as a stack event words it."""

    def __init__(self, message: str, *, service: str, status: int = 400, code: str = "") -> None:
        """Word the failure; `code` is the API's own error code."""
        self.code = code
        self.status = status
        self.message = message
        exists = "already exists" in message.lower()
        handler_code = "AlreadyExists" if exists else HANDLER_CODES.get(status, "InvalidRequest")
        super().__init__(
            f'Resource handler returned message: "{message} (Service: {service}, '
            f'Status Code: {status})" (HandlerErrorCode: {handler_code})'
        )


def refused(code: str, message: str, *, status: int = 400) -> HandlerError:
    """Return EC2's refusal."""
    return HandlerError(message, service="Ec2", status=status, code=code)


def invalid(message: str) -> HandlerError:
    """Return EKS's refusal of a parameter."""
    return HandlerError(message, service="Eks", code="InvalidParameterException")


def refuse(wrong: object, message: str) -> None:
    """Raise EKS's refusal of a parameter if something is wrong."""
    if wrong:
        raise invalid(message)


def in_use(message: str) -> HandlerError:
    """Return EKS's refusal to take what is taken, or to delete what is needed."""
    return HandlerError(message, service="Eks", status=409, code="ResourceInUseException")


def missing(message: str) -> HandlerError:
    """Return EKS's word that something isn't there."""
    return HandlerError(message, service="Eks", status=404, code="ResourceNotFoundException")


def deny(wrong: object, code: str, message: str) -> None:
    """Raise EC2's refusal if something is wrong."""
    if wrong:
        raise HandlerError(message, service="Ec2", code=code)


def action(service: Internals, name: str) -> Callable[[Function], Function]:
    """Put the decorated function into the table of a query API, which CloudFormation's types use too.

    It gets the function that it replaces as `original`, and may raise `HandlerError`.
    """

    def remember(function: Function) -> Function:
        def install() -> None:
            original: Operation = service.ACTION_MAP[name]

            def operate(parameters: Record) -> Reply:
                try:
                    reply: Reply = function(original, parameters)
                except HandlerError as error:
                    reply = service.error(error.code, error.message, 400)
                return reply

            service.ACTION_MAP[name] = operate

        PATCHES.append(install)
        return function

    return remember


def ec2(action: str, **parameters: object) -> str:
    """Call EC2; return the body, or raise its error as a resource handler does.

    A parameter's double underscore stands for the dot of a list.
    """
    wanted = {name.replace("__", "."): [str(value)] for name, value in parameters.items()}
    return call("Ec2", EC2.ACTION_MAP[action], wanted)


def call(service: str, function: Function, *arguments: object) -> str:
    """Call an API function; return its body, or raise its error as a resource handler does."""
    status, _, body = function(*arguments)
    text: str = body.decode() if isinstance(body, bytes) else str(body)
    if status < FIRST_ERROR_STATUS:
        return text
    if text.startswith("{"):
        parsed: dict[str, str] = json.loads(text)
        code, message = parsed.get("__type", ""), parsed.get("message", "")
    else:
        code, message = element(text, "Code"), element(text, "Message")
    raise HandlerError(message, service=service, status=status, code=code)


def eks(function: Function, *arguments: object) -> Record:
    """Call an API function of EKS's; return its answer, or raise its error."""
    answer: Record = json.loads(call("Eks", function, *arguments))
    return answer


def answered(operation: Callable[..., Record], *arguments: object) -> Reply:
    """Answer a call to EKS with what an operation returns or with the error that it raises."""
    try:
        reply: Reply = EKS.json_resp(200, operation(*arguments))
    except HandlerError as error:
        reply = EKS.error(error.status, error.code, error.message)
    return reply


def element(body: str, name: str) -> str:
    """Return the text of the first XML element of a name, or the empty string."""
    found = re.search(f"<{name}>(.*?)</{name}>", body, re.DOTALL)
    return found[1] if found else ""
