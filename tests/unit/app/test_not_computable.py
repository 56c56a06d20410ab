"""The sentence about what cannot be computed keeps names as they are written."""

from __future__ import annotations

import pytest

from tests.factories import example
from tests.unit.app.made_analysis import made, register
from ultrarare.app.analyse import survey_analyses
from ultrarare.errors import NotComputable


@pytest.mark.parametrize(
    ("problem", "statement"),
    [
        ("The product names no guide.", "Not computable: the product names no guide."),
        ("A guide is missing", "Not computable: a guide is missing."),
        ("NM_999901.1:c.91del is an indel", "Not computable: NM_999901.1:c.91del is an indel."),
        ("Cas9 is a nuclease", "Not computable: Cas9 is a nuclease."),
        ("PAM is not given", "Not computable: PAM is not given."),
        ("ReadsA has no tissue", "Not computable: ReadsA has no tissue."),
        ("Made_gene has no frame", "Not computable: Made_gene has no frame."),
    ],
)
def test_a_first_word_that_is_a_name_keeps_its_capital(monkeypatch, problem, statement):
    def cannot(_inputs):
        raise NotComputable(problem, remedy="")

    register(monkeypatch, made("made.cannot", cannot))
    (found,) = [
        f for f in survey_analyses(example("kabe")).findings if f.id.startswith("made.cannot")
    ]
    assert found.statement == statement
