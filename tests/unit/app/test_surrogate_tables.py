"""`effect surrogate` from plain tables, and as an analysis of the plan."""

from __future__ import annotations

import json

import pytest

from tests.factories import copy_example, edit_case, edit_plan, survey
from ultrarare.app.statistics.surrogate import judge_marker_table
from ultrarare.case.finding import Direction
from ultrarare.dossier.figures import figures_of
from ultrarare.errors import InputErrors, NotComputable

MARKER = (10, 22, 35, 41, 55, 63, 78, 90)
NOISE = (0.4, -0.6, 0.2, 0.5, -0.3, -0.5, 0.6, -0.2)
HEAD = "variant,marker,marker_se,outcome,outcome_se,correlation,marker_time,outcome_time"
ROWS = [
    f"v{k},{x},1.5,{1 + 0.2 * x + e:g},0.5,0,1,2"
    for k, (x, e) in enumerate(zip(MARKER, NOISE, strict=True))
]
PEOPLE = "person,variant,marker,outcome,marker_lod\n" + "\n".join(
    f"p{v}{k},v{v},{10 * v + k + 1},{5 * v + (k * 2) % 3 + 2},0.5"
    for v in range(5)
    for k in range(3)
)


def table(tmp_path, rows=ROWS, head=HEAD):
    path = tmp_path / "pairs.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def test_a_table_of_variants_is_judged(tmp_path) -> None:
    report = judge_marker_table(pairs=table(tmp_path), achieved=60.0)
    out = report.to_json()
    assert out["verdict"] == "predicts"
    assert out["level"] == "trial"
    assert len(out["points"]) == len(out["leave_one_out"]) == 8
    assert json.loads(json.dumps(out, allow_nan=False)) == out
    assert "marker predicts" in report.summary()
    assert "mediat" not in report.summary()


def test_what_is_wrong_is_told_with_its_line(tmp_path) -> None:
    rows = [*ROWS[:6], "v1,78,1.5,16,0,0,1,2", "v7,90,1.5,19,0.5,2,1,2"]
    with pytest.raises(InputErrors) as caught:
        judge_marker_table(pairs=table(tmp_path, rows))
    said = str(caught.value)
    for where in ("pairs.csv:8: variant", "pairs.csv:8 outcome_se", "pairs.csv:9 correlation"):
        assert where in said


def test_three_variants_are_refused(tmp_path) -> None:
    with pytest.raises(NotComputable, match="fewer than 4"):
        judge_marker_table(pairs=table(tmp_path, ROWS[:3]))


def test_people_at_the_limit_of_detection_are_refused(tmp_path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE + "\n", "utf-8")
    assert judge_marker_table(pairs=path).to_json()["level"] == "individual"
    path.write_text(PEOPLE + "\np9,v0,0.5,1,0.5\n", "utf-8")
    with pytest.raises(NotComputable, match="at or below"):
        judge_marker_table(pairs=path)


@pytest.mark.parametrize(
    ("rows", "direction"),
    [
        (ROWS, Direction.SUPPORTS),
        ([row.replace(",1,2", ",3,2") for row in ROWS], Direction.INCONCLUSIVE),
        ([row.replace(",1,2", ",,") for row in ROWS], Direction.INCONCLUSIVE),
    ],
    ids=["marker-first", "marker-later", "not-told"],
)
def test_only_a_marker_measured_first_supports(tmp_path, rows, direction) -> None:
    found = planned(tmp_path, "\n".join([HEAD, *rows]) + "\n")
    assert found.direction is direction
    assert found.kind == "course.surrogate"
    assert found.attributes["verdict"] == "predicts"


def test_people_never_support(tmp_path) -> None:
    found = planned(tmp_path, PEOPLE + "\n")
    assert found.direction is Direction.INCONCLUSIVE
    assert any("this is not support" in text for text in found.caveats)


def test_the_finding_is_drawn(tmp_path) -> None:
    found = planned(tmp_path, "\n".join([HEAD, *ROWS]) + "\n")
    (figure,) = figures_of(found, dates=False, renderer=lambda spec: f"<svg>{len(spec)}</svg>")
    assert "editing" in figure.title
    assert "Diamond: predicted at the 30 %" in figure.caption


def planned(tmp_path, text):
    folder = copy_example("progressive", tmp_path)
    (folder / "data/pairs.csv").write_text(text, "utf-8")
    edit_case(
        folder,
        lambda case: case["datasets"].append(
            {
                "id": "pairs", "kind": "surrogate-pairs", "origin": "measured",
                "file": "data/pairs.csv", "marker": "editing", "marker_unit": "%",
                "measure": "motor score", "unit": "{points}", "population": "made variants",
            }
        ),
    )  # fmt: skip

    def change(plan):
        plan["analyses"] = [
            {
                "id": "surrogate", "analysis": "effect.surrogate",
                "endpoint": plan["endpoints"][0]["id"],
                "inputs": {"pairs": "pairs"}, "parameters": {"achieved": 30},
            }
        ]  # fmt: skip
        plan["success"] = []

    edit_plan(folder, change)
    (folder / "plan.lock").unlink(missing_ok=True)
    return next(f for f in survey(folder)[0].findings if f.kind == "course.surrogate")
