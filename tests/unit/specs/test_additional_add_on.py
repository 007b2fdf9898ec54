from __future__ import annotations

from pathlib import Path

import pytest

from constructs_lib.specs import additional_add_on
from constructs_lib.specs.additional_add_on import PRESETS, AddOnSpec
from constructs_lib.specs.base import checked
from constructs_lib.specs.permissions import PermissionsSpec, StatementSpec

READ = PermissionsSpec(
    statements=(StatementSpec(actions=("s3:GetObject",), resources=("arn:aws:s3:::data/a",)),)
)


@pytest.mark.parametrize("name", PRESETS)
def test_a_known_add_on_says_what_it_needs(name: str) -> None:
    """One line is enough, or the message names the service account that needs permissions."""
    asked = list(PRESETS[name].get("asks", {}))

    problems = list(AddOnSpec(name=name).problems())

    assert [problem.at for problem in problems] == ["service_accounts"] * len(asked)
    assert all(
        repr(account) in problem.fix for account, problem in zip(asked, problems, strict=True)
    )
    checked(add_on=AddOnSpec(name=name, service_accounts=dict.fromkeys(asked, READ)))


@pytest.mark.parametrize("name", PRESETS)
def test_what_an_add_on_comes_after_is_known_too(name: str) -> None:
    """The message tells the user to add it."""
    assert set(AddOnSpec(name=name).after) <= set(PRESETS)


def test_a_name_near_a_known_one_is_meant_where_its_schema_is_at_hand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """EKS gave the schema, so EKS has the add-on."""
    monkeypatch.setattr(additional_add_on, "SCHEMAS", tmp_path)
    additional_add_on._schema.cache_clear()
    (tmp_path / "aws-efq-csi-driver.json").write_text('{"configurationSchema": "{}"}', "utf-8")

    checked(add_on=AddOnSpec(name="aws-efq-csi-driver"))
    additional_add_on._schema.cache_clear()


def test_an_unknown_add_on_is_one_line() -> None:
    """EKS has more than this project knows."""
    add_on = AddOnSpec(name="kubecost_kubecost")

    checked(add_on=add_on)
    assert dict(add_on.permissions) == {}


def test_an_environment_replaces_what_is_known_of_a_service_account() -> None:
    """A team may give less than AWS recommends."""
    add_on = AddOnSpec(name="aws-efs-csi-driver", service_accounts={"efs-csi-controller-sa": READ})

    assert dict(add_on.permissions) == {"efs-csi-controller-sa": READ}


def test_a_configuration_without_schema_is_said_to_be_unchecked() -> None:
    """No configuration needs no check."""
    assert AddOnSpec(name="fluent-bit").is_checked
    assert not AddOnSpec(name="fluent-bit", configuration={"a": 1}).is_checked
