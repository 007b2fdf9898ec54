"""The comment: one line for nothing, folded where it is too long, harmless whatever it quotes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assembly.environment import Environment
from review.markdown import LIMIT, markdown, plain
from review.model import (
    Consent,
    EnvironmentReview,
    ObjectDiff,
    RawDiff,
    Review,
    Risk,
    Section,
    Sentence,
)
from tests.unit.review.templates import NODE_GROUP, accepting, resource_of, reviewed, with_property


def review_of(*sentences: Sentence, raw: tuple[RawDiff, ...] = ()) -> Review:
    """Return the review of one environment that says these sentences."""
    section = Section(name="other", title="Everything else", sentences=sentences)
    environment = EnvironmentReview(
        name="Prod", before=None, after=None, sections=(section,), raw=raw
    )
    return Review(base="main", head="change", environments=(environment,))


def test_the_first_line_is_the_verdict() -> None:
    """Every environment by its risk, the worst first."""
    review = review_of(Sentence(text="A.", risk=Risk.REPLACES))
    dev = replace(review_of(Sentence(text="B.")).environments[0], name="Dev")
    both = replace(review, environments=(dev, *review.environments))

    assert markdown(both).splitlines()[0] == "Verdict: **replaces** (Prod), **safe** (Dev)"


def test_the_verdict_names_all_that_nobody_may_overlook() -> None:
    """An outage stands there, too, where more is lost; what is refused stands there alone."""
    outage = Sentence(text="A.", risk=Risk.TAKES_DOWN)
    quiet = Sentence(text="B.", risk=Risk.INTERRUPTS)
    for worst, verdict in (
        (Risk.LOSES_DATA, "**loses data**, **takes down**"),
        (Risk.WEAKENS, "**takes down**, **weakens**"),
        (Risk.REFUSED, "**cannot be deployed**"),
    ):
        text = markdown(review_of(quiet, outage, Sentence(text="C.", risk=worst)))
        assert text.splitlines()[0] == f"Verdict: {verdict} (Prod)"


def test_sentences_are_ordered_by_risk() -> None:
    """Whatever section they are of."""
    text = markdown(review_of(Sentence(text="Low."), Sentence(text="High.", risk=Risk.LOCKS_OUT)))
    assert text.index("**locks out**: High.") < text.index("safe: Low.")


@pytest.mark.parametrize("size", [100, LIMIT, 400_000])
def test_a_long_raw_diff_is_folded_away_and_named(size: int) -> None:
    """The sentences stay, and the reader learns what is missing and where it is."""
    review = review_of(Sentence(text="A."), raw=(RawDiff(stack="Prod/Cluster", text="x" * size),))

    text = markdown(review)

    assert len(text) <= LIMIT
    assert "safe: A." in text
    fits = size < LIMIT
    assert ("x" * size in text) is fits
    assert ("cdk diff of Prod/Cluster: 1 lines. See `review.html`." in text) is not fits


def test_too_many_sentences_are_counted() -> None:
    """The riskiest stay; nothing is cut without saying so."""
    review = review_of(
        *(Sentence(text=f"{number} " + "x" * 400, details=("y" * 400,)) for number in range(300)),
        Sentence(text="The worst.", risk=Risk.LOCKS_OUT),
    )

    text = markdown(review)

    assert len(text) <= LIMIT
    assert "**locks out**: The worst." in text
    assert "291 more, without impact: See `review.html`." in text


def test_what_it_quotes_does_nothing() -> None:
    """Nobody is notified, no tag is rendered, and no fence ends early."""
    raw = RawDiff(stack="Prod/Cluster", text="```\n</details>\n````")
    text = markdown(review_of(Sentence(text="<b> of @all, `<T>@x`"), raw=(raw,)))

    assert "&lt;b&gt; of &#64;all, `<T>@x`" in text
    assert text.count("`````") == 2


def test_a_terminal_has_what_is_above_the_folds() -> None:
    """As a reader writes it: without Markdown's marks, and code as it is."""
    said = Sentence(text="**`a&amp;b`** of <b> & @all, `**/x`", risk=Risk.WEAKENS)
    raw = RawDiff(stack="Prod/Cluster", text="x")

    assert plain(review_of(said, raw=(raw,))) == (
        "Verdict: weakens (Prod)\n\n## Prod\n\n"
        "- weakens: `a&amp;b` of <b> & @all, `**/x`\n\n_Compares `main` with `change`._\n"
    )


def test_missing_consent_comes_with_the_line_to_add(prod: Environment) -> None:
    """And given consent with its reason."""
    after = with_property(prod, "Cluster", NODE_GROUP, "CapacityType", "SPOT")
    key = resource_of(after, "Cluster", NODE_GROUP).path

    lines = f'```\naccepted_replacements={{\n    "{key}": "WHY",  # node group General\n}},\n```\n'
    assert lines in markdown(reviewed(prod, after))
    given = markdown(reviewed(prod, accepting(after, {key: "Spot is enough."})))
    assert "needs consent" not in given
    assert "Consent given: “Spot is enough.”" in given


def test_what_nobody_decides_on_is_folded() -> None:
    """Also where there is room; alone it is all that there is to say."""
    aside, other = Sentence(text="Tags.", aside=True), Sentence(text="More pods.")

    above, _, below = markdown(review_of(aside, other)).partition("<details>")
    assert "More pods." in above
    assert "1 more, without impact" in below
    assert "Tags." in below
    assert "<details>" not in markdown(review_of(aside))


def test_a_lower_cost_is_no_sentence_without_impact() -> None:
    """It stays above the folds where there is no room for what is safe."""
    worse = [Sentence(text=f"{number}.", risk=Risk.WEAKENS) for number in range(19)]
    cost = Sentence(text="Estimated cost: $2 → **$1**.", details=("Nodes: $2 → $1.",))
    review = review_of(*worse, *(Sentence(text=f"Safe {number}.") for number in range(9)))
    (environment,) = review.environments
    sections = (*environment.sections, Section(name="cost", title="Cost", sentences=(cost,)))
    review = replace(review, environments=(replace(environment, sections=sections),))

    above, _, below = markdown(review).partition("<details>")

    assert cost.text in above
    assert "Safe 8." in below


def test_a_new_and_a_lost_environment(prod: Environment) -> None:
    """A lost one stays deployed; a new one is reviewed whole."""
    assert (
        "Environment Prod was removed from the code: its stacks keep running, for about $730 a month, until you run `make destroy"
        in markdown(reviewed(prod, None))
    )
    new = markdown(reviewed(None, prod))
    assert "Role `Administrator` may now do everything in the whole cluster" in new
    assert "Estimated cost: $0 → **$730** a month (+$730)." in new


def test_more_consents_than_a_comment_holds_are_elsewhere() -> None:
    """The verdict stays, whatever else gives way."""
    sentences = (
        Sentence(
            text="x", risk=Risk.REPLACES, consents=(Consent(key=f"Prod/{'y' * 200}/{number}"),)
        )
        for number in range(400)
    )
    text = markdown(review_of(*sentences))

    assert len(text) <= LIMIT
    assert text.startswith("Verdict: **replaces** (Prod)\n")
    assert "\nSee `review.html` for the missing consents.\n" in text


def test_more_objects_than_a_comment_holds_are_counted() -> None:
    """Each leaves a line, and thousands of lines are too long as well."""
    diffs = tuple(
        ObjectDiff(
            kind="Deployment", name="x" * 60 + str(n), namespace="", change="added", lines=()
        )
        for n in range(3_000)
    )
    section = Section(
        name="kubernetes", title="Objects", sentences=(Sentence(text="A."),), diffs=diffs
    )
    environment = EnvironmentReview(name="Prod", before=None, after=None, sections=(section,))
    text = markdown(Review(base="main", head="change", environments=(environment,)))

    assert len(text) <= LIMIT
    assert "2800 more objects change. See `review.html`." in text
