"""Laws of findings: the order of rows in a file is no information."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.factories import copy_example, findings_of

FILES = {
    "progressive": (
        "data/history/people.csv",
        "data/history/visits.csv",
        "data/course/motor-score.csv",
        "data/course/timeline.csv",
    ),
    "episodic": (
        "data/history/crises.csv",
        "data/history/observed.csv",
        "data/course/crises.csv",
    ),
    "kabe": ("data/editing/alleles.csv", "data/course/timeline.csv"),
}


@cache
def _before(name: str) -> dict[str, Any]:
    with TemporaryDirectory() as parent:
        return _found(_unlocked(name, Path(parent)))


def _unlocked(name: str, parent: Path) -> Path:
    """An example without its lock, which names the bytes of the cohort and not what they mean."""
    folder = copy_example(name, parent)
    (folder / "plan.lock").unlink(missing_ok=True)
    return folder


def _found(folder: Path) -> dict[str, Any]:
    return {key: _values(finding) for key, finding in findings_of(folder).items()}


def _values(finding: Any) -> dict[str, Any]:
    """What a reader sees of a finding; digests of the files are of their bytes and may differ."""
    found: dict[str, Any] = finding.model_dump(mode="json", exclude={"provenance"})
    return found


def _same(a: Any, b: Any, path: str) -> None:
    if isinstance(a, dict):
        assert set(a) == set(b), path
        for key in a:
            _same(a[key], b[key], f"{path}.{key}")
    elif isinstance(a, list):
        assert len(a) == len(b), path
        for index, (one, other) in enumerate(zip(a, b, strict=True)):
            _same(one, other, f"{path}[{index}]")
    elif isinstance(a, float):
        # The order of a sum moves its last digits, and an optimiser's path with them.
        assert a == pytest.approx(b, rel=1e-4, abs=1e-6), path
    else:
        assert a == b, path


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_no_finding(tmp_path, name, seed):
    folder = _unlocked(name, tmp_path)
    for file in FILES[name]:
        head, *rows = (folder / file).read_text("utf-8").strip().split("\n")
        random.Random(seed).shuffle(rows)  # noqa: S311 -- a seeded order, no secret
        (folder / file).write_text("\n".join([head, *rows]) + "\n", "utf-8")
    _same(_before(name), _found(folder), name)
