"""app.py runs without the CDK CLI, as it would with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assembly.synthesis import synthesize

APP = """
import os, pathlib, sys
if FAILS:
    sys.exit("no: the range is taken")
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir()
(out / "context").write_text(os.environ["CDK_CONTEXT_JSON"])
(out / "metadata").write_text(os.environ["AWS_EC2_METADATA_DISABLED"])
"""


def checkout(folder: Path, *, fails: bool) -> Path:
    """Return a checkout with an app."""
    (folder / "cdk.json").write_text('{"context": {"flag": true}}')
    (folder / "app.py").write_text(APP.replace("FAILS", str(fails)))
    return folder


def test_the_app_gets_the_context_of_the_cli(tmp_path: Path) -> None:
    """The flags of cdk.json, what was looked up, and what the CLI adds; nobody is asked for credentials."""
    (tmp_path / "cdk.context.json").write_text('{"vpc": "vpc-1", "flag": false}')
    synthesize(tmp_path / "out", checkout=checkout(tmp_path, fails=False))
    context = (tmp_path / "out/context").read_text()
    assert '"vpc": "vpc-1", "flag": true' in context
    assert '"aws:cdk:enable-path-metadata": true' in context
    assert (tmp_path / "out/metadata").read_text() == "true"


def test_an_app_that_refuses_says_why(tmp_path: Path) -> None:
    """In its own words."""
    with pytest.raises(ValueError, match=r"^no: the range is taken$"):
        synthesize(tmp_path / "out", checkout=checkout(tmp_path, fails=True))
