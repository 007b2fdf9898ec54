"""The page of a review: whole, harmless, and the same every time."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from review.html.page import RISKS, html, html_of, sentences_by_risk
from review.model import Consent, EnvironmentReview, RawDiff, Review, Risk, Section, Sentence
from tests.support import ROOT
from tests.unit.review.templates import NODE_GROUP, reviewed, with_property

VOID = {"meta", "link", "hr", "img", "input"}
HOSTILE = "</pre><script>alert(1)</script>"


class Structure(HTMLParser):
    """Opens and closes elements as they come; what is not closed in its order is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.wrong: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        if "style" in given or any(name.startswith("on") for name in given):
            self.wrong.append(f"{tag} has a style or a script of its own")
        if re.fullmatch(r"h\d", tag):
            self.headings.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")


def structure(text: str) -> Structure:
    """Return what a page is made of."""
    parser = Structure()
    parser.feed(text)
    parser.close()
    return parser


@pytest.fixture(scope="session")
def zone_added(heads: Path, dev: Environment) -> Review:
    """Return the review of a large change."""
    review = reviewed(dev, assembly_at(heads / "zone-added").environments()["Dev"])
    return replace(review, notes=("Something could not be seen.",))


def test_the_page_is_well_formed(zone_added: Review, prod: Environment) -> None:
    """Every element is closed in its order, no id is used twice, headings leave out no level."""
    for text in (html(zone_added), html(reviewed(prod, prod)), html_of(prod)):
        found = structure(text)
        assert found.open == []
        assert found.wrong == []
        assert len(found.ids) == len(set(found.ids))
        assert found.headings[0] == "h1"
        levels = [int(each[1]) for each in found.headings]
        assert all(new - old <= 1 for old, new in itertools.pairwise(levels))
        assert levels.count(1) == 1


def test_everything_of_the_review_is_there(zone_added: Review) -> None:
    """Sentences with their details, tables, notes and the consent that is missing."""
    text = html(zone_added)
    words = re.sub(r"<[^>]+>", "", text)
    environment = zone_added.environments[0]
    for sentence in environment.sentences:
        for said in (sentence.text, *sentence.details):
            assert re.sub(r"[`*]", "", said).replace("'", "&#39;") in words
    for section in environment.sections:
        for table in section.tables:
            assert f">{table.title}</caption>" in text
        if section.sentences:
            assert f'<span class="subject">{section.title}</span>' in text
    assert "Something could not be seen." in text
    missing = zone_added.missing_consents
    losses = [each for each in missing if not each.trailer]
    assert 0 < len(losses) < len(missing)
    assert all(f"{each.key}&#34;: &#34;WHY" in text for each in losses)
    assert all(f"Review-consent: {each.key}: WHY" in text for each in missing if each.trailer)
    assert '<h1><span class="over">Review of a change</span>' in text
    assert "</span> takes down</span></h1>" in text


def test_the_page_says_what_the_verdict_means(prod: Environment) -> None:
    """In the words of the document."""
    table = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
    assert [*RISKS] == [risk.words for risk in Risk]
    for risk, said in RISKS.items():
        words = f"{said['meaning'][0].lower()}{said['meaning'][1:]}".removesuffix(".")
        assert re.search(rf"^\| \**{risk}\** \| {re.escape(words)} \|", table, re.MULTILINE)
    assert "<p>The templates are the same.</p>" in html(reviewed(prod, prod))


def test_the_list_of_environments_counts_findings(zone_added: Review, prod: Environment) -> None:
    """So a reader knows what is below."""
    nav = html(zone_added).partition("<nav")[2].partition("</nav>")[0]
    count = len([*zone_added.environments[0].sentences])
    assert f'<span class="quiet">{count} findings</span></a>' in nav
    assert "finding" not in html(reviewed(prod, prod))


def test_what_differs_has_a_heading_and_the_rest_is_folded(prod: Environment, heads: Path) -> None:
    """A table in which a row differs is open, under its subject."""
    text = html(reviewed(prod, assembly_at(heads / "maximum-nodes").environments()["Prod"]))
    opened, _, folded = text.partition("<h3>Unchanged</h3>")
    assert re.findall(r"<h3>(.+?)</h3>", opened) == ["Pictures", "Capacity"]
    assert '<caption class="hidden">Capacity</caption>' in opened
    assert '<tr class="changed"><th scope="row">maximum pods</th><td class="right">1,014' in opened
    assert '<tr><th scope="row">most addresses in a subnet, steady</th>' in opened
    assert "<summary>Versions</summary>" in folded
    assert '<caption class="hidden">Versions</caption>' in folded
    assert '<tr class="changed">' not in folded


def test_the_riskiest_is_first(dev: Environment) -> None:
    """Environments and sentences alike, whatever section they are of; what doesn't change is last."""
    same = EnvironmentReview(name="Aaa", before=dev, after=dev)
    sentences = [Sentence(text=risk.words, risk=risk) for risk in Risk if risk]
    changed = EnvironmentReview(
        name="Dev",
        before=dev,
        after=dev,
        sections=tuple(
            Section(name="other", title=each.text, sentences=(each,)) for each in sentences
        ),
    )
    text = html(Review(base="main", head="change", environments=(same, changed)))
    assert text.index('<h2 id="environment-dev">') < text.index('<h2 id="environment-aaa">')
    assert "<details><summary>Pictures of Aaa</summary>" in text
    risks = re.findall(r'<li>\s*<span class="risk risk-(\w+)"', text)
    expected = [risk.name.lower() for risk in reversed(Risk) if risk]
    # The rest is folded below what is refused, or not known.
    assert risks == expected
    assert (
        text.index("unknown</p>")
        < text.index("<summary>What it would do")
        < text.index("locks out</p>")
    )


def test_sentences_of_one_risk_keep_the_order_of_the_sections() -> None:
    """Each with the subject that it belongs to."""
    safe, worse = Sentence(text="One."), Sentence(text="Two.", risk=Risk.EXPOSES)
    sections = (
        Section(name="capacity", title="Capacity", sentences=(safe, worse)),
        Section(name="cost", title="Cost", sentences=(safe,)),
    )
    environment = EnvironmentReview(name="Prod", before=None, after=None, sections=sections)
    assert [(each.text, subject) for each, subject in sentences_by_risk(environment)] == [
        ("Two.", "Capacity"),
        ("One.", "Capacity"),
        ("One.", "Cost"),
    ]


def test_the_diff_of_an_object_keeps_its_signs(prod: Environment, heads: Path) -> None:
    """Color alone would say nothing to some."""
    text = html(reviewed(prod, assembly_at(heads / "replicas").environments()["Prod"]))
    assert re.search(r'<span class="line removed">-\s+replicas: 3\n</span>', text)
    assert re.search(r'<span class="line added">\+\s+replicas: 5\n</span>', text)


def test_what_is_quoted_does_nothing(prod: Environment) -> None:
    """Names of resources, reasons and the raw diff come from a pull request."""
    sentence = Sentence(
        text=HOSTILE,
        risk=Risk.LOCKS_OUT,
        details=(HOSTILE,),
        consents=(Consent(key=HOSTILE, given=HOSTILE),),
    )
    environment = EnvironmentReview(
        name="Prod",
        before=prod,
        after=with_property(prod, "Cluster", NODE_GROUP, "InstanceTypes", [HOSTILE]),
        sections=(Section(name="other", title=HOSTILE, sentences=(sentence,)),),
        raw=(RawDiff(stack=HOSTILE, text=HOSTILE),),
    )
    text = html(Review(base=HOSTILE, head=HOSTILE, environments=(environment,), notes=(HOSTILE,)))
    assert "<script" not in text
    assert structure(text).wrong == []


def test_the_policy_lets_in_the_style_sheet_and_nothing_else(prod: Environment) -> None:
    """The hash is that of the style sheet in the page."""
    text = html_of(prod)
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
    assert f'http-equiv="Content-Security-Policy" content="{policy.format(digest)}"' in text
    assert text.count("<style>") == 1


def test_the_page_is_the_same_every_time(zone_added: Review) -> None:
    """So a change of it is a change of the review."""
    assert html(zone_added) == html(zone_added)


def test_a_review_of_nothing_shows_what_there_is(prod: Environment) -> None:
    """One word and the pictures; beside a change they are folded."""
    text = html(reviewed(prod, prod))
    assert "<details open><summary>Pictures of Prod</summary>" in text
    assert "nothing to deploy</span></h1>" in text
    assert text.count("<figure") >= 1
    assert "<h3>" not in text
    assert 'type="radio"' not in text


def test_a_picture_that_stays_is_folded(prod: Environment, heads: Path) -> None:
    """Of two that are the same, one is enough; those that differ are open, with both sides."""
    text = html(reviewed(prod, assembly_at(heads / "access-entry-added").environments()["Prod"]))
    opened, _, folded = text.partition("<h3>Unchanged</h3>")
    assert re.findall(r"<figcaption>(.+?)</figcaption>", opened) == ["Access"]
    assert re.findall(r"<summary>(\w+ ?\w*)</summary><figure", folded) == [
        "Network",
        "Deploy order",
    ]
    assert "<figcaption>" not in folded
    assert text.count("<svg") == 2 + 1 + 1


def test_before_stands_before_after(prod: Environment, heads: Path) -> None:
    """What it will be is what one sees first."""
    text = html(reviewed(prod, assembly_at(heads / "access-entry-added").environments()["Prod"]))
    switch = re.findall(r'class="show-(\w+)"( checked)?>', text)
    assert switch == [("before", ""), ("after", " checked")]


def test_a_screen_that_is_too_narrow_for_a_picture_shows_its_list(prod: Environment) -> None:
    """Every picture has one, and only one of the two is shown; paper shows the picture."""
    text = html_of(prod)
    style, _, body = text.partition("</style>")
    narrow = re.search(r"@media screen and \(max-width: (\d+)rem\) \{(.+?)\n\}", style, re.DOTALL)
    assert narrow
    rules = {"drawing": "none", "listing": "block"}
    assert all(f".{name} {{ display: {shown}; }}" in narrow[2] for name, shown in rules.items())
    assert re.search(r"\.listing \{[^}]*display: none;[^}]*overflow-wrap: anywhere;", style)
    widths = [int(each) for each in re.findall(r'<svg [^>]* width="(\d+)"', body)]
    assert len(widths) == len(re.findall(r'<div class="listing">', body)) == 3
    padding_and_scroll_bar = 2 * 16 + 2 + 17
    assert max(widths) + padding_and_scroll_bar <= int(narrow[1]) * 16


def test_an_environment_that_comes_or_goes_has_one_picture_of_each(prod: Environment) -> None:
    """There is nothing to compare with."""
    for text in (html(reviewed(None, prod)), html(reviewed(prod, None))):
        assert text.count("<svg") == text.count("<figure") >= 1
        assert "box-added" not in text.partition("</style>")[2]
