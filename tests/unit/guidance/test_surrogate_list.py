"""The agency's list of surrogate endpoints: read whole or not at all, and matched by words only."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ultrarare.app.examples import example_folder
from ultrarare.cli.main import app
from ultrarare.errors import InputErrors
from ultrarare.guidance.surrogate_list import candidates, read_surrogates

HEAD = "Disease or Use,Patient Population,Surrogate Endpoint,Type of approval,Drug mechanism\n"
ROWS = (
    'Urea cycle disorders,"Made, young",Plasma ammonia,Traditional,Made mechanism\n'
    "Made disease,Made people,Serum phosphate,Traditional and Accelerated,\n"
)


def write(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_list_is_read_row_by_row(tmp_path):
    one, two = read_surrogates(write(tmp_path, HEAD + ROWS))
    assert (one.line, one.population, one.approvals) == (2, "Made, young", ("traditional",))
    assert (two.mechanism, two.approvals) == (None, ("traditional", "accelerated"))


def test_headers_are_taken_by_what_they_say_in_any_order(tmp_path):
    text = (
        "Notes,ENDPOINT,population,Disease-or-Use,traditional_or_accelerated\nx,e,p,d,accelerated\n"
    )
    (row,) = read_surrogates(write(tmp_path, text))
    assert (row.endpoint, row.population, row.disease, row.mechanism) == ("e", "p", "d", None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty|no column"),
        (HEAD, "no data row"),
        (HEAD.replace("Patient Population,", ""), "no column for population"),
        (HEAD.replace("Drug mechanism", "Population") + ROWS, "could each be population"),
        (HEAD + "d,p,e,Breakthrough,m\n", "allowed: Traditional, Accelerated"),
        (HEAD + "d,p,,Traditional,m\n", "Surrogate Endpoint"),
        (HEAD + "d,p,e\n", "3 cells"),
        (HEAD + ROWS + ROWS, "repeats line 2"),
        (HEAD + 'd,"p,e,Traditional,m\n', "line|unexpected|quote"),
    ],
)
def test_a_broken_list_is_told_with_its_line(tmp_path, text, says):
    with pytest.raises(InputErrors, match=says):
        read_surrogates(write(tmp_path, text))


def test_all_problems_come_at_once(tmp_path):
    with pytest.raises(InputErrors) as found:
        read_surrogates(write(tmp_path, HEAD + "d,p,,Traditional,m\nd,p,e,None,m\n"))
    assert len(found.value.problems) == 2


def test_another_encoding_is_told(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes((HEAD + ROWS).replace("Made disease", "Made d\u00e9sease").encode("latin-1"))
    with pytest.raises(InputErrors, match="UTF-8"):
        read_surrogates(path)


def test_a_match_is_a_candidate_and_another_disease_is_said(tmp_path):
    table = read_surrogates(write(tmp_path, HEAD + ROWS))
    same = candidates(table, ["plasma ammonia"], "urea cycle disorder, CPS1")
    other = candidates(table, ["plasma ammonia"], "made illness")
    assert (same[0].endpoint_words, same[0].disease_words) == (("ammonia",), ("cycle", "urea"))
    assert "a person decides" in same[0].reading
    assert "another disease" in other[0].reading
    assert candidates(table, ["plasma glucose"], "urea cycle") == ()


def test_the_commands_answer(tmp_path):
    path, case = write(tmp_path, HEAD + ROWS), str(example_folder("kabe"))
    plain = CliRunner().invoke(app, ["guidance", "surrogates", str(path), "--json"])
    assert len(json.loads(plain.stdout)["surrogates"]) == 2
    beside = CliRunner().invoke(app, ["guidance", "surrogates", str(path), case])
    assert "plasma ammonia: line 2" in beside.stdout
    found = CliRunner().invoke(
        app, ["guidance", "routes", case, "--profile", "draft", "--surrogates", str(path), "--json"]
    )
    report = json.loads(found.stdout)
    routes = {one["id"]: one["answer"] for one in report["routes"]}
    assert routes["pmf-scope"] == "yes"
    assert "pmf-scope-wide" not in routes
    assert (routes["cber-bla"], routes["cder-nda"]) == ("yes", "no")
    assert report["surrogates"][0]["measure"] == "plasma ammonia"
    said = CliRunner().invoke(app, ["guidance", "routes", case]).stdout
    assert "no route is a condition of another" in said
