"""Masks, and what stands in their place when templates are compared."""

from __future__ import annotations

import pytest

from assembly.snapshots import mask, unmask

OLD = "a" * 64
NEW = "b" * 64


def test_mask_hides_asset_hashes_and_nothing_else() -> None:
    """A hash inside a longer text is masked; a longer or shorter run, or the digest of an image, is not."""
    template = {
        "Key": f"{OLD}.zip",
        "Image": f"repository:{NEW}",
        "Pinned": f"repository@sha256:{NEW}",
        "Long": "c" * 65,
        "Short": "d" * 63,
    }
    assert mask(template) == {
        "Key": "ASSET_HASH.zip",
        "Image": "repository:ASSET_HASH",
        "Pinned": f"repository@sha256:{NEW}",
        "Long": "c" * 65,
        "Short": "d" * 63,
    }


@pytest.mark.parametrize(
    ("snapshot", "template", "expected"),
    [
        pytest.param(
            {"Key": "ASSET_HASH.zip"}, {"Key": f"{NEW}.zip"}, {"Key": f"{NEW}.zip"}, id="same"
        ),
        pytest.param(
            {"Key": "ASSET_HASH.zip"}, {"Key": f"{NEW}.json"}, {"Key": "ASSET_HASH.zip"}, id="other"
        ),
        pytest.param({"Key": "ASSET_HASH"}, {}, {"Key": "ASSET_HASH"}, id="gone"),
        pytest.param({"Size": 9}, {"Size": 12}, {"Size": 9}, id="a real change stays"),
        pytest.param(["ASSET_HASH", "x"], [NEW], [NEW, "x"], id="shorter list"),
        pytest.param(["x"], ["x", NEW], ["x"], id="longer list"),
        pytest.param([{"Ref": "A"}], [{"Ref": "B"}], [{"Ref": "A"}], id="other reference"),
    ],
)
def test_unmask_takes_the_hash_of_the_same_place(
    snapshot: object, template: object, expected: object
) -> None:
    """Only a mask is filled in; every other difference is left for `cdk diff` to tell."""
    assert unmask(snapshot, template) == expected
