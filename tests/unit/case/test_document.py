"""Documents: several problems at once, each with its line, and the rest still read."""

from __future__ import annotations

import pytest

from ultrarare.app.new import new_case
from ultrarare.case.case import Case
from ultrarare.case.document import read_document
from ultrarare.case.plan import Plan


@pytest.fixture
def skeleton(tmp_path):
    """case.yaml as `ultrarare new` writes it, changed as text so that lines are known."""
    new_case(tmp_path / "case")
    path = tmp_path / "case" / "case.yaml"

    def read(*changes):
        text = path.read_text("utf-8")
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
        return read_document(path, Case, name="case.yaml"), text.split("\n")

    return read


def line(lines: list[str], words: str) -> int:
    """The 1-based line that holds `words`."""
    (found,) = [number for number, text in enumerate(lines, 1) if words in text]
    return found


@pytest.mark.parametrize(
    ("old", "new", "path", "allowed"),
    [
        ("patient:\n", "odd: 3\npatient:\n", "odd", "clock, data, datasets"),
        (
            "  sex: unknown\n",
            "  sex: unknown\n  odd: Ann\n",
            "patient.odd",
            "born, consent, diagnosed, pseudonym, sex",
        ),
        (
            "    zygosity: unknown\n",
            "    zygosity: unknown\n    odd: A\n",
            "variants[0].odd",
            "acmg, clinvar, genomic, hgvs",
        ),
        (
            "    zygosity: unknown\n",
            "    acmg: [{code: PM2, strength: supporting, reason: r, by: b, odd: 2}]\n",
            "variants[0].acmg[0].odd",
            "by, code, reason, sources, strength",
        ),
        (
            "datasets: []\n",
            "datasets:\n  - {id: a, kind: timeline, origin: made, file: a.csv, odd: d}\n",
            "datasets[0].odd",
            "file, id, kind, note, origin, sources",
        ),
        (
            "datasets: []\n",
            "datasets:\n  - {id: a, kind: editing-reads, origin: made, r1: a.gz, reference: b,\n"
            "     sample: {description: d, ladder: A, odd: red}, any_edit_window: [1, 10]}\n",
            "datasets[0].sample.odd",
            "condition, description, ladder, other_allele, taken, tissue",
        ),
        (
            "statements: []\n",
            "statements:\n  - {id: a, kind: disease.severity, origin: declared, statement: s,\n"
            "     by: b, on: c, estimate: {value: 1, odd: 2}}\n",
            "statements[0].estimate.odd",
            "level, lower, unit, upper, value",
        ),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_keys_allowed(
    skeleton, old, new, path, allowed
):
    document, lines = skeleton((old, new))
    (problem,) = document.problems
    assert problem.where == f"case.yaml:{line(lines, 'odd: ')} {path}"
    assert problem.problem.startswith("is an unknown key; allowed here are: ")
    assert allowed in problem.problem
    assert problem.remedy == "correct or remove it"
    assert document.value is not None


def test_every_problem_of_a_file_comes_at_once_each_with_its_line(skeleton):
    document, lines = skeleton(
        ("sex: unknown", "sex: 7"),
        ("clock: day of life ", "clock: day of life\ncolour: red "),
        ("role: targeted  ", "role: guessed  "),
        ('name: "<product>"', 'name: ""'),
        (
            "datasets: []",
            "datasets:\n  - {id: a, kind: timeline, origin: made, file: ../a.csv}\n"
            "  - {id: b, kind: timeline, origin: made, file: b.csv}\n"
            "  - {id: c, kind: nonsense}\n"
            "  - {id: d, kind: course-series, origin: made, file: d.csv, measure: m,"
            " unit: furlong}",
        ),
        (
            "statements: []",
            "statements:\n  - {id: a, kind: disease.colour, origin: declared, statement: s, by: b,"
            " on: c}",
        ),
    )
    expected = {
        f"case.yaml:{line(lines, words)} {path}": said
        for words, path, said in (
            ("sex: 7", "patient.sex", "found 7; allowed: input should be 'female', 'male'"),
            ("colour: red", "colour", "is an unknown key"),
            ("role: guessed", "variants[0].role", "found 'guessed'; allowed: input should be"),
            ('name: ""', "product.name", "at least 1 character"),
            ("../a.csv", "datasets[0].file", "allowed is a path inside the case folder"),
            ("nonsense", "datasets[2]", "nonsense"),
            ("furlong", "datasets[3].unit", "is no UCUM code"),
            ("disease.colour", "statements[0]", "'disease.colour' is not in the vocabulary; near:"),
        )
    }
    found = {problem.where: problem.problem for problem in document.problems}
    assert set(found) == set(expected)
    for where, said in expected.items():
        assert said in found[where]


def test_places_stay_true_after_broken_entries_were_taken_out(skeleton):
    bad = "{id: %s, kind: disease.severity, origin: declared, statement: s}"
    good = "{id: %s, kind: disease.severity, origin: declared, statement: s, by: b, on: c}"
    text = "\n".join(
        f"  - {good % name if name in 'bd' else bad % name}" for name in ("a", "b", "c", "d", "e")
    )
    # The unknown word of the last entry shows only once its missing `by` is out of the way.
    document, lines = skeleton(
        ("statements: []", f"statements:\n{text}\n  - {{id: f, origin: declared, statement: 4}}")
    )
    places = [problem.where for problem in document.problems]
    first = line(lines, "{id: a, kind: disease")
    assert [p for p in places if "kind" not in p and "statements[5]" not in p] == [
        f"case.yaml:{first} statements[0]",
        f"case.yaml:{first + 2} statements[2]",
        f"case.yaml:{first + 4} statements[4]",
    ]
    assert [p for p in places if "statements[5]" in p] == [
        f"case.yaml:{first + 5} statements[5].kind",
        f"case.yaml:{first + 5} statements[5].statement",
    ]
    assert document.value is not None
    assert [statement.id for statement in document.value.statements] == ["b", "d"]


def test_nothing_is_called_missing_because_we_took_it_out(skeleton):
    document, _ = skeleton(
        ('  pseudonym: "<pseudonym, never a name>"\n', ""), ("role: targeted  ", "role: guessed  ")
    )
    assert [p.where.partition(" ")[2] for p in document.problems] == [
        "patient.pseudonym",
        "variants[0].role",
    ]
    assert document.value is None


def test_a_missing_key_is_named_where_it_should_stand(skeleton):
    document, lines = skeleton(("phase: discovery ", "# "))
    (problem,) = document.problems
    assert problem.where == f"case.yaml:{line(lines, 'schema: ultrarare')} phase"
    assert problem.problem == "is missing"
    assert "ultrarare new" in problem.remedy


def test_a_duplicate_key_does_not_hide_what_else_is_wrong(skeleton):
    document, lines = skeleton(("sex: unknown", "sex: unknown\n  sex: male\n  shoe: 3"))
    assert [(p.where, p.problem.partition(";")[0]) for p in document.problems] == [
        (f"case.yaml:{line(lines, 'sex: male')} patient.sex", "stands twice"),
        (f"case.yaml:{line(lines, 'shoe')} patient.shoe", "is an unknown key"),
    ]


def test_a_tagged_value_is_one_problem_and_not_two(skeleton):
    document, _ = skeleton(("sex: unknown", "sex: !!binary unknown"))
    (problem,) = document.problems
    assert "has the tag" in problem.problem


@pytest.mark.parametrize("text", ["- a\n", "just text\n", "7\n"])
def test_a_document_that_is_no_mapping_is_one_problem(tmp_path, text):
    (tmp_path / "plan.yaml").write_text(text, "utf-8")
    document = read_document(tmp_path / "plan.yaml", Plan, name="plan.yaml")
    assert document.value is None
    (problem,) = document.problems
    assert problem.where == "plan.yaml:1"
    assert "allowed: input should be a valid dictionary" in problem.problem


def test_a_long_found_value_is_cut(tmp_path):
    (tmp_path / "plan.yaml").write_text(f"schema: {'x' * 5000}\nanalyses: 3\n", "utf-8")
    document = read_document(tmp_path / "plan.yaml", Plan, name="plan.yaml")
    assert len(document.problems) == 2
    assert all(len(problem.problem) < 200 for problem in document.problems)


def test_words_that_yaml_1_1_would_turn_into_something_else_stay_words(skeleton):
    document, _ = skeleton(
        ('pseudonym: "<pseudonym, never a name>"', "pseudonym: no"),
        ('course_reason: "<why this course>"', "course_reason: 12:30"),
        ("gene: <HGNC symbol>", "gene: on"),
    )
    assert document.problems == ()
    case = document.value
    assert case is not None
    assert (case.patient.pseudonym, case.disease.gene) == ("no", "on")
    assert case.disease.course_reason == "12:30"
