"""Work files: all problems at once, each with its line."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultrarare.case.work import find_circle, read_work
from ultrarare.errors import InputErrors, NotFound

HEAD = "schema: ultrarare/work/1\ntitle: made\nsource: made\ntasks:\n"


def problems(tmp_path, *tasks):
    path = tmp_path / "work.yaml"
    path.write_text(HEAD + "".join(f"  - {{{task}}}\n" for task in tasks), "utf-8")
    with pytest.raises(InputErrors) as caught:
        read_work(path)
    return [f"{one.where}: {one.problem}" for one in caught.value.problems]


ONE = "id: a, name: A, phase: discovery, weeks: 2"


def test_repeated_ids_and_tasks_that_are_not_there_are_told_at_once(tmp_path):
    found = problems(tmp_path, ONE, ONE, "id: b, name: B, phase: cmc, weeks: 1, needs: [x]")
    assert [line for line in found if "stands 2 times" in line and "work.yaml:5" in line]
    assert [line for line in found if "waits for 'x'; the tasks are: a, b" in line]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("needs: [a]", "circle: a → a"),
        ("gives: [variant.identify]", "not in the vocabulary"),
        ("done: 3", "its state is planned"),
        ("state: obtained, begun: 4, done: 3", "before it began"),
        ("state: finished", "'planned', 'under way' or 'obtained'"),
    ],
)
def test_what_does_not_hold_together_is_told(tmp_path, more, said):
    assert any(said in line for line in problems(tmp_path, f"{ONE}, {more}"))


def test_weeks_out_of_order_and_below_zero_are_told(tmp_path):
    wrong = ONE.replace("weeks: 2", "weeks: {least: 3, likely: 2, most: 4}")
    assert any("least ≤ likely ≤ most" in line for line in problems(tmp_path, wrong))
    assert problems(tmp_path, ONE.replace("2", "-2"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(NotFound, match="no file is there"):
        read_work(tmp_path / "work.yaml")


NODES = "abcdef"


@given(st.dictionaries(st.sampled_from(NODES), st.sets(st.sampled_from(NODES)), min_size=1))
def test_a_circle_is_found_exactly_where_there_is_one(graph):
    needs = {one: tuple(sorted(some)) for one, some in graph.items()}
    circle = find_circle(needs)

    def reaches(start, goal, seen=()):
        if goal in needs[start]:
            return True
        further = [step for step in needs[start] if step in needs and step not in seen]
        return any(reaches(step, goal, (*seen, step)) for step in further)

    assert bool(circle) == any(reaches(one, one) for one in needs)
    if circle:
        assert circle[0] == circle[-1]
        assert all(b in needs[a] for a, b in pairwise(circle))
