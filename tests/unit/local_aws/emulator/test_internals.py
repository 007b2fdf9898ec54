from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys

import pytest

from local_aws.emulator.internals import Internals, replace
from tests.support import ROOT

PROGRAM = """
import importlib, json
from local_aws.emulator import internals
from local_aws.emulator.extensions import install
class Host: pass
install(Host())
print(json.dumps(internals.REPLACED))
"""


def test_every_replaced_name_is_one_of_ministack() -> None:
    """A release of MiniStack that renames one of them is noticed here, by name."""
    listed = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "MINISTACK_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    replaced = json.loads(listed.stdout.splitlines()[-1])
    assert len(replaced) > 50
    for module, name in replaced:
        assert hasattr(importlib.import_module(module), name), f"{module}.{name}"


def test_a_name_that_is_gone_fails_by_name() -> None:
    with pytest.raises(AttributeError, match="_no_such_function"):
        replace("_no_such_function", lambda original: original, "services.eks")


def test_a_copy_that_is_not_the_function_fails() -> None:
    """The same name for two functions is a change of MiniStack's that we must see."""
    with pytest.raises(AttributeError, match="another function than expected"):
        replace("_error", lambda original: original, "services.eks", "services.ec2")


def test_private_names_are_found_without_their_underscore() -> None:
    module = importlib.import_module("ministack.services.eks")
    assert Internals("services.eks").now is module._now
