"""YAML into plain values: 1.2's idea of a scalar, the line of each value, odd text refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ultrarare.case.yaml_text import MAX_BYTES, MAX_VALUES, Plain, read_plain


def plain(tmp_path: Path, text: str | bytes) -> Plain:
    path = tmp_path / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_plain(path, "a.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01 10:00:00", "2026-03-01 10:00:00"),
        ("12:30:45", "12:30:45"),
        ("1:30", "1:30"),
        ("010", 10),
        ("08", 8),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("nan", "nan"),
        ("~", None),
        ("null", None),
        ("", None),
        ("<9", "<9"),
        ("'08'", "08"),
        ('"no"', "no"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_a_scalar_means_what_it_says(tmp_path, text, value):
    found = plain(tmp_path, f"a: {text}\n")
    assert found.problems == ()
    assert found.value == {"a": value}
    assert type(found.value["a"]) is type(value)


def test_each_value_has_its_line(tmp_path):
    found = plain(tmp_path, "a: 1\n\nb:\n  - x\n  # nothing\n  - {c: 2,\n     d: 3}\n")
    assert found.lines[("a",)] == 1
    assert found.lines[("b", 0)] == 4
    assert found.lines[("b", 1, "c")] == 6
    assert found.lines[("b", 1, "d")] == 7


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("", "a.yaml", "is empty"),
        ("# only a comment\n", "a.yaml", "is empty"),
        ("---\n", "a.yaml", "is empty"),
        ("~\n", "a.yaml", "is empty"),
        ("a: [1, 2\n", "a.yaml:2", "is not YAML"),
        ("a: 1\n\tb: 2\n", "a.yaml:2", "is not YAML"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2", "another document"),
        ("a: *gone\n", "a.yaml:1", "undefined alias"),
        (b"a: caf\xe9\n", "a.yaml", "byte 6 is not UTF-8"),
        ("a: \x07\n", "a.yaml", "is not YAML"),
        ("[" * 3000, "a.yaml", "nested deeper than 40 levels"),
        ("[" * 60 + "]" * 60, "a.yaml:1", "nested deeper than 40 levels"),
        ("&a [*a]", "a.yaml:1", "nested deeper than 40 levels"),
    ],
)
def test_text_that_is_no_document_is_one_problem_with_its_place(tmp_path, text, where, words):
    found = plain(tmp_path, text)
    assert found.value is None
    (problem,) = found.problems
    assert problem.where == where
    assert words in problem.problem
    assert ("is not YAML" in problem.problem) <= ("indent with spaces" in problem.remedy)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3 a", "stands twice"),
        ("b:\n  - {c: 1, c: 2}\n", "a.yaml:2 b[0].c", "stands twice"),
        ("a: !!timestamp 2026-01-01\n", "a.yaml:1 a", "has the tag"),
        ("a: !!python/object:os.system x\n", "a.yaml:1 a", "has the tag"),
        ("a: !mine x\n", "a.yaml:1 a", "has the tag '!mine'"),
        ("a: !!int x\n", "a.yaml:1 a", "found 'x'; allowed is a whole number"),
        ("a: " + "9" * 5000, "a.yaml:1 a", "a whole number that JSON holds exactly"),
        ("a: 9007199254740992", "a.yaml:1 a", "a whole number that JSON holds exactly"),
        ("a: 1e999", "a.yaml:1 a", "allowed is 0 or a size from 1e-50 to 1e+50"),
        ("b: 1\n? [x, y]\n: 3\n", "a.yaml:2", "has a list or mapping as a key"),
    ],
)
def test_an_odd_value_is_named_and_the_rest_is_read(tmp_path, text, where, words):
    found = plain(tmp_path, text)
    assert isinstance(found.value, dict)
    (problem,) = found.problems
    assert problem.where == where
    assert words in problem.problem
    assert len(problem.problem) < 300


def test_whole_numbers_are_taken_as_far_as_json_holds_them(tmp_path):
    assert plain(tmp_path, "a: 9007199254740991").value == {"a": 2**53 - 1}


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    assert plain(tmp_path, b"\xef\xbb\xbfa: 1\n").value == {"a": 1}


def test_aliases_of_aliases_end_soon_with_a_problem(tmp_path):
    # Ten levels of ten references each would be ten thousand million values.
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 11)]
    found = plain(tmp_path, "\n".join(lines))
    assert found.value is None
    assert f"more than {MAX_VALUES} values" in found.problems[0].problem
    assert len(found.problems) == 1


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    (problem,) = plain(tmp_path, b"#" * (MAX_BYTES + 1)).problems
    assert f"allowed are {MAX_BYTES}" in problem.problem
