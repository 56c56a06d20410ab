"""A file that is there and broken is an error with its place, never a failure and never ignored."""

from __future__ import annotations

import pytest

from tests.factories import EXAMPLES, copy_example, example, survey
from ultrarare.app.cache import Cache

BROKEN = {
    "empty": lambda _data: b"",
    "binary": lambda _data: bytes(range(256)) * 4,
    "one byte not UTF-8": lambda data: data[:10] + b"\xe9" + data[10:],
    "cut in the middle of a line": lambda data: data[: len(data) // 2 + 3],
    "NUL in the header": lambda data: data[:3] + b"\0" + data[3:],
    "semicolons": lambda data: data.replace(b",", b";"),
}
# A FASTA header may hold any text, and a CSV may end after any of its rows, if a row is whole.
ALLOWED = {
    ("semicolons", "fa"),
    ("NUL in the header", "fa"),
    ("cut in the middle of a line", "crises.csv"),
    ("cut in the middle of a line", "ammonia.csv"),
}
FILES = [
    (name, dataset.id, path, how)
    for name in EXAMPLES[:3]
    for dataset in example(name).case.datasets
    for path in dataset.paths.values()
    for how in BROKEN
    if (how, path.rpartition(".")[2]) not in ALLOWED and (how, path.rpartition("/")[2]) not in ALLOWED
]


@pytest.fixture(scope="module")
def keep(tmp_path_factory):
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize(("name", "dataset", "path", "how"), FILES)
def test_a_broken_file_is_an_error_that_names_it(tmp_path, keep, name, dataset, path, how):
    folder = copy_example(name, tmp_path)
    whole = (folder / path).read_bytes()
    broken = BROKEN[how](whole)
    assert broken != whole
    (folder / path).write_bytes(broken)
    _, problems = survey(folder, keep=keep)
    assert problems
    for problem in problems:
        assert path in problem.where or f"dataset {dataset}" in problem.where, problem
        assert str(tmp_path) not in str(problem)
        assert "Errno" not in problem.problem
