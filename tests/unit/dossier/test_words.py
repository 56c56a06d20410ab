"""Numbers are printed with the digits that their interval justifies."""

from __future__ import annotations

import pytest

from ultrarare.case.finding import Direction, Estimate, Finding, Origin
from ultrarare.dossier.words import estimate_parts, is_share, plain, unit_word


@pytest.mark.parametrize(
    ("estimate", "share", "expected"),
    [
        (Estimate(value=0.62541, lower=0.606, upper=0.644), True, ("62.5", "60.6–64.4", "%")),
        (Estimate(value=-12.41, lower=-26.0, upper=1.2, unit="umol/L"), False,
         ("−12", "−26 to 1", "µmol/L")),
        (Estimate(value=0.0041, lower=0.0032, upper=0.0051), False,
         ("0.0041", "0.0032–0.0051", "")),
        (Estimate(value=0.42), True, ("42", "", "%")),
        (Estimate(value=3.0, lower=1.25), False, ("3", "from 1.25", "")),
        (Estimate(lower=1.0, upper=2.0), False, ("", "1.0–2.0", "")),
        (Estimate(value=5.0, lower=5.0, upper=5.0), False, ("5", "5–5", "")),
        (Estimate(value=-0.001, lower=-3.0, upper=3.0), False, ("0.0", "−3.0 to 3.0", "")),
    ],
)  # fmt: skip
def test_digits_follow_the_interval(estimate, share, expected):
    assert estimate_parts(estimate, share=share) == expected


@pytest.mark.parametrize(
    ("ucum", "word"),
    [("1", ""), ("umol/L", "µmol/L"), ("ug/mL", "µg/mL"), ("{seizures}/wk", "seizures/week"),
     ("d", "days"), ("mg/kg", "mg/kg"), ("mmol/mol", "mmol/mol"), ("U/L", "U/L")],
)  # fmt: skip
def test_units_are_written_as_a_reader_writes_them(ucum, word):
    assert unit_word(ucum) == word


def test_a_ratio_of_the_course_is_no_percentage():
    ratio = Finding(
        id="x",
        kind="course.episodes",
        origin=Origin.COMPUTED,
        statement="x",
        direction=Direction.DESCRIBES,
        estimate=Estimate(value=0.3, lower=0.1, upper=0.9),
    )

    assert not is_share(ratio)
    assert is_share(ratio.model_copy(update={"kind": "engagement.indel"}))


def test_large_and_small_numbers():
    assert plain(12345.6) == "12,346"
    assert plain(-0.5) == "−0.5"
    assert plain(1.2e-7) == "1.20e−07"
