"""Charts: labels that do not collide, values where they belong, one picture for one input."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import example_findings
from tests.unit.dossier.example import timeline as events
from ultrarare import draw
from ultrarare.case.timeline import EventKind
from ultrarare.dossier.figures import LANES, figures_of
from ultrarare.draw.labels import date_ticks, rows, spread, ticks
from ultrarare.draw.theme import DARK, shorten, text_width, wrap


def _nothing(spec: str) -> str:
    """A renderer for tests that read the specification only."""
    return f'<svg viewBox="0 0 1 1"><!--{len(spec)}--></svg>'


COURSE: dict[str, Any] = {
    "measure": "ammonia",
    "unit": "µmol/L",
    "before": [draw.Point(time=10, value=41.0)],
    "after": [draw.Point(time=30, value=9.0, limit="below"), draw.Point(time=40, value=12.0)],
    "doses": [draw.Mark(time=20, label="dose 1, 0.1 mg/kg"), draw.Mark(time=22, label="dose 2")],
    "intercurrent": [draw.Span(first=25, last=25, label="infection")],
}


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(8, 40)), min_size=1, max_size=12).map(sorted)
)
def test_spread_labels_never_overlap_and_keep_their_order(items):
    wanted, sizes = [w for w, _ in items], [s for _, s in items]
    placed = spread(wanted, sizes=sizes, low=0, high=2000)

    for i in range(len(placed) - 1):
        assert placed[i + 1] - placed[i] >= (sizes[i] + sizes[i + 1]) / 2 - 1e-6
    assert placed[0] - sizes[0] / 2 >= -1e-6


def test_labels_with_room_stand_where_they_want():
    assert spread([20, 100, 300], sizes=[16, 16, 16], low=0, high=400) == [20, 100, 300]


def test_two_that_want_one_place_share_it_evenly():
    assert spread([100, 100], sizes=[10, 10], low=0, high=400) == [95, 105]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 500), st.floats(1, 100)), max_size=12))
def test_no_two_labels_of_a_row_touch(items):
    starts, ends = [a for a, _ in items], [a + w for a, w in items]
    chosen = rows(starts, ends, gap=8)

    for i, first in enumerate(chosen):
        for j in range(i):
            if chosen[j] == first:
                assert ends[i] + 8 <= starts[j] or starts[i] >= ends[j] + 8


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 100, [0, 20, 40, 60, 80, 100]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (3, 3, [3])],
)
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high, count=5) == expected


def test_date_ticks_are_firsts_of_months():
    from datetime import date

    low, high = date(2025, 11, 20).toordinal(), date(2026, 5, 10).toordinal()
    found = [date.fromordinal(int(t)) for t in date_ticks(low, high)]

    assert found == [date(2025, 12, 1), *(date(2026, m, 1) for m in range(1, 6))]


def test_words_fit_the_width_they_are_given():
    text = "glycerol phenylbutyrate lowered and restored for rising glutamine"

    assert all(text_width(line) <= 120 for line in wrap(text, 120))
    assert " ".join(wrap(text, 120)) == text
    assert text_width(shorten(text, 120)) <= 120
    assert shorten("short", 120) == "short"


def test_one_input_gives_one_picture():
    first, second = draw.course(**COURSE), draw.course(**COURSE)

    assert first == second
    assert first.svg.startswith("<svg")
    assert "<title" in first.svg
    assert "<desc" in first.svg


def test_the_renderer_is_asked_once_with_the_specification():
    asked: list[str] = []

    def renderer(spec: str) -> str:
        asked.append(spec)
        return _nothing(spec)

    figure = draw.course(**COURSE, renderer=renderer)

    assert asked == [figure.spec]
    assert json.loads(figure.spec)["layer"]


def test_colours_are_those_of_the_theme():
    svg = draw.course(**COURSE).svg
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{6})"', svg))

    assert used
    assert used <= set(DARK)


def test_a_censored_value_is_an_open_triangle_on_its_limit():
    layers = json.loads(draw.course(**COURSE, renderer=_nothing).spec)["layer"]
    triangles = [la for la in layers if la["mark"].get("shape") == "triangle-down"]

    assert [la["data"]["values"] for la in triangles] == [[{"x": 30, "y": 9.0}]]
    assert triangles[0]["mark"]["filled"] is False


def test_measurements_are_never_joined():
    layers = json.loads(draw.course(**COURSE, renderer=_nothing).spec)["layer"]
    drawn = [la for la in layers if la["mark"]["type"] in ("line", "trail")]

    assert all(la["data"]["values"] == [] for la in drawn)


def _placed(spec: str) -> list[dict[str, Any]]:
    """Every text of a specification that stands at a place in pixels."""
    return [
        {**row, "align": layer["mark"]["align"], "size": layer["mark"]["fontSize"]}
        for layer in json.loads(spec)["layer"]
        if layer["mark"]["type"] == "text"
        for row in layer["data"]["values"]
        if "px" in row and "py" in row and row["t"]
    ]


def _box(row: dict[str, Any]) -> tuple[float, float, float, float]:
    width = text_width(row["t"], row["size"]) * 0.9
    left = {"left": 0, "center": width / 2, "right": width}[row["align"]]
    half = row["size"] / 2 * 0.9
    return row["px"] - left, row["px"] - left + width, row["py"] - half, row["py"] + half


def _colliding(spec: str) -> list[tuple[str, str]]:
    texts = _placed(spec)
    found = []
    for i, one in enumerate(texts):
        for other in texts[:i]:
            a, b = _box(one), _box(other)
            if a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]:
                found.append((one["t"], other["t"]))
    return found


def test_labels_of_near_doses_and_events_do_not_collide():
    crowded = {
        **COURSE,
        "doses": [draw.Mark(time=20 + i, label=f"dose {i}, 0.1 mg/kg") for i in range(4)],
        "intercurrent": [
            draw.Span(first=21 + i, last=23 + i, label=f"infection {i}") for i in range(3)
        ],
    }

    assert _colliding(draw.course(**crowded, renderer=_nothing).spec) == []


def test_no_stem_of_a_dose_passes_through_the_label_of_another():
    figure = draw.course(**COURSE, renderer=_nothing)
    layers = json.loads(figure.spec)["layer"]
    boxes = {row["t"]: _box({**row, "align": "center", "size": 11}) for row in _placed(figure.spec)}
    stems = [
        row
        for layer in layers
        if layer["mark"]["type"] == "rule" and layer["mark"].get("strokeWidth") == 1.2
        for row in layer["data"]["values"]
    ]

    assert len(stems) == 2
    for left, right, top, bottom in (boxes["dose 1, 0.1 mg/kg"], boxes["dose 2"]):
        for stem in stems:
            crosses = left < stem["px"] < right
            reaches = stem["py"] < bottom and stem["py2"] > top
            assert not (crosses and reaches)


def test_labels_of_the_published_timeline_do_not_collide():
    happenings = [
        draw.Happening(
            lane=LANES[e.kind],
            first=e.when.first,
            last=e.when.last,
            when=e.when.text,
            label=e.event,
            strong=e.kind is EventKind.DOSE,
        )
        for e in events()
    ]
    figure = draw.timeline(happenings, clock="day of life", renderer=_nothing)
    labels = [row["t"] for row in _placed(figure.spec)]

    assert _colliding(figure.spec) == []
    assert "dose 1" in labels
    assert "tacrolimus started" in labels


def test_a_long_timeline_keeps_its_doses_and_says_what_has_no_words():
    many = [
        draw.Happening(lane="measure- ment", first=i, last=i, when=str(i), label=f"visit {i}")
        for i in range(80)
    ]
    dose = draw.Happening(lane="dose", first=40, last=40, when="40", label="dose", strong=True)
    figure = draw.timeline([*many, dose], clock="day of life", renderer=_nothing)

    assert "dose" in [row["t"] for row in _placed(figure.spec)]
    assert "37 events are drawn without words" in figure.caption


def test_at_most_twenty_alleles_and_then_how_many_more():
    alleles = [
        draw.Allele(sequence="ACGT", reads=10, share=0.02, outcome="", protein="")
        for _ in range(23)
    ]
    figure = draw.allele_alignment(
        reference="AAGT",
        first_position=1,
        guide=(1, 3),
        pam=(4, 4),
        window=(1, 2),
        target=2,
        alleles=alleles,
        total=500,
        unseen=(7, 40),
        renderer=_nothing,
    )

    assert "3 more alleles are not drawn, 6.0% of reads" in figure.caption
    assert "7 further alleles not shown: 40 reads, 8.0%" in figure.caption
    bold = [
        layer["data"]["values"]
        for layer in json.loads(figure.spec)["layer"]
        if layer["mark"].get("fontWeight") == "bold" and "font" in layer["mark"]
    ]
    assert [len(values) for values in bold] == [20]
    assert {row["t"] for row in bold[0]} == {"C"}


GUIDED = "CCATGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA"


def _allele(sequence: str = GUIDED, *, insertions: Any = (), reads: int = 10) -> draw.Allele:
    return draw.Allele(
        sequence=sequence, reads=reads, share=0.1, outcome="", protein="", insertions=insertions
    )


def _aligned(reference: str, *alleles: draw.Allele, first: int = -2) -> draw.Figure:
    return draw.allele_alignment(
        reference=reference,
        first_position=first,
        guide=(1, 20),
        pam=(21, 23),
        window=(3, 9),
        target=8,
        alleles=alleles,
        total=100,
        renderer=_nothing,
    )


def _marks(figure: draw.Figure, **mark: Any) -> list[dict[str, Any]]:
    """Rows of every layer whose mark has these properties."""
    return [
        row
        for layer in json.loads(figure.spec)["layer"]
        if mark.items() <= layer["mark"].items()
        for row in layer["data"]["values"]
    ]


def test_an_insertion_is_a_caret_between_two_columns_with_its_bases():
    short = GUIDED[:26]
    figure = _aligned(short, _allele(short), _allele(short, insertions=((17, "CCCA"),)))
    letters = [row for row in _marks(figure, type="text", fontSize=13) if row["t"] in "ACGT"]
    columns = sorted({row["px"] for row in letters})
    between = (columns[17 + 2] + columns[18 + 2]) / 2  # the first column is position -2
    carets = _marks(figure, type="rule", strokeWidth=1.4)
    assert [row["px2"] for row in carets] == [between, between]
    (label,) = (row for row in _marks(figure, type="text") if row["t"] == "CCCA")
    assert label["px"] == pytest.approx(between)
    assert label["py"] > max(row["py"] for row in letters)
    assert "CCCA inserted after 17" in figure.description
    assert "A caret marks gained bases" in figure.caption
    assert "caret" not in _aligned(short, _allele(short)).caption


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(-3, 23), st.text("ACGT", min_size=1, max_size=20), max_size=5),
    st.dictionaries(st.integers(-3, 23), st.text("ACGT", min_size=1, max_size=20), max_size=5),
)
def test_the_bases_of_insertions_never_overlap_each_other_or_a_row(one, other):
    short = GUIDED[:26]
    alleles = [_allele(short, insertions=tuple(one.items())), _allele(short)]
    alleles.append(_allele(short, insertions=tuple(other.items())))
    figure = _aligned(short, *alleles)
    lines = sorted({row["py"] for row in _marks(figure, type="text", fontSize=13)})
    labels = _marks(figure, type="text", fontSize=10, fontWeight="bold")
    assert len(labels) == len(one) + len(other)
    for label in labels:
        assert min(abs(label["py"] - line) for line in lines) >= 11
    for a, b in combinations(labels, 2):
        apart = abs(a["px"] - b["px"]) >= a["px2"] - a["px"] + b["px2"] - b["px"]
        assert apart or abs(a["py"] - b["py"]) >= 11


def test_columns_that_are_not_drawn_are_named_and_so_is_what_differs_there():
    lost = "---" + GUIDED[3:]
    figure = _aligned(GUIDED, _allele(), _allele(lost), _allele(insertions=((35, "G"),)))
    drawn = [row["t"] for row in _marks(figure, type="text", fontSize=13) if row["head"]]
    first = GUIDED.index("".join(drawn)) - 2
    assert len(drawn) == 34
    assert first == -2
    assert "Positions −2 to 31 are drawn, of −2 to 37 compared." in figure.caption
    assert "Changes outside them, in 1 of the alleles, are not drawn." in figure.caption
    assert "Positions" not in _aligned(GUIDED[:30], _allele(GUIDED[:30])).caption


def test_a_deletion_at_the_edge_is_said_to_reach_further():
    short = GUIDED[:26]
    assert "may have lost more" in _aligned(short, _allele("--" + short[2:])).caption
    assert (
        "may have lost more" not in _aligned(short, _allele(short[:5] + "--" + short[7:])).caption
    )


def test_a_pam_outside_the_compared_span_is_not_drawn():
    guide = GUIDED[3:23]
    assert "PAM" in {row["t"] for row in _marks(_aligned(GUIDED, _allele()), type="text")}
    without = _aligned(guide, _allele(guide), first=1)
    assert "PAM" not in {row["t"] for row in _marks(without, type="text")}


def test_the_insertions_of_a_finding_reach_its_figure():
    finding = example_findings("kabe")["editing.allele-table/alleles/any-edit"]
    alleles = dict(finding.details["alleles"])
    row = {**alleles["rows"][0], "insertions": [{"after": 17, "bases": "TTTT"}]}
    alleles["rows"] = [row, *alleles["rows"][1:]]
    changed = finding.model_copy(update={"details": {**finding.details, "alleles": alleles}})
    (figure,) = figures_of(changed, dates=False, renderer=_nothing)
    assert figure is not None
    assert "TTTT" in {row["t"] for row in _marks(figure, type="text")}


def test_survival_ends_its_band_where_limits_are_not_defined():
    figure = draw.survival(
        time=[1, 2],
        share=[0.5, 0.0],
        lower=[0.1, None],
        upper=[0.9, None],
        unit="years",
        group="untreated",
        people=4,
        events=4,
        patient=draw.Mark(time=5, label="this patient"),
        renderer=_nothing,
    )
    areas = [la for la in json.loads(figure.spec)["layer"] if la["mark"]["type"] == "area"]

    # Nor is there an interval before the first event.
    assert [row["x"] for row in areas[0]["data"]["values"]] == [1, 2]
    assert "this patient" in figure.description


@pytest.mark.parametrize(("age", "points"), [(1.5, 0), (3.5, 1), (7.0, 0)])
def test_survival_begins_at_the_earliest_entry_and_sets_the_patient_on_it_only_where_it_is(
    age, points
):
    figure = draw.survival(
        time=[3, 4],
        share=[0.8, 0.6],
        lower=[0.4, 0.2],
        upper=[0.9, 0.8],
        start=2.0,
        censored_at=[5],
        unit="years",
        group="untreated",
        patient=draw.Mark(time=age, label="this patient"),
        renderer=_nothing,
    )
    layers = json.loads(figure.spec)["layer"]
    line, area = (
        next(la for la in layers if la["mark"]["type"] == kind)["data"]["values"]
        for kind in ("line", "area")
    )

    assert [row["x"] for row in line] == [2, 3, 4, 5]
    assert [row["x"] for row in area] == [3, 4, 5]
    assert sum(la["mark"].get("size") == 80 for la in layers) == points  # the patient's
    assert "begins at 2 years" in figure.caption


def test_a_disagreement_of_published_values_is_said():
    value = draw.CitedValue(
        label="death",
        value=0.5,
        lower=None,
        upper=None,
        population=None,
        era=None,
        citation="Made 2025",
        grade="A",
    )
    figure = draw.literature(
        quantity="mortality",
        unit="%",
        values=[value],
        agree=False,
        percent=True,
        renderer=_nothing,
    )

    assert "They do not agree." in figure.caption
    assert "50" in [row["t"] for row in _placed(figure.spec)]


def test_calendar_dates_label_their_axis():
    from datetime import date

    start = date(2026, 1, 5).toordinal()
    figure = draw.episodes(
        episode="crisis",
        observed=(start, start + 300),
        events=[draw.Mark(time=start + 20, label="crisis")],
        doses=[draw.Mark(time=start + 100, label="dose 1")],
        predicted=(2.0, 0.0, 5.0),
        after=0,
        dates=True,
    )

    assert "Mar 2026" in figure.svg
    assert "2026-01-05" in figure.description
