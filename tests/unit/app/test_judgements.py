"""Entries made by a command: validated alone and among the others, and written only then."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from tests.unit.guidance.test_engine import FDA
from ultrarare.app.examples import example_folder
from ultrarare.app.judgements import add_advice, add_judgement, add_review, revoke, show_decisions
from ultrarare.case.folder import JUDGEMENTS, read_case
from ultrarare.errors import InputErrors, NotFound

TODAY = date(2026, 11, 27)
JUDGED = {
    "guidance": FDA, "requirement": "RP-01", "verdict": "supported", "by": "made reviewer",
    "reason": "read it", "interests": "none",
}  # fmt: skip
REVIEW = {
    "judgement": "rp-01-1", "by": "second reader", "outcome": "agrees", "reason": "read it too",
    "interests": "none",
}  # fmt: skip
ADVICE = {
    "guidance": FDA, "requirement": "EL-5", "agency": "made agency", "on": "2026-01-10",
    "meeting": "pre-IND", "effect": "waives", "advice": "Not asked here.", "source": "minutes",
    "recorded_by": "made lead",
}  # fmt: skip


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    shutil.copytree(example_folder("kabe"), folder)
    return folder


def test_the_log_grows_and_is_read_back(case):
    assert add_judgement(case, JUDGED, today=TODAY).id == "rp-01-1"
    add_review(case, REVIEW, today=TODAY)
    add_advice(case, ADVICE)
    rows = {row.id: row for _pack, row in show_decisions(case, guidance=[FDA]).rows()}
    assert [one.standing for one in rows["RP-01"].judgements] == ["reviewed"]
    assert rows["EL-5"].generic is not None
    revoke(case, {"judgement": "rp-01-1", "by": "made reviewer", "reason": "misread"}, today=TODAY)
    record = read_case(case).record
    counts = [
        len(getattr(record, key)) for key in ("judgements", "reviews", "revocations", "advice")
    ]
    assert counts == [1, 1, 1, 1]
    assert add_judgement(case, JUDGED, today=TODAY).id == "rp-01-2"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"by": "nobody"}, "names nobody"),
        ({"by": "Made Reviewer, MD"}, "a second person's"),
        ({"judgement": "rp-01-9"}, "rp-01-9"),
        ({"on": "2020-01-01"}, "before the judgement"),
        ({"interests": ""}, "at least 1 character"),
    ],
)
def test_a_wrong_entry_leaves_the_log_as_it_was(case, change, says):
    add_judgement(case, JUDGED, today=TODAY)
    before = (case / JUDGEMENTS).read_bytes()
    with pytest.raises(InputErrors, match=says):
        add_review(case, {**REVIEW, **change}, today=TODAY)
    assert (case / JUDGEMENTS).read_bytes() == before


def test_a_row_or_a_letter_that_is_not_there_is_told(case):
    with pytest.raises(NotFound, match="XX-1"):
        add_judgement(case, {**JUDGED, "requirement": "XX-1"}, today=TODAY)
    with pytest.raises(NotFound, match="XX-1"):
        add_advice(case, {**ADVICE, "requirement": "XX-1"})
    with pytest.raises(InputErrors, match="not in the case folder"):
        add_advice(case, {**ADVICE, "file": "data/letter.pdf"})
    with pytest.raises(InputErrors, match="asks"):
        add_advice(case, {**ADVICE, "effect": "replaces"})
    assert not (case / JUDGEMENTS).exists()
