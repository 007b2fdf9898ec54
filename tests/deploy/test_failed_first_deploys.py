"""Deploys that fail, and the same command again: it goes on, until everything is there.

Every type of every stack fails once early, before there is anything, and once late, when the resource
is there; then a destroy and one more deploy. `make test-deploy` leaves it out (two types fail in
`test_worst_order.py`); `LOCAL_AWS_FIRST_DEPLOYS=all` has it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.deploy import first_deploys as first
from tests.deploy.emulated import CLOSED, WHOLE, Emulated

pytestmark = [
    pytest.mark.skipif(not WHOLE, reason="a deploy for each type"),
    pytest.mark.parametrize("account", ["dev", "prod", CLOSED], indirect=True),
]


@pytest.fixture(scope="module")
def account(request: pytest.FixtureRequest, emulate: Callable[..., Emulated]) -> Emulated:
    """Return the account of an environment."""
    return emulate(request.param)


def test_a_first_deploy_that_fails_goes_on_where_it_stopped(account: Emulated) -> None:
    """Whatever fails, the same command makes the rest."""
    kinds = first.first_of_each_type(account, "as-it-is")
    failures = [
        first.failure(logical_id, kind, late=late)
        for late in (False, True)
        for logical_id, kind in kinds.items()
    ]
    first.deploy_until_done(account, "as-it-is", failures)


def test_an_environment_comes_back_after_its_end(account: Emulated) -> None:
    """What was retained, and the records that EKS delivers late, are in nobody's way."""
    account.run("deploy", variant="unprotected")
    account.run("destroy", variant="unprotected")
    assert first.stacks(account) == {}
    assert first.kept_days(account) in (None, account.config.cluster.log_retention_days)
    account.run("deploy", variant="as-it-is")
    assert {*first.states(account)} == {"CREATE_COMPLETE"}
    assert first.unprotected(account) == set()
    assert first.kept_days(account) == account.config.cluster.log_retention_days
