"""Lambda: functions in a VPC hold network interfaces, and none runs for a quarter of an hour."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from local_aws.emulator import network, network_interfaces
from local_aws.emulator.internals import LAMBDA, PROVISIONERS, Function, replace
from local_aws.emulator.network import Record
from local_aws.emulator.schemas import Properties

DEFAULT_SECONDS = 120
CALLER_SECONDS = 15
"""What a function gets on top that waits for another one: it is to report the other's end."""
RESOURCE = "AWS::Lambda::Function"


def install() -> None:
    """Wrap CloudFormation's handlers, the API, and the workers that run the handlers."""
    handlers: dict[str, Any] = PROVISIONERS.RESOURCE_HANDLERS[RESOURCE]
    handlers["create"] = _creating(handlers["create"])
    handlers["update"] = _updating(handlers["update"])
    replace("_lambda_delete", _deleting, "services.cloudformation.provisioners")
    handlers["delete"] = PROVISIONERS.lambda_delete
    replace("_create_function", _through_the_api, "services.lambda_svc")
    replace("_update_config", _through_the_api, "services.lambda_svc")
    replace("_delete_function", _deleted_through_the_api, "services.lambda_svc")
    _limit_workers()


def _creating(original: Function) -> Function:
    def create(logical_id: str, properties: Properties, stack: str) -> object:
        physical_id, attributes = original(logical_id, properties, stack)
        try:
            _set_vpc(physical_id, properties)
        except Exception:
            PROVISIONERS.lambda_delete(physical_id, properties)
            raise
        return physical_id, attributes

    return create


def _updating(original: Function) -> Function:
    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> object:
        changed, attributes = original(physical_id, old, new, stack, logical_id)
        _set_vpc(changed, new)
        return changed, attributes

    return update


def _deleting(original: Function) -> Function:
    def lambda_delete(physical_id: str, properties: Properties) -> None:
        function = LAMBDA.functions.get(physical_id)
        if function is not None:
            network_interfaces.detach(function["config"]["FunctionArn"])
        original(physical_id, properties)

    return lambda_delete


def _set_vpc(name: str, properties: Properties) -> None:
    """Note the subnets and groups, which MiniStack's handler drops, and place the interfaces."""
    config = LAMBDA.functions[name]["config"]
    config["VpcConfig"] = LAMBDA.vpc_config_with_id(properties.get("VpcConfig"))
    _place(config)


def _place(config: Record) -> None:
    vpc = config.get("VpcConfig") or {}
    arn = config["FunctionArn"]
    groups = list(vpc.get("SecurityGroupIds") or [])
    worn = {group["GroupId"] for one in network.interfaces(Owner=arn) for group in one["Groups"]}
    if worn != set(groups):
        network_interfaces.detach(arn)
    network_interfaces.move(
        list(vpc.get("SubnetIds") or []),
        owner=arn,
        description=f"AWS Lambda VPC ENI-{config['FunctionName']}-{arn[-8:]}",
        requester="amazon-lambda",
        groups=groups,
        interface_type="lambda",
    )


def _through_the_api(original: Function) -> Function:
    def change(*arguments: Any) -> object:  # noqa: ANN401  # two operations, two signatures
        reply = original(*arguments)
        name = arguments[-1].get("FunctionName") or arguments[0]
        function = LAMBDA.functions.get(name) if isinstance(name, str) else None
        if function is not None:
            _place(function["config"])
        return reply

    return change


def _deleted_through_the_api(original: Function) -> Function:
    def delete(name: str, *rest: object) -> object:
        function = LAMBDA.functions.get(name)
        reply = original(name, *rest)
        if function is not None and name not in LAMBDA.functions:
            network_interfaces.detach(function["config"]["FunctionArn"])
        return reply

    return delete


def _limit_workers() -> None:
    """Cap what a handler may take, and end what it started together with it.

    The CDK's kubectl handler waits for ever on a `kubectl delete` whose finalizer nobody removes,
    until Lambda ends it after a quarter of an hour. The failure is the same after two minutes.
    """
    # A worker keeps its configuration, so the one that the API reports stays as it is.
    replace("acquire_worker", _capped, "core.lambda_runtime", "services.lambda_svc")
    replace("_signal", _with_descendants, "core.lambda_runtime")


def _capped(original: Function) -> Function:
    most = int(os.environ.get("LOCAL_AWS_LAMBDA_TIMEOUT_SECONDS", DEFAULT_SECONDS))

    def acquire_worker(name: str, config: Record, *rest: object, **named: object) -> object:
        limit = most + CALLER_SECONDS if _calls_another(config) else most
        own = {**config, "Timeout": min(int(config.get("Timeout", 3)), limit)}
        return original(name, own, *rest, **named)

    return acquire_worker


def _calls_another(config: Record) -> bool:
    variables = (config.get("Environment") or {}).get("Variables") or {}
    return any(":function:" in str(value) for value in variables.values())


def _with_descendants(original: Function) -> Function:
    def signal_worker(process: subprocess.Popen[str] | None) -> None:
        """End a worker and its kubectl or helm, which would go on as an orphan."""
        if process is None or process.poll() is not None:
            return
        orphans = list(_descendants(process.pid))
        original(process)
        for child in orphans:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    return signal_worker


def _descendants(process_id: int) -> Iterator[int]:
    parents = _parents()
    waiting = [process_id]
    while waiting:
        current = waiting.pop()
        children = [child for child, parent in parents.items() if parent == current]
        waiting += children
        yield from children


def _parents() -> dict[int, int]:
    """Return each process's parent: from /proc where there is one, else from ps."""
    found: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name in parentheses may hold spaces; state and parent come after it.
            fields = status.read_text(encoding="utf-8").rpartition(")")[2].split()
            found[int(status.parent.name)] = int(fields[1])
    if not found:
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="],  # noqa: S607  # wherever the system has it
            capture_output=True,
            text=True,
            check=True,
        )
        pairs = (line.split() for line in listed.stdout.splitlines())
        found = {int(child): int(parent) for child, parent in pairs}
    return found
