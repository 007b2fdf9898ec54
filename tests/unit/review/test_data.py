"""Sentences as data: what stands in them, and how they are filled in."""

from __future__ import annotations

from constructs_lib.specs.additional_add_on import PRESETS
from guardrails.reach.places import DATA, needs_of
from review.comings import NEEDS
from review.model import SENTENCES, Consent, Risk, say
from review.moments import SAYS
from review.protection_rows import ROWS
from review.protections import TARGETS


def test_a_sentence_has_its_values_and_its_usual_risk() -> None:
    """A value may hold braces, as what a deploy fills in does."""
    sentence = say("stack new", name="{AWS::StackName}", details=["Why."])
    assert sentence.text == "Stack `{AWS::StackName}` is new."
    assert (sentence.risk, sentence.details, sentence.consents) == (Risk.SAFE, ("Why.",), ())


def test_a_risk_that_depends_on_the_values_stands_before_the_usual_one() -> None:
    """Also where it is the least of all."""
    consent = Consent(key="K")
    sentence = say("balancer is removed", name="It", risk=Risk.NOTHING, consents=[consent])
    assert (sentence.risk, sentence.consents) == (Risk.NOTHING, (consent,))


def test_every_sentence_is_a_whole_one() -> None:
    """People read it as it is: with a verdict that is one, and an end."""
    for name, (risk, text, lasts) in SENTENCES.items():
        assert lasts in SAYS, name
        assert Risk.SAFE <= risk <= Risk.UNKNOWN, name
        assert text.endswith((".", "”")), name
        assert text == " ".join(text.split()), name


def test_what_reach_knows_of_a_component_the_review_tells() -> None:
    """Without a way to a service, who calls it fails, be it a chart or an add-on."""
    known = {*DATA["needed_by_component"], *(x for x in PRESETS if needs_of(x))}
    # Its pods are told of by the associations.
    assert known - {"eks-pod-identity-agent"} <= NEEDS.keys()


def test_every_kind_whose_row_has_a_target_has_its_words() -> None:
    """Without them such a change would have no review at all."""
    assert {row.kind for row in ROWS if "{target}" in row.says} <= TARGETS.keys()
