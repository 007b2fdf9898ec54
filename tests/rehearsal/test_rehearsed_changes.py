"""Golden changes, rehearsed on emulated accounts: nothing that happens contradicts their reviews.

`make test-deploy THOROUGH=1` rehearses one. `REHEARSED_CHANGES=all` rehearses the changes of tests/unit/review/heads.py
one by one, which takes a minute for each.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import aws_cdk as cdk
import pytest

from assembly.cloud_assembly import assembly_at
from assembly.synthesis import context
from commands.rehearse import main
from configuration.model import EnvironmentConfig
from review.compose import Circumstances, compare
from review.model import Risk
from stacks.platform import PlatformStage
from tests.deploy.emulated import KUBERNETES
from tests.support import THOROUGH
from tests.unit.configuration.mistakes import DEV, PROD
from tests.unit.review.heads import HEADS
from tests.unit.review.templates import TODAY, texts

SAMPLE = "zone-added"
"""It makes, changes and replaces, of an environment that may be destroyed."""
WHOLE = os.environ.get("REHEARSED_CHANGES") == "all"
OURS = [
    name
    for name, each in HEADS.items()
    if each.name in {DEV.name, PROD.name} and each.region == PROD.region
]
CHANGES = OURS if WHOLE else [SAMPLE]


def synthesize(folder: Path, *configs: EnvironmentConfig) -> Path:
    """Synthesize environments with their assets, which a deploy needs."""
    app = cdk.App(outdir=str(folder), context=context())
    for config in configs:
        # The test of a life cycle waits for charts and pods; here once a week.
        bare = {"load_balancer_controller": None}
        less = {"workloads": (), "add_ons": config.add_ons.model_copy(update=bare)}
        PlatformStage(app, config if WHOLE else config.model_copy(update=less))
    app.synth()
    return folder


pytestmark = pytest.mark.skipif(not (WHOLE or THOROUGH), reason="two whole deploys more")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assembly that every change begins with."""
    return synthesize(tmp_path_factory.mktemp("base") / "cdk.out", DEV, PROD)


@pytest.mark.parametrize("change", CHANGES)
def test_a_review_is_what_happens(change: str, base: Path, tmp_path: Path) -> None:
    """What it calls safe is deployed, what it calls replaced is replaced, and what AWS refuses fails."""
    head = synthesize(tmp_path / "cdk.out", HEADS[change])
    output = tmp_path / "rehearsal.json"

    arguments = [str(base), str(head), "--output", str(output), "--kubernetes", KUBERNETES]
    assert main([*arguments, "--environments", "tests.reference"]) == 0

    rehearsals = json.loads(output.read_text(encoding="utf-8"))
    before, after = (assembly_at(path).environments() for path in (base, head))
    assert rehearsals.keys() == after.keys()
    given = Circumstances(today=TODAY, consents={}, raw=lambda _, __: (), rehearsals=rehearsals)
    review = compare(before, after, given, names=("main", "change"))
    assert review.risk is not Risk.UNKNOWN, texts(review)
    for environment in review.environments:
        if environment.after is None:
            continue
        found = rehearsals[environment.name]
        by_itself = [each for each in environment.refused if "A rehearsal" not in each.text]
        assert (found["outcome"] == "deployed") is not bool(by_itself), texts(review)
    if change == SAMPLE:
        rows = rehearsals["Dev"]["rows"]
        assert {row["stack"] for row in rows if row["did"] == "replaced"} == {"Dev/Cluster"}
        assert rehearsals["Dev"]["destroyed"] == "done"
