"""`effect endpoints` over plain tables: the promised JSON, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ultrarare.app.statistics.endpoints import compare_endpoint_tables
from ultrarare.errors import InputError, InputErrors, NotComputable

TREATED = "person,walk,walk0,pain\nT1,310,250,2\nT2,280,260,\nT3,300,240,3\n"
CONTROL = "person,walk,walk0,pain\n" + "".join(
    f"C{i},{200 + 7 * (i % 5)},{205 + 4 * i},{3 + i % 3}\n" for i in range(9)
)
SPEC = """endpoints:
  - {column: walk, baseline: walk0, improves: higher, relevant_difference: 30, domain: mobility}
  - {column: pain, improves: lower, relevant_difference: 1}
gatekeeping: {procedure: holm}
"""
GOALS = "person,goal,weight,baseline,level\nT1,walk,2,-1,1\nT2,eat,1,-1,\n"


@pytest.fixture
def given(tmp_path):
    texts = {"treated.csv": TREATED, "control.csv": CONTROL, "spec.yaml": SPEC, "goals.csv": GOALS}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    return {
        "treated": tmp_path / "treated.csv",
        "control": tmp_path / "control.csv",
        "spec": tmp_path / "spec.yaml",
    }


def test_the_command_prints_the_promised_keys(given, tmp_path):
    words = [f"--{key}={path}" for key, path in given.items()]
    done = subprocess.run(
        [sys.executable, "-m", "ultrarare", "effect", "endpoints", *words,
         f"--goals={tmp_path / 'goals.csv'}", "--seed=3", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert {"p_value", "floor", "statistic"} <= set(found["tests"]["obrien"])
    assert {"p_value", "floor", "z"} <= set(found["tests"]["wei_lachin"])
    wanted = {"ratio", "odds", "net_benefit", "lower", "upper", "p_value", "floor", "levels"}
    assert wanted <= set(found["win"])
    assert [row["person"] for row in found["responder"]["treated"]] == ["T1", "T2", "T3"]
    for row in found["gatekeeping"]:
        assert set(row) == {"endpoint", "p", "adjusted_p", "rejected"}
    assert found["goals"]["people"][1]["attained"]["score"] is None
    assert found["seed"] == 3
    assert found["caveats"]
    assert found["comparability"] == "cannot be judged"


def test_the_same_seed_gives_the_same_answer_and_the_floor_stands_first(given):
    one, two = (compare_endpoint_tables(**given, seed=4) for _ in range(2))
    assert one.to_json() == two.to_json()
    assert "smallest attainable" in one.summary().split("\n")[0]
    assert one.to_json()["goals"] is None


def test_goals_of_a_stranger_are_refused(given, tmp_path):
    (tmp_path / "goals.csv").write_text("person,goal,level\nC1,walk,1\n", "utf-8")
    with pytest.raises(InputError, match="not among the treated"):
        compare_endpoint_tables(**given, goals=tmp_path / "goals.csv")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("endpoints: []\n", "a list of 1 or more"),
        ("endpoints:\n  - {column: walk}\n", "improves"),
        ("endpoints:\n  - {column: walk, improves: up}\n", "lower"),
        ("endpoints:\n  - {column: w, improves: lower, event: d, baseline: b}\n", "one of them"),
        (
            "endpoints:\n  - {column: walk, improves: lower}\n"
            "gatekeeping: {procedure: holm, weights: [1]}\n",
            "with weights",
        ),
    ],
)
def test_a_wrong_specification_is_refused_with_its_line(given, spec, said):
    given["spec"].write_text(spec, "utf-8")
    with pytest.raises(InputErrors) as error:
        compare_endpoint_tables(**given)
    problem = error.value.problems[0]
    assert said in problem.problem
    assert problem.where.startswith("spec.yaml:")


def test_a_column_with_two_roles_or_an_endpoint_named_twice_is_refused(given):
    given["spec"].write_text(
        "endpoints:\n  - {column: walk, improves: lower}\n"
        "  - {column: pain, improves: lower, event: walk}\n",
        "utf-8",
    )
    with pytest.raises(InputError, match="two roles"):
        compare_endpoint_tables(**given)
    given["spec"].write_text("endpoints:\n" + 2 * "  - {column: walk, improves: lower}\n", "utf-8")
    with pytest.raises(InputError, match="named twice"):
        compare_endpoint_tables(**given)


def test_nothing_known_of_the_treated_is_not_computable(given):
    given["treated"].write_text("person,walk,walk0,pain\nT1,,250,\nT2,280,,\n", "utf-8")
    with pytest.raises(NotComputable, match="0 treated"):
        compare_endpoint_tables(**given)


def test_an_endpoint_without_a_change_is_no_response(given):
    given["spec"].write_text(
        "endpoints:\n  - {column: pain, improves: lower, relevant_difference: 1}\n", "utf-8"
    )
    found = compare_endpoint_tables(**given)
    assert found.to_json()["responder"] is None
    assert any("no responder index" in text for text in found.found.caveats)
