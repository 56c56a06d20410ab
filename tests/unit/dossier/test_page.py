"""The page says where each number comes from and asks the network for nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from tests.unit.dossier.example import HOSTILE, example, findings, source
from ultrarare.dossier.content import content
from ultrarare.dossier.page import html
from ultrarare.guidance.assessment import Verdict


class _Reader(HTMLParser):
    """Tags, attributes, and the text outside of style and SVG."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.hidden += tag in ("style", "svg")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "svg")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


@pytest.fixture(scope="module")
def page() -> str:
    return html(example())


@pytest.fixture(scope="module")
def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader


def test_the_same_content_gives_the_same_page(page):
    assert html(content(source())) == page


def test_every_finding_stands_at_its_anchor_and_every_local_link_arrives(read):
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    links = [attrs.get("href") or "" for tag, attrs in read.tags if tag == "a"]
    local = {link[1:] for link in links if link.startswith("#")}

    assert len(ids) == len(set(ids))
    assert local <= set(ids)
    for finding in findings():
        assert f"f-{finding.id.replace('/', '_')}" in ids


def test_every_finding_says_its_id_and_its_provenance(read):
    text = " ".join(read.text)

    for finding in findings():
        assert finding.id in text
        for item in finding.provenance.inputs:
            assert item.sha256 in text


def test_all_seven_verdicts_stand_as_words_beside_a_shape(page):
    for verdict in Verdict:
        slug = verdict.value.replace(" ", "-")
        found = re.search(
            rf'<span class="verdict v-{slug}"><svg class="glyph".*?</svg>'
            rf"<span>{verdict.value}</span>",
            page,
        )
        assert found, verdict


def test_a_hostile_statement_is_inert(page):
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert HOSTILE.split("<")[0] in page


def test_no_text_of_a_picture_becomes_markup():
    given = source()
    event = given.timeline[0]
    hostile = type(event)(event.when, "<script>x</script>", event.kind, None, None, None, None)
    page = html(content(replace(given, timeline=(hostile, *given.timeline[1:]))))

    assert "<script" not in page


def test_the_planned_word_stands_in_every_number(page):
    numbers = re.findall(r'<span class="number">(.*?)</span></span>', page, flags=re.DOTALL)
    numbers += re.findall(r'<span class="number">((?:(?!</p>).)*)</p>', page, flags=re.DOTALL)

    assert numbers
    for number in numbers:
        assert '<span class="planned">' in number
    course = re.search(r'id="f-course_ammonia".*?</article>', page, flags=re.DOTALL)
    assert course is not None
    assert '<span class="planned">post hoc</span>' in course.group()


def test_the_tag_stands_after_every_guidance_sentence(page):
    given = source().assessment
    for document in given.guidance:
        for row in document.requirements:
            rows = re.findall(
                rf'<article class="row" id="r-{document.id}-{row.id}">.*?</article>',
                page,
                flags=re.DOTALL,
            )
            assert len(rows) == 1
            head = re.search(r"<h4>(.*?)</h4>", rows[0], flags=re.DOTALL)
            assert head is not None
            assert head.group(1).index(str(escape(row.question))) < head.group(1).index(row.tag)


def test_nothing_is_fetched_and_the_policy_forbids_it(read):
    policy = next(a for t, a in read.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in (policy["content"] or "")
    for tag, attrs in read.tags:
        assert tag not in ("script", "iframe", "object", "embed")
        assert not (attrs.get("src") or "").startswith("http")
        if tag == "link":
            assert (attrs.get("href") or "").startswith("data:")


def test_the_page_is_smaller_than_two_megabytes(page):
    assert len(page.encode()) < 2_000_000


def test_table_heads_have_a_scope_and_figures_a_caption(read):
    for tag, attrs in read.tags:
        if tag == "th":
            assert attrs.get("scope") in ("col", "row")
    tags = [tag for tag, _ in read.tags]
    assert tags.count("figure") == tags.count("figcaption") == 7


def test_made_and_simulated_data_are_announced_first(read):
    text = " ".join(read.text)

    assert (
        text.index("made data") < text.index("simulated data inside") < text.index("Five elements")
    )


def test_the_size_table_stands_with_the_course_result(page):
    course = re.search(r'id="f-course_ammonia".*?</article>', page, flags=re.DOTALL)

    assert course is not None
    assert "naive, %" in course.group()
    assert "22.7" in course.group()
    assert "15.5" in course.group()


def test_a_case_without_anything_still_makes_a_page():
    given = source()
    empty = given.assessment.model_copy(
        update={"findings": (), "guidance": (), "gaps": (), "failures": ()}
    )
    page = html(
        content(replace(given, assessment=empty, timeline=(), sources=(), datasets=(), methods=()))
    )

    assert "There is no finding under this element." in page
    assert "The case records no events." in page
