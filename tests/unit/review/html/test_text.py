"""Sentences as HTML: code and bold stay, and whatever else they quote does nothing."""

from __future__ import annotations

import pytest

from review.html.page import rich


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a `b` c", "a <code>b</code> c"),
        ("**a** b", "<strong>a</strong> b"),
        ("**`a` is b**", "<strong><code>a</code> is b</strong>"),
        ("`arn:**:x` and **bold**", "<code>arn:**:x</code> and <strong>bold</strong>"),
        ("`**`", "<code>**</code>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ('**"<i>**', "<strong>&#34;&lt;i&gt;</strong>"),
        ("&amp;", "&amp;amp;"),
    ],
)
def test_text_holds_code_and_bold_only(text: str, expected: str) -> None:
    """As `review.model.Sentence` says."""
    assert rich(text) == expected
