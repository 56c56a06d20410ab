"""A file that is there and broken is an error with its place, never a failure and never ignored."""

from __future__ import annotations

import pytest

from tests.factories import copy_example, example, survey


def _cut(data: bytes) -> bytes:
    """As a copy that was broken off; a table loses the last cell of its last row."""
    at = data.rfind(b",") if data.count(b",") > 2 else len(data) // 2
    return data[:at]


BROKEN = {
    "empty": lambda _data: b"",
    "binary": lambda _data: bytes(range(256)) * 4,
    "one byte that is not UTF-8": lambda data: data[:10] + b"\xe9" + data[10:],
    "cut": _cut,
    "NUL in the header": lambda data: data[:3] + b"\0" + data[3:],
    "semicolons": lambda data: data.replace(b",", b";"),
}
HARMLESS_TO_FASTA = {"semicolons", "NUL in the header"}  # its header may hold any text


@pytest.mark.parametrize("name", ["kabe", "progressive", "episodic"])
@pytest.mark.parametrize("how", BROKEN)
def test_every_broken_file_is_named_in_one_run(tmp_path, name, how):
    folder = copy_example(name, tmp_path)
    files = [
        (dataset.id, path)
        for dataset in example(name).case.datasets
        if dataset.kind != "reference-sequence"
        for path in dataset.paths.values()
    ]
    for _, path in files:
        whole = (folder / path).read_bytes()
        (folder / path).write_bytes(BROKEN[how](whole))
    _, problems = survey(folder)
    if how == "semicolons":  # a gzip stream without a comma byte stays as it is
        files = [(dataset, path) for dataset, path in files if not path.endswith(".gz")]
    # Of two mates and of episodes with their spans, the first that cannot be read is named.
    second = {path for _, path in files if path.endswith(("R2.fastq.gz", "observed.csv"))}
    for dataset, path in files:
        places = [problem.where for problem in problems]
        named = any(path in place or f"dataset {dataset}" in place for place in places)
        assert named or path in second or "history/crises.csv" in path, (path, places)
    assert all(problem.where and problem.problem for problem in problems)
    assert str(tmp_path) not in "".join(map(str, problems))


@pytest.mark.parametrize("name", ["kabe", "progressive"])
@pytest.mark.parametrize("how", [how for how in BROKEN if how not in HARMLESS_TO_FASTA])
def test_a_broken_reference_is_named(tmp_path, name, how):
    folder = copy_example(name, tmp_path)
    (reference,) = (d for d in example(name).case.datasets if d.kind == "reference-sequence")
    path = folder / reference.file
    path.write_bytes(BROKEN[how](path.read_bytes()))
    _, problems = survey(folder)
    assert problems
    assert all(reference.file in problem.where for problem in problems)
    assert str(tmp_path) not in "".join(map(str, problems))


@pytest.mark.parametrize("role", ["r1", "r2"])
def test_a_truncated_file_of_reads_is_an_error_and_no_short_run(tmp_path, role):
    folder = copy_example("progressive", tmp_path)
    (reads,) = (d for d in example("progressive").case.datasets if d.kind == "editing-reads")
    path = folder / reads.paths[role]
    path.write_bytes(path.read_bytes()[:-9])
    analysed, problems = survey(folder)
    (problem,) = problems
    assert problem.where.startswith(reads.paths[role])
    assert problem.remedy
    assert not any(finding.kind.startswith("engagement.") for finding in analysed.findings)


def test_episodes_and_their_spans_are_each_checked(tmp_path):
    folder = copy_example("episodic", tmp_path)
    (folder / "data/history/observed.csv").write_text("person,start\nu01,1\n", "utf-8")
    _, problems = survey(folder)
    assert problems
    assert all("data/history/observed.csv:1" in problem.where for problem in problems)
