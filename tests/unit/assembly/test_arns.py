from __future__ import annotations

import pytest

from assembly.arns import HOLE, alike


@pytest.mark.parametrize(
    ("pattern", "value", "same"),
    [
        (f"arn:{HOLE}:s3:::a", "arn:aws:s3:::a", True),
        (f"arn:aws:logs:{HOLE}:1:x", f"arn:aws:logs:r:{HOLE}:x", True),
        (f"arn:aws:logs:{HOLE}:1:x", f"arn:aws:logs:r:{HOLE}:y", False),
        ("arn:aws:logs:*", "arn:aws:logs:r:1:log-group:a", True),
        ("a.b", "axb", False),
    ],
)
def test_holes_fit_anything(pattern: str, value: str, same: object) -> None:
    """On either side, in each part of an ARN."""
    assert alike(pattern, value) is same
