"""What a case becomes in SDTM and ADaM."""

from __future__ import annotations

import json

import pytest

from tests.unit.dossier.cdisc_course import (
    AT,
    DOSED,
    case,
    dataset_of,
    event,
    mapped,
    rows,
    sdtm,
    series,
)
from ultrarare.case.amount import Summary
from ultrarare.case.dataset import CourseEpisodes, CourseSummary
from ultrarare.case.moment import Moment
from ultrarare.case.unit import conversion
from ultrarare.dossier.cdisc.dataset_json import dataset_json
from ultrarare.dossier.cdisc.genomics import is_short
from ultrarare.dossier.cdisc.source import Episode
from ultrarare.dossier.cdisc.terms import test_codes as codes_for
from ultrarare.dossier.cdisc.terms import unit
from ultrarare.dossier.cdisc.text import joined


def test_a_value_below_a_limit_is_never_a_number():
    values = (("2024-05-01", "<9"), ("2024-07-01", ">1000"), ("2024-08-01", "9 – 19"),
              ("2024-09-01", "12.50"))  # fmt: skip
    found = mapped(series("marker", "umol/L", *values, assay_floor=9))
    lb = rows(found, "LB")
    assert [row["LBSTRESC"] for row in lb] == ["<9", ">1000", "9-19", "12.5"]
    assert [row["LBSTRESN"] for row in lb] == [None, None, None, 12.5]
    assert [row["LBORRES"] for row in lb] == ["<9", ">1000", "9 - 19", "12.50"]
    assert {row["LBLLOD"] for row in lb} == {"9"}
    analysis = rows(found, "ADLB")
    assert [row["AVAL"] for row in analysis] == [None, None, None, 12.5]
    assert [row["AVALC"] for row in analysis] == ["<9", ">1000", "9-19", None]
    assert "BASE" not in analysis[0], "a limit is no baseline"
    assert "CHG" not in analysis[0]


def test_a_baseline_beyond_a_limit_is_not_replaced_by_an_earlier_number():
    found = mapped(series("marker", "umol/L", ("2024-04-01", "20"), ("2024-05-01", "<9"),
                          ("2024-07-01", "30")))  # fmt: skip
    assert [row["LBLOBXFL"] for row in rows(found, "LB")] == [None, "Y", None]
    assert all(row.get("BASE") is None and row.get("CHG") is None for row in rows(found, "ADLB"))


def test_baseline_is_the_last_value_up_to_the_day_of_the_first_dose():
    found = mapped(series("marker", "umol/L", ("2024-06-02", "10"), ("2024-06-03", "12"),
                          ("2024-06-04", "15"), ("2024-07-03", "9")))  # fmt: skip
    lb = rows(found, "LB")
    assert [row["LBDY"] for row in lb] == [-1, 1, 2, 31]
    assert [row["LBLOBXFL"] for row in lb] == [None, "Y", None, None]
    assert [row["EPOCH"] for row in lb] == ["BASELINE", None, "TREATMENT", "TREATMENT"]
    analysis = rows(found, "ADLB")
    assert [row["ABLFL"] for row in analysis] == [None, "Y", None, None]
    assert [row["BASE"] for row in analysis] == [12, 12, 12, 12]
    assert [row["CHG"] for row in analysis] == [None, None, 3, -3]
    assert [row["SRCSEQ"] for row in analysis] == [row["LBSEQ"] for row in lb]


def test_without_a_dose_there_is_no_study_day_and_no_baseline():
    found = mapped(series("marker", "umol/L", ("2024-06-02", "10")), timeline=())
    (row,) = rows(found, "LB")
    assert row["LBDTC"] == "2024-06-02"
    assert "LBDY" not in row
    assert row["LBLOBXFL"] is None
    (person,) = rows(found, "DM")
    assert person["RFSTDTC"] is None
    assert (person["ACTARM"], person["ARMNRS"]) == (None, "ASSIGNED, NOT TREATED")
    assert rows(found, "EX") == []
    assert [row["SAFFL"] for row in rows(found, "ADSL")] == ["N"]


def test_on_a_clock_of_days_of_life_there_are_days_and_no_dates():
    made = case(clock="day of life", patient={"pseudonym": "x", "born": 0})
    timeline = (
        event("208", "dose", value="0.1", unit="mg/kg"),
        event(">256", "dose"),
        event("~244", "intercurrent", "about"),
        event("208-230", "intercurrent", "span"),
    )
    found = mapped(series("marker", "umol/L", ("200", "10"), ("209.5", "12")),
                   timeline=timeline, made=made)  # fmt: skip
    assert [row["LBDY"] for row in rows(found, "LB")] == [-8, 2]
    assert {row["LBDTC"] for row in rows(found, "LB")} == {None}
    dose, later = rows(found, "EX")
    assert (dose["EXSTDY"], later["EXSTDY"]) == (1, None)
    assert (later["EXDOSE"], later["EXDOSU"]) == (None, None), "an unknown dose stays unknown"
    events = {row["CETERM"]: row for row in rows(found, "CE")}
    assert all(row.get("CESTDY") is None for row in events.values())
    said = {
        (row["RDOMAIN"], row["QVAL"])
        for name in ("SUPPCE", "SUPPEX")
        for row in rows(found, name)
        if row["QNAM"] == "TIMETEXT"
    }
    assert said == {
        ("CE", "day of life ~244"),
        ("CE", "day of life 208-230"),
        ("EX", "day of life >256"),
    }
    assert rows(found, "DM")[0]["RFXENDTC"] is None, "an undated last dose hides the end"


def test_an_undated_last_dose_is_not_replaced_by_the_one_before():
    made = case(clock="day of life", patient={"pseudonym": "x", "born": 0})
    timeline = (event("10", "dose"), event("~50", "dose"))
    (person,) = rows(mapped(timeline=timeline, made=made), "DM")
    assert (person["AGE"], person["AGEU"]) == (10, "DAYS")
    assert person["RFXENDTC"] is None


@pytest.mark.parametrize(
    ("born", "age", "unit"),
    [("2017-05-08", 7, "YEARS"), ("2017-06-03", 7, "YEARS"), ("2017-06-04", 6, "YEARS"),
     ("2023-06-03", 366, "DAYS"), (None, None, None)],
)  # fmt: skip
def test_age_is_whole_years_or_days(born, age, unit):
    made = case(patient={"pseudonym": "x"} | ({"born": born} if born else {}))
    (person,) = rows(mapped(made=made), "DM")
    assert (person["AGE"], person["AGEU"]) == (age, unit)


def test_the_pseudonym_is_written_nowhere():
    found = mapped(series("marker", "umol/L", ("2024-06-02", "10")))
    for study in found.studies:
        for dataset in study.datasets:
            text = dataset_json(dataset, study, created=AT, version="0").decode()
            assert "Jane" not in text
            assert "Doe" not in text
    assert {row["USUBJID"] for row in rows(found, "DM")} == {"ST-1-MADE"}


def test_long_text_is_split_and_comes_back_whole():
    note = "word " * 90 + "end"
    long = "x" * 450
    timeline = (*DOSED, event("2024-07-01", "intercurrent", long, note=note))
    found = mapped(timeline=timeline)
    (row,) = rows(found, "CE")
    more = {item["QNAM"]: item["QVAL"] for item in rows(found, "SUPPCE")}
    assert joined((row["CETERM"], more["CETERM1"], more["CETERM2"])) == long
    notes = [more[name] for name in ("NOTE", "NOTE1", "NOTE2") if name in more]
    assert joined(tuple(notes)) == note.strip()
    assert all(len(text) <= 200 for text in more.values())


def test_comments_have_variables_of_their_own_for_long_text():
    statement = {
        "id": "s", "kind": "course.reported", "origin": "declared", "by": "Dr. Name",
        "on": "2024-05", "statement": "A long story. " * 40,
    }  # fmt: skip
    found = mapped(made=case(statements=[statement]))
    (row,) = rows(found, "CO")
    pieces = tuple(row[name] for name in ("COVAL", "COVAL1", "COVAL2"))
    assert joined(pieces) == ("A long story. " * 40).strip()
    assert row["CODTC"] == "2024-05", "a date known in part stays a part"
    assert rows(found, "SUPPCO") == []
    variable = next(v for v in dataset_of(sdtm(found), "CO").variables if v.name == "CODTC")
    assert variable.type == "partialDate"


def test_adverse_events_are_those_that_happened():
    def statement(name, kind, **more):
        return {"id": name, "kind": kind, "origin": "declared", "by": "a", "on": "2024-07-01",
                "statement": f"said {name}", "when": "2024-06-10", **more}  # fmt: skip

    made = case(
        statements=[
            statement("fever", "safety.event"),
            statement("none", "safety.serious-events"),
            statement("sepsis", "safety.serious-events", direction="contradicts"),
        ]
    )
    found = mapped(made=made)
    assert [(row["AETERM"], row["AESER"], row["AESTDY"]) for row in rows(found, "AE")] == [
        ("said fever", None, 8),
        ("said sepsis", "Y", 8),
    ]
    assert [row["COVAL"][:9] for row in rows(found, "CO")] == ["said none"]


def test_measures_go_where_their_name_endpoint_or_unit_says():
    found = mapped(
        series("motor score", "{score}", ("2024-06-02", "10")),
        series("body weight", "kg", ("2024-06-02", "7.1")),
        series("marker", "umol/L", ("2024-06-02", "1")),
        series("ratio", "1", ("2024-06-02", "2")),
    )
    assert [row["QSTEST"] for row in rows(found, "QS")] == ["motor score", "ratio"]
    assert [row["VSTESTCD"] for row in rows(found, "VS")] == ["WEIGHT"]
    assert [row["LBTEST"] for row in rows(found, "LB")] == ["marker"]
    assert [row["QSORRESU"] for row in rows(found, "QS")] == ["score", None]


def test_codes_are_different_and_names_stay_whole():
    codes = codes_for(["plasma ammonia", "plasma ammonium", "PLASAMMO", "6 minute walk", "é"])
    assert codes["plasma ammonia"] == "PLASAMMO"
    assert len(set(codes.values())) == 5
    assert all(len(code) <= 8 and code[0].isalpha() for code in codes.values())


def test_medians_of_periods_stand_as_summaries():
    dataset = CourseSummary.model_validate(
        {"id": "m", "kind": "course-summary", "origin": "published", "file": "m.csv",
         "measure": "marker", "unit": "umol/L", "baseline": "before", "reference_low": 9,
         "reference_high": 33}
    )  # fmt: skip
    periods = (
        ("early", Summary(median=50, q1=40, q3=60)),
        ("before", Summary(median=40, q1=30, q3=50, n=4)),
        ("after", Summary(median=20, q1=8, q3=25)),
    )
    found = mapped(summaries=((dataset, periods),))
    lb = [row for row in rows(found, "LB") if row["LBCOLSRT"] == "MEDIAN"]
    assert [(row["LBEVINTX"], row["LBSTRESN"], row["LBNRIND"]) for row in lb] == [
        ("early", 50, "HIGH"), ("before", 40, "HIGH"), ("after", 20, "NORMAL")
    ]  # fmt: skip
    assert all(row["LBLOBXFL"] is None for row in rows(found, "LB")), "a period is no observation"
    medians = [row for row in rows(found, "ADLB") if row["PARAMCD"] == "MARKERM"]
    assert [row["CHG"] for row in medians] == [None, None, -20]
    assert [row["ABLFL"] for row in medians] == [None, "Y", None]
    more = [row["QVAL"] for row in rows(found, "SUPPLB") if row["QNAM"] == "PERIODN"]
    assert more == ["4", "4", "4"]


def episodes(*times: str, observed: tuple[str, str]):
    """A course of episodes."""
    dataset = CourseEpisodes.model_validate(
        {"id": "e", "kind": "course-episodes", "origin": "made", "file": "e.csv",
         "episode": "crises", "observed": observed}
    )  # fmt: skip
    found = tuple(Episode(when=Moment.parse(time), severity=None) for time in times)
    spans = tuple(Moment.parse(time) for time in observed)
    return {"episodes": ((dataset, found),), "observed": {"e": spans}}


@pytest.mark.parametrize(
    ("times", "observed", "expected"),
    [
        (("2024-05-01", "2024-06-03", "2024-06-13", "2024-07-01"), ("2024-01-01", "2025-06-02"),
         (11.0, 0)),
        (("2024-05-01", "2024-06-03"), ("2024-01-01", "2025-06-02"), (365.0, 1)),
        (("2024-07-01",), ("2024-06-10", "2025-06-02"), None),
        ((), ("2023-01-01", "2024-05-01"), None),
    ],
)  # fmt: skip
def test_time_to_the_first_episode_after_the_first_dose(times, observed, expected):
    found = mapped(**episodes(*times, observed=observed))
    shown = [(row["AVAL"], row["CNSR"]) for row in rows(found, "ADTTE")]
    assert shown == ([] if expected is None else [expected])
    told = [item.what for item in found.left_out if item.what.startswith("time to")]
    assert bool(told) == (expected is None)


def test_signs_are_written_in_ascii_and_counted():
    timeline = (*DOSED, event("2024-07-01", "intercurrent", "38–39 °C, ≥ 2 days"))
    found = mapped(timeline=timeline)
    assert [row["CETERM"] for row in rows(found, "CE")] == ["38-39 deg C, >= 2 days"]
    assert found.replaced == {"–": 1, "°": 1, "≥": 1}


def test_what_stands_in_no_dataset_is_told():
    timeline = (*DOSED, event("2024-01-01", "regulatory", "IND"))
    made = case(
        statements=[
            {"id": "s", "kind": "disease.severity", "origin": "declared", "by": "a",
             "on": "2024-01-01", "statement": "severe"}
        ],
        datasets=[
            {"id": "sim", "kind": "course-series", "origin": "simulated", "file": "s.csv",
             "measure": "m", "unit": "1"},
            {"id": "gone", "kind": "course-series", "origin": "made", "file": "g.csv",
             "measure": "m", "unit": "1"},
        ],
    )  # fmt: skip
    left = {item.what: item.why for item in mapped(timeline=timeline, made=made).left_out}
    assert set(left) == {
        "timeline: IND",
        "statement s (disease.severity)",
        "dataset sim (course-series)",
        "dataset gone (course-series)",
    }
    assert "simulated" in left["dataset sim (course-series)"]
    assert "absent" in left["dataset gone (course-series)"]


def test_visits_are_days_with_a_dose_a_follow_up_or_a_value():
    timeline = (*DOSED, event("2024-08-01", "follow-up", "clinic", note="well", grade="A"))
    found = mapped(
        series("marker", "umol/L", ("2024-06-03", "1"), ("2024-05-01", "2")), timeline=timeline
    )
    visits = rows(found, "SV")
    assert [(v["VISITNUM"], v["SVSTDTC"], v["SVUPDES"]) for v in visits] == [
        (1, "2024-05-01", "marker"),
        (2, "2024-06-03", "dose 1; marker"),
        (3, "2024-08-01", "clinic (well; grade A)"),
    ]
    assert [row["VISITNUM"] for row in rows(found, "LB")] == [1, 2]


def test_json_holds_the_rows_as_they_are():
    found = mapped(series("marker", "umol/L", ("2024-06-02", "<9"), ("2024-06-04", "0.1")))
    study = sdtm(found)
    dataset = dataset_of(study, "LB")
    read = json.loads(dataset_json(dataset, study, created=AT, version="0"))
    assert read["rows"] == [list(row) for row in dataset.rows]
    assert read["records"] == 2
    assert [column["name"] for column in read["columns"]] == list(dataset.names)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("NM_001875.5:c.1003C>T", True),
        ("NM_1.1:c.100_149del", True),
        ("NM_1.1:c.100_150del", False),
        ("NM_1.1:c.100+1_120-2dup", True),
        ("NM_1.1:c.5_6ins" + "A" * 50, True),
        ("NM_1.1:c.5_6ins" + "A" * 51, False),
    ],
)
def test_a_short_variation_is_of_at_most_fifty_bases(name, short):
    assert is_short(name) is short


def test_a_unit_that_changes_its_name_keeps_its_size():
    """The terminology has one word for units of one size; a factor would be another number."""
    for ucum, (written, back) in {
        "ng/mL": ("ug/L", "ug/L"), "ug/mL": ("mg/L", "mg/L"), "mg/mL": ("g/L", "g/L"),
        "[IU]/L": ("IU/L", "[IU]/L"), "mL/m2/d": ("mL/m2/day", "mL/m2/d"),
    }.items():  # fmt: skip
        assert unit(ucum) == written
        assert conversion(ucum, back, where="") == pytest.approx(1, rel=1e-12)
    assert unit("1") is None
    assert unit("{score}") == "score"


def test_published_lists_have_codes_and_ours_say_so():
    found = sdtm(mapped(series("body weight", "kg", ("2024-06-02", "7.1")),
                        series("marker", "mmol/mol", ("2024-06-02", "1"))))  # fmt: skip
    lists = {v.codelist.id: v.codelist for d in found.datasets for v in d.variables if v.codelist}
    units = {term.value: (term.code, term.extended) for term in lists["CL.UNIT"].terms}
    assert units == {
        "kg": ("C28252", False), "mg/kg": ("C67401", False), "mmol/mol": (None, True)
    }  # fmt: skip
    assert (lists["CL.VSTESTCD"].code, lists["CL.LBTESTCD"].code) == ("C66741", None)
    assert all(t.code for t in (*lists["CL.SEX"].terms, *lists["CL.VSTESTCD"].terms))
