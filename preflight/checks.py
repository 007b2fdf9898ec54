"""All checks, which run in parallel once the account is known."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from botocore.exceptions import ClientError

from assembly import kinds
from capacity.needs import needs
from preflight import docker, identities, names, place, quotas, versions, volumes
from preflight.account import Account, DeniedError, NoAnswerError
from preflight.row import Check, Row, judged
from preflight.target import Target, target_of

UNKNOWN_HERE = {"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"}
"""The errors of a region that is not enabled, and of any region for unknown credentials."""
CHECKS: Mapping[str, Check] = {
    "region": place.region,
    "bootstrap": place.bootstrap,
    "zones": place.zones,
    "instance types": place.instance_types,
    "images": place.images,
    "Kubernetes version": versions.kubernetes_versions,
    "stacks": names.stacks,
    "cluster names": names.clusters,
    "log group names": names.log_groups,
    "role names": names.roles,
    "principals": identities.principals,
    "service-linked roles": identities.service_linked_roles,
    "managed policies": identities.managed_policies,
    "key of EBS volumes": volumes.key_of_volumes,
    "Docker": docker.docker,
}


class CannotAskError(Exception):
    """AWS doesn't answer, or you are not signed in."""


def checks_of(target: Target) -> Iterator[tuple[str, Check]]:
    """Yield each check with its name: the general ones, one for each add-on, one for each quota."""
    yield from CHECKS.items()
    for name in target.names(kinds.ADD_ON, "AddonName"):
        yield f"add-on {name}", functools.partial(versions.add_on, name=name)
    for need in () if target.inputs is None else needs(target.inputs):
        yield need.quota.name, functools.partial(quotas.quota, need=need)


def run(account: Account, target: Target) -> tuple[Target, tuple[Row, ...]]:
    """Return the environment as it will be in the account, and all rows in the order of the checks.

    Raises `CannotAskError` if the caller's identity can't be determined.
    """
    try:
        identity = account.ask("sts", "get_caller_identity")
    except ClientError as error:
        if error.response["Error"]["Code"] in UNKNOWN_HERE:
            rows = _rows("region", place.region, account, target)
            if rows[0].result == "fails":
                return target, tuple(rows)
        raise CannotAskError(str(error)) from error
    except (NoAnswerError, DeniedError) as error:
        # This call is never denied; assuming the role of a profile can be.
        raise CannotAskError(str(error.__cause__ or error)) from error
    stated, actual = target.stated_account, identity["Account"]
    wrong = bool(stated) and stated != actual
    found = f"{actual}, as {identity['Arn']}"
    row = judged(
        "account",
        f"{found}; {target.name} belongs to {stated}" if wrong else found,
        fails=wrong,
        run=f"sign in to {stated}, or set account={actual!r}",
    )
    if wrong:
        return target, (row,)
    target = target_of(target.environment, name=target.name, account=actual, region=account.region)
    with ThreadPoolExecutor(max_workers=16) as pool:
        futures = [
            pool.submit(_rows, name, check, account, target) for name, check in checks_of(target)
        ]
        rows = [row for future in futures for row in future.result()]
    return target, (row, *merged(rows))


def _rows(name: str, check: Check, account: Account, target: Target) -> list[Row]:
    """Return the rows of a check, and the reason if it stopped early."""
    rows: list[Row] = []
    try:
        rows.extend(check(account, target))
    except DeniedError as error:
        run = f"allow {error.action}; `make preflight ARGS=--policy` prints the whole policy"
        rows.append(Row(name, "warns", str(error), run))
    except (NoAnswerError, ClientError) as error:
        rows.append(Row(name, "warns", f"could not be checked: {error}"))
    return rows


def merged(rows: list[Row]) -> Iterator[Row]:
    """Yield the rows, merged by cause: one denied action can affect many checks."""
    causes: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        own = () if row.result == "warns" else (row.check,)
        causes.setdefault((row.result, row.found, row.run, *own), []).append(row)
    for first, *others in causes.values():
        more = f" and {len(others)} more" if others else ""
        yield replace(first, check=f"{first.check}{more}")
