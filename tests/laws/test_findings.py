"""Laws of findings: the order of rows in a file is no information."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import copy_example, example_findings, findings_of

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
    return {key: _values(finding) for key, finding in example_findings(name).items()}


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
@given(seed=st.integers(0, 2**32))
@settings(max_examples=4)
def test_the_order_of_rows_changes_no_finding(name, seed):
    with TemporaryDirectory() as parent:
        folder = copy_example(name, Path(parent))
        for file in FILES[name]:
            head, *rows = (folder / file).read_text("utf-8").strip().split("\n")
            random.Random(seed).shuffle(rows)  # noqa: S311 -- a seeded order, no secret
            (folder / file).write_text("\n".join([head, *rows]) + "\n", "utf-8")
        after = {key: _values(finding) for key, finding in findings_of(folder).items()}
    _same(_before(name), after, name)
