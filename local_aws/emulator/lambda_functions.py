"""Lambda: functions in a VPC hold network interfaces, and none runs for a quarter of an hour."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import shutil
import subprocess
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from local_aws.emulator import network
from local_aws.emulator.internals import LAMBDA, PROVISIONERS, Function, patch
from local_aws.emulator.replies import Record
from local_aws.emulator.schemas import Properties
from local_aws.layer_programs import LAYERS, UNPACKED
from local_aws.state import setting

CALLER_SECONDS = 15
"""What a function gets on top that waits for another one: it is to report the other's end."""


def install() -> None:
    """Wrap CloudFormation's handlers."""
    handlers: dict[str, Any] = PROVISIONERS.RESOURCE_HANDLERS["AWS::Lambda::Function"]
    creating, updating, deleting = (handlers[name] for name in ("create", "update", "delete"))

    def create(logical_id: str, properties: Properties, stack: str) -> object:
        name, attributes = creating(logical_id, properties, stack)
        try:
            _place(name, properties)
        except Exception:
            delete(name, properties)
            raise
        return name, attributes

    def update(name: str, old: Properties, new: Properties, *rest: object) -> object:
        changed, attributes = updating(name, old, new, *rest)
        _place(changed, new)
        return changed, attributes

    def delete(name: str, properties: Properties) -> None:
        function = LAMBDA.functions.get(name)
        if function is not None:
            network.detach(function["config"]["FunctionArn"])
        deleting(name, properties)

    handlers.update(create=create, update=update, delete=delete)


def _place(name: str, properties: Properties) -> None:
    """Note the subnets and groups, which MiniStack's handler drops, and place the interfaces."""
    config = LAMBDA.functions[name]["config"]
    config["VpcConfig"] = vpc = LAMBDA.vpc_config_with_id(properties.get("VpcConfig")) or {}
    subnets, groups = vpc.get("SubnetIds") or [], vpc.get("SecurityGroupIds") or []
    settings = {"description": f"AWS Lambda VPC ENI-{name}", "interface_type": "lambda"}
    network.move(subnets, owner=config["FunctionArn"], groups=groups, **settings)


@patch("core.lambda_runtime", "acquire_worker")
def _acquire_worker(
    original: Function, name: str, config: Record, *rest: object, **named: object
) -> object:
    """Cap what a handler may take, and unpack its layers once instead of at each cold start.

    The CDK's kubectl handler waits for ever on a `kubectl delete` whose finalizer nobody removes,
    until Lambda ends it after a quarter of an hour. The failure is the same after two minutes.
    A worker keeps its configuration, so the one that the API reports stays as it is.
    """
    variables = (config.get("Environment") or {}).get("Variables") or {}
    limit = int(setting("LOCAL_AWS_LAMBDA_TIMEOUT_SECONDS", "120"))
    if any(":function:" in str(value) for value in variables.values()):
        limit += CALLER_SECONDS
    own = {**config, "Timeout": min(int(config.get("Timeout", 3)), limit)}
    if config.get("Layers") and config["Runtime"].startswith("python"):
        arns = (one if isinstance(one, str) else one["Arn"] for one in config["Layers"])
        folders = os.pathsep.join(map(_unpacked, arns))
        own |= {"Layers": [], "Environment": {"Variables": {**variables, LAYERS: folders}}}
    return original(name, own, *rest, **named)


@functools.cache
def _unpacked(layer: str) -> str:
    """Return the folder with a layer's content: the AWS CLI has thousands of files."""
    data: bytes = LAMBDA.resolve_layer_zip(layer)
    place = Path(os.environ.get(UNPACKED) or Path(tempfile.gettempdir(), "layers"))
    place.mkdir(parents=True, exist_ok=True)
    folder = place / hashlib.sha256(data).hexdigest()[:16]
    if not folder.exists():
        part = Path(tempfile.mkdtemp(dir=place))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(part)
        # Another process may have been faster.
        with suppress(OSError):
            part.rename(folder)
        shutil.rmtree(part, ignore_errors=True)
    return str(folder)


@patch("core.lambda_runtime", "_signal")
def _signal(original: Function, process: subprocess.Popen[str] | None) -> None:
    """End a worker and its kubectl or helm, which would go on as an orphan."""
    if process is None or process.poll() is not None:
        return
    orphans = psutil.Process(process.pid).children(recursive=True)
    original(process)
    for child in orphans:
        with suppress(psutil.NoSuchProcess):
            child.kill()
