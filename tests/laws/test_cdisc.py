"""Laws of the transport file, of split text, and of study days."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.dossier.cdisc_course import AT, case, event, mapped, series
from ultrarare.dossier.cdisc.checks import check
from ultrarare.dossier.cdisc.dataset import Cell, Dataset, Type, Variable
from ultrarare.dossier.cdisc.limits import limit_problems
from ultrarare.dossier.cdisc.measurements import number_text
from ultrarare.dossier.cdisc.text import LIMIT, joined, plain, split
from ultrarare.dossier.cdisc.timing import is_whole, ordinal, sas_date, study_day, why_not_iso
from ultrarare.dossier.cdisc.xpt import LARGEST, SMALLEST, from_ibm, ibm, xpt

_sizes = st.floats(min_value=SMALLEST, max_value=LARGEST)
numbers = st.one_of(st.just(0.0), _sizes, _sizes.map(lambda size: -size))
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=260)
texts = st.lists(words, min_size=1, max_size=12).map(" ".join)


def table(rows: list[tuple[Cell, ...]], width: int = LIMIT) -> Dataset:
    """A text, a number and a day."""
    kinds: tuple[tuple[str, Type, int, str | None], ...]
    kinds = (("TEXT", "text", width, None), ("NUMBER", "float", 8, None),
             ("DAY", "integer", 8, "DATE9."))  # fmt: skip
    return Dataset(
        name="TEST",
        label="A table",
        family="SDTM",
        observations="FINDINGS",
        structure="one row a row",
        variables=tuple(
            Variable(
                name=name,
                label=f"label of {name}",
                type=kind,
                length=length,
                core="Req",
                origin="Assigned",
                told="",
                display=display,
            )
            for name, kind, length, display in kinds
        ),
        rows=tuple(rows),
    )


@given(numbers)
def test_every_double_of_a_size_has_one_ibm_float(value):
    assert from_ibm(ibm(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.0, "4110000000000000"), (-118.625, "C276A00000000000"), (0.0, "0" * 16),
     (None, "2E00000000000000"), (0.1, "401999999999999A"), (100.0, "4264000000000000")],
)  # fmt: skip
def test_bytes_are_those_of_the_format(value, written):
    """−118.625 is the worked example of IBM's hexadecimal floating point; 2E is SAS's missing."""
    assert ibm(value).hex().upper() == written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e76, -1e76, 1e-80])
def test_what_has_no_ibm_float_is_an_error(value):
    with pytest.raises(OverflowError):
        ibm(value)


rows = st.tuples(
    words.map(lambda text: text[:LIMIT]),
    st.none() | numbers,
    st.none() | st.integers(-150_000, 150_000),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(rows, min_size=1, max_size=40))
def test_an_independent_reader_finds_what_was_written(found):
    pyreadstat = pytest.importorskip("pyreadstat")
    dataset = table(found)
    assert limit_problems([dataset]) == ()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "test.xpt"
        path.write_bytes(xpt(dataset, created=AT))
        frame, meta = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)
    assert list(frame.columns) == ["TEXT", "NUMBER", "DAY"]
    assert meta.column_labels == ["label of TEXT", "label of NUMBER", "label of DAY"]
    assert len(frame) == len(found)
    for (text, number, day), read in zip(found, frame.itertuples(index=False), strict=True):
        assert text == read.TEXT
        for value, seen in ((number, read.NUMBER), (day, read.DAY)):
            assert (seen != seen) if value is None else seen == value  # noqa: PLR0124 -- NaN


@given(texts)
def test_split_text_comes_back(text):
    pieces = split(text)
    assert joined(pieces) == text
    assert all(0 < len(piece) <= LIMIT and not piece.endswith(" ") for piece in pieces)


@given(st.text(max_size=400))
def test_plain_text_changes_once_and_has_no_double_blank(text):
    once = plain(text)
    if once is None:
        assert not text.strip()
    else:
        assert plain(once) == once
        assert "  " not in once
        assert once == once.strip()


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_ascii_text_is_left_alone(text):
    assert plain(text) == text


@given(st.integers(1, 3_000_000), st.integers(1, 3_000_000), st.integers(1, 3_000_000))
def test_study_days_keep_the_order_and_have_no_zero(day, other, reference):
    one, two = study_day(day, reference), study_day(other, reference)
    assert one != 0
    assert (one < two) == (day < other)
    assert study_day(reference, reference) == 1
    crosses = (one > 0) != (two > 0)
    assert abs(one - two) == abs(day - other) + crosses


@given(st.dates())
def test_whole_dates_are_days_and_their_beginnings_are_none(day):
    text = day.isoformat()
    assert ordinal(text) == day.toordinal()
    assert sas_date(text) == (day - date(1960, 1, 1)).days
    for beginning in (text[:4], text[:7]):
        assert why_not_iso(beginning) is None
        assert not is_whole(beginning)
        assert ordinal(beginning) is None
        assert sas_date(beginning) is None


@pytest.mark.parametrize(
    "text", ["2024-13", "2023-02-29", "24-06-03", "2024-6-3", "2024-06-03T25", "2024-06-", ""]
)
def test_what_is_no_date_is_said_so(text):
    assert why_not_iso(text) is not None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_text_is_read_back_as_itself(value):
    assert float(number_text(value)) == value


_amounts = st.one_of(
    st.decimals(-1000, 1000, places=3).map(str),
    st.decimals(0, 100, places=2).map(lambda value: f"<{value}"),
    st.decimals(0, 100, places=2).map(lambda value: f"> {value}"),
    st.integers(0, 50).map(lambda value: f"{value}–{value + 5}"),
)
_days = st.integers(730_000, 740_000)
_kinds = st.sampled_from(["symptom", "intercurrent", "measurement", "follow-up", "diagnosis"])


@settings(deadline=None, max_examples=60)
@given(
    values=st.dictionaries(_days, _amounts, max_size=12),
    doses=st.lists(_days, max_size=3, unique=True),
    events=st.lists(st.tuples(_days, _kinds, texts, st.none() | _amounts), max_size=6),
    life=st.booleans(),
    unit=st.sampled_from(["umol/L", "{score}", "kg", "1"]),
)
def test_any_course_keeps_the_rules_and_the_limits(values, doses, events, life, unit):
    """Open are only what a case has no field for, and what was not said of a dose."""

    def time(day: int) -> str:
        return str(day - 720_000) if life else date.fromordinal(day).isoformat()

    born = {"born": 0} if life else {}
    made = case(clock="day of life" if life else "ISO date", patient={"pseudonym": "x", **born})
    timeline = [
        *(event(time(day), "dose", "dose", value="1", unit="mg/kg") for day in sorted(doses)),
        *(event(time(d), kind, text, value=value, unit=unit) for d, kind, text, value in events),
    ]
    found = mapped(
        series("body weight", unit, *((time(day), v) for day, v in sorted(values.items()))),
        timeline=timeline, made=made,
    )  # fmt: skip
    for study in found.studies:
        assert limit_problems(study.datasets) == ()
        broken = {r.rule: r.breaches for r in check(study) if r.breaches}
        # a test that is named by an event can have a long name; doses can lie after follow-up
        assert set(broken) <= {"UR-02", "UR-SD-04", "UR-SD-05", "UR-SD-08"}
        assert all("UNIT" not in where or unit == "1" for where, _ in broken.get("UR-SD-04", ()))
        assert all("longer than" in text for _, text in broken.get("UR-SD-08", ()))
        assert all("after DM.RFPENDTC" in text for _, text in broken.get("UR-SD-05", ()))
        for dataset in study.datasets:
            for row in dataset.records():
                for name in ("LB", "VS", "QS", "FT"):
                    result, number = row.get(f"{name}STRESC"), row.get(f"{name}STRESN")
                    if result is not None and str(result)[0] in "<>":
                        assert number is None
