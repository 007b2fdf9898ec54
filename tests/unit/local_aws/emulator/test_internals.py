from __future__ import annotations

import importlib

import pytest

from local_aws.emulator.internals import NAMES, PATCHES, Internals, patch


@pytest.mark.parametrize("module", NAMES)
def test_every_private_name_is_one_of_ministack(module: str) -> None:
    """A release of MiniStack that renames one of them is noticed here, by name."""
    found = importlib.import_module(f"ministack.{module}")
    assert [name for name in NAMES[module] if not hasattr(found, f"_{name}")] == []


def test_a_name_that_is_not_listed_fails_by_name() -> None:
    """So that the list stays whole."""
    with pytest.raises(AttributeError, match=r"internals.json does not list services.eks._restart"):
        _ = Internals("services.eks").restart
    patch("services.eks", "_restart_k3s")(print)
    with pytest.raises(AttributeError, match=r"does not list services.eks._restart_k3s"):
        PATCHES.pop()()
