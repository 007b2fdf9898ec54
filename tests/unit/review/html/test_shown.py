"""What is open on the page of a review, what is folded, and in which order."""

from __future__ import annotations

from review.html.shown import Shown
from review.model import EnvironmentReview, ObjectDiff, Risk, Section, Sentence, Table
from review.pictures.picture import Picture

DIFFERS = Table(
    title="Sizes", head=("", "before", "after"), rows=(("a", "1", "2"), ("b", "3", "3"))
)
SAME = Table(title="Names", head=("", "before", "after"), rows=(("a", "x", "x"),))
DIFF = ObjectDiff(kind="Service", name="web", namespace="sample", change="added", lines=("+a",))
SHOWN = Shown(
    review=EnvironmentReview(
        name="Prod",
        before=None,
        after=None,
        sections=(
            Section(
                name="capacity",
                title="Capacity",
                sentences=(Sentence(text="One."), Sentence(text="Two.", risk=Risk.REPLACES)),
                tables=(SAME, DIFFERS),
            ),
            Section(name="kubernetes", title="Kubernetes objects", diffs=(DIFF,)),
            Section(
                name="other",
                title="Everything else",
                sentences=(Sentence(text="Three.", risk=Risk.EXPOSES), Sentence(text="Four.")),
                tables=(SAME,),
            ),
        ),
    ),
    pictures=(
        Picture(key="a", title="A", before="<svg/>", after="<svg/>", changed=False),
        Picture(key="b", title="B", before="<svg/>", after="<svg/>", changed=True),
    ),
)


def test_sentences_are_counted_by_risk() -> None:
    """The worst first; a risk that no sentence has is left out."""
    assert SHOWN.counts == ((Risk.EXPOSES, 1), (Risk.REPLACES, 1), (Risk.SAFE, 2))


def test_sentences_come_by_risk_with_their_subjects() -> None:
    """Those of one risk keep the order of the sections."""
    assert [(each.sentence.text, each.subject) for each in SHOWN.said] == [
        ("Three.", "Everything else"),
        ("Two.", "Capacity"),
        ("One.", "Capacity"),
        ("Four.", "Everything else"),
    ]


def test_a_subject_shows_what_differs() -> None:
    """Without the tables that don't; a section with nothing to look at is none."""
    assert [(each.title, each.tables, each.diffs) for each in SHOWN.subjects] == [
        ("Capacity", (DIFFERS,), ()),
        ("Kubernetes objects", (), (DIFF,)),
    ]


def test_what_stays_is_apart() -> None:
    """To be folded."""
    assert SHOWN.same_tables == (SAME, SAME)
    assert [each.key for each in SHOWN.same_pictures] == ["a"]
    assert [each.key for each in SHOWN.differing_pictures] == ["b"]


def test_the_rows_that_differ_are_known() -> None:
    """The first cell names a row and is no side of it."""
    assert DIFFERS.changed == (("a", "1", "2"),)
    assert SAME.changed == ()
