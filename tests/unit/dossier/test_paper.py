"""The paper says what the page says, in one order, and reads no text of a case as markup."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest

from tests.unit.dossier.example import example, findings
from ultrarare.dossier.paper import pdf
from ultrarare.guidance.assessment import Verdict


@pytest.fixture(scope="module")
def paper() -> bytes:
    return pdf(example())


@pytest.fixture(scope="module")
def text(paper: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(paper))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_same_content_gives_the_same_bytes(paper):
    assert pdf(example()) == paper


def test_it_is_tagged_and_carries_a_title(paper):
    reader = pypdf.PdfReader(io.BytesIO(paper))

    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == "A made case of carbamoyl-phosphate synthetase 1 deficiency"
    assert "/CreationDate" not in reader.metadata


def test_it_contains_every_verdict_word_and_every_finding(text):
    for verdict in Verdict:
        assert verdict.value in text
    squeezed = text.replace(" ", "").replace("-", "")  # ids may break over lines
    for finding in findings():
        assert finding.id.replace("-", "") in squeezed


def test_markup_in_a_statement_stays_text(text):
    assert "<script>alert(1)</script> #panic() *bold* @ref $x$ `raw` = 1" in text


def test_post_hoc_stands_beside_the_course_estimate(text):
    assert "n = 9 visits post hoc" in text


def test_the_head_runs_on_every_page(paper):
    reader = pypdf.PdfReader(io.BytesIO(paper))
    total = len(reader.pages)

    for number, page in enumerate(reader.pages, 1):
        words = " ".join(page.extract_text().split())
        assert "made-case · digest 3f5a3f5a3f5a · 2026-03-05" in words
        assert f"page {number} of {total}" in words


def test_letter_is_another_sheet_with_the_same_verdicts(paper):
    letter = pypdf.PdfReader(io.BytesIO(pdf(example(), paper="us-letter")))

    assert letter.pages[0].mediabox.width == 612
    assert pypdf.PdfReader(io.BytesIO(paper)).pages[0].mediabox.width < 596
