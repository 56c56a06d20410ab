"""Taking any one data file away: no crash, no error, nothing becomes supported by it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.factories import EXAMPLES, copy_example, example, example_analysed, survey
from ultrarare.app.plan import lock_plan
from ultrarare.case.finding import Direction

DECLARED = {"variant.allelic-state", "variant.both-alleles", "variant.classification"}
FILES = [
    (name, path)
    for name in EXAMPLES
    for dataset in example(name).case.datasets
    for path in dataset.paths.values()
]


@pytest.mark.parametrize(("name", "path"), FILES)
def test_what_rested_on_a_file_is_not_computable_without_it(tmp_path, name, path):
    folder = copy_example(name, tmp_path)
    (folder / path).unlink()
    analysed, problems = survey(folder)
    assert problems == ()

    before = {finding.id: finding for finding in example_analysed(name).findings}
    after = {finding.id: finding for finding in analysed.findings}
    dataset = next(d.id for d in example(name).case.datasets if path in d.paths.values())
    for key, finding in before.items():
        if key not in after or all(item.path != path for item in finding.provenance.inputs):
            continue
        left = after[key]
        assert all(item.path != path for item in left.provenance.inputs)
        if left.direction is Direction.NOT_COMPUTABLE:
            named = f"{left.statement} {left.would_need}"
            assert path in named or dataset in named or left.kind == "plan.success", key
        else:
            # What the case declares of a variant stands without a reference; of several cohorts
            # the others are still there.
            assert left.kind in DECLARED or left.provenance.inputs, key
    for key, finding in after.items():
        if finding.direction is Direction.SUPPORTS:
            assert key in before, key
            assert before[key].direction is Direction.SUPPORTS, key


def test_taking_every_file_away_leaves_no_computed_support(tmp_path):
    folder = copy_example("progressive", tmp_path)
    for item in example("progressive").case.datasets:
        for path in item.paths.values():
            (folder / path).unlink()
    analysed, problems = survey(folder)
    assert problems == ()
    supported = {
        f.kind
        for f in analysed.findings
        if f.direction is Direction.SUPPORTS and f.origin == "computed"
    }
    # What the case declares of its variant is summed without any file.
    assert supported <= DECLARED
    assert "variant.classification" in supported


def test_a_late_lock_stays_post_hoc_when_the_timeline_is_gone(tmp_path):
    folder = copy_example("progressive", tmp_path)
    lock_plan(
        folder, name="m", now=datetime(2025, 1, 1, tzinfo=UTC), day_of_life=None, replace=True
    )
    (folder / "data/course/timeline.csv").unlink()
    analysed, problems = survey(folder)
    assert problems == ()
    assert {f.direction for f in analysed.findings if f.kind == "plan.lock"} == {
        Direction.INCONCLUSIVE
    }
    assert not any(f.planned == "locked" for f in analysed.findings)
