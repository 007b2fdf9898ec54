"""Emulated accounts that end with the tests that use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from local_aws import reins

# Helpers assert, too, and are to say what they saw.
pytest.register_assert_rewrite("tests.deploy.emulated", "tests.deploy.life_cycle")

from tests.deploy.emulated import Emulated  # noqa: E402  # after what makes its assertions speak


@pytest.fixture(scope="module")
def emulate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Emulated]]:
    """Return a function that gives an environment a folder of its own, for one file of tests."""
    made: list[Emulated] = []

    def make(environment: str, image_builder: str = "none") -> Emulated:
        folder = tmp_path_factory.mktemp("local-aws")
        made.append(Emulated(environment, folder, image_builder))
        return made[-1]

    yield make
    for account in made:
        reins.stop(account.folder)
