"""The names of AWS managed policies, and which one a misspelt name means."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from constructs_lib.specs.base import refused
from kube.words import nearest

MANAGED = frozenset(Path(__file__).with_name("managed_policies.txt").read_text("utf-8").split())
"""AWS managed policies, all that can be attached (github.com/zoph-io/MAMIP, 2026-03-07), and those of
the EBS CSI driver from later (AWS managed policy reference)."""
ALIKE = 0.92


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].lower())


def _initials(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.rpartition("/")[2])


def meant_by(name: str, known: Collection[str] = MANAGED) -> str:
    """Return the policy of which a name is a slip, or the name itself: AWS adds policies.

    A slip has another path, other signs, or other capitals; or it has the capitals and digits of the
    policy, and nearly its letters. Four of the 1,120 policies look like a slip of another one, where
    the letters alone would take one in seven for one.
    """
    if name in known:
        return name
    same = {_bare(each): each for each in sorted(known)}
    if _bare(name) in same:
        return same[_bare(name)]
    alike = {_bare(each): each for each in known if _initials(each) == _initials(name)}
    return alike.get(nearest(_bare(name), alike, ALIKE), name)


def spelt_as_aws_does(name: str) -> str:
    """Refuse a slip of the name of a managed policy."""
    if (meant := meant_by(name)) != name:
        raise refused(
            f"the name of an AWS managed policy, with its path; did you mean {meant}?",
            f"write {meant}; if AWS has {name}, add it to constructs_lib/specs/managed_policies.txt",
        )
    return name


def boundary_spelt_as_aws_does(arn: str) -> str:
    """Refuse a slip in the ARN of a managed policy; AWS doesn't know those of an account."""
    if ":iam::aws:policy/" in arn:
        spelt_as_aws_does(arn.partition(":policy/")[2])
    return arn
