"""Every row of the catalogue and every attribute of the statutes stands in a pack."""

from __future__ import annotations

from collections import Counter

from ultrarare.analysis.registry import analyses
from ultrarare.guidance.pack import packs

CATALOGUE = {
    "SC": 15, "RP": 16, "NC": 16, "OG": 14, "OA": 10, "CM": 15, "MV": 11, "TE": 7, "CL": 12,
    "EC": 20, "EP": 8, "PM": 11, "DS": 6, "ET": 6,
}  # fmt: skip
ROWS = [f"EL-{k}" for k in range(1, 8)] + [
    f"{prefix}-{k:02d}" for prefix, count in CATALOGUE.items() for k in range(1, count + 1)
]
STATUTES = 203
TOLD = {"RP-08", "EC-13", "NC-11", "OG-14", "OA-08", "CM-15", "CL-11"}


def rows_of():
    return [(pack.id, row) for pack in packs().values() for row in pack.requirements]


def test_the_catalogue_is_whole():
    assert len(ROWS) == 174
    assert set(ROWS) - {row.id for _, row in rows_of()} == set()


def test_the_attributes_of_statutes_are_whole_and_stand_once():
    law = [
        row.id
        for pack_id, row in rows_of()
        if pack_id.startswith(("us-", "fda-rdep")) and row.id != "RP-16"
    ]
    assert len(law) == STATUTES
    assert max(Counter(law).values()) == 1


def test_only_rows_that_ask_nothing_are_told():
    told = {row.id for _, row in rows_of() if row.predicate.ask == "told"}
    assert told & set(ROWS) == TOLD


def test_rows_that_are_ours_say_so_in_their_tag():
    for pack_id, row in rows_of():
        assert row.ours == row.tag.startswith("inferred"), (pack_id, row.id)


def test_what_a_row_relates_to_is_there():
    known = {row.id for _, row in rows_of()}
    for pack_id, row in rows_of():
        assert set(row.relates) <= known, (pack_id, row.id, set(row.relates) - known)


def test_at_least_sixty_rows_of_the_catalogue_rest_on_something_an_analysis_gives():
    """Counted by what the registered analyses and the case's own facts give, not by a promise."""
    given = {kind for analysis in analyses().values() for kind in analysis.gives} | FACTS
    resting = {row.id for _, row in rows_of() if row.id in ROWS and row.kinds & given}
    assert len(resting) >= 60, len(resting)
    assert resting == {row.id for _, row in rows_of() if row.id in ROWS and row.computed}


FACTS = frozenset(
    {
        "case.modality", "case.course", "plan.lock", "plan.endpoint", "plan.control",
        "plan.completeness", "plan.success", "clinical.adult-patient",
    }
)  # fmt: skip
"""Kinds that come of the case and its plan (case/facts.py, app/success.py), not of an analysis."""
