"""The work of a programme: tasks with durations, what they wait for and what they give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.case import Phase
from ultrarare.case.document import Document, read_document
from ultrarare.case.value import Id, Text, Value
from ultrarare.case.vocabulary import why_unknown
from ultrarare.errors import InputErrors, NotFound, Problem


class State(StrEnum):
    """How far a task is."""

    PLANNED = "planned"
    UNDER_WAY = "under way"
    OBTAINED = "obtained"


class Weeks(Value):
    """A duration with what is thought possible.

    Attributes:
        least: shortest, weeks.
        likely: most likely, weeks.
        most: longest, weeks.
    """

    least: Annotated[float, Field(ge=0)]
    likely: Annotated[float, Field(ge=0)]
    most: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.least <= self.likely <= self.most:
            raise ValueError(
                f"found {self.least:g}, {self.likely:g}, {self.most:g}; "
                "allowed is least ≤ likely ≤ most"
            )
        return self

    @property
    def fixed(self) -> bool:
        """Whether nothing is uncertain about it."""
        return self.least == self.most


class Task(Value):
    """One piece of work.

    Attributes:
        id: its id.
        name: what is done, in a few words.
        phase: the phase it belongs to.
        weeks: how long it takes: a number, or least, likely and most.
        needs: tasks that must be done before it begins.
        gives: finding kinds that it is to give; empty for work that gives none, such as review.
        state: how far it is; nothing is taken to be done because time has passed.
        owner: who does it.
        begun: week in which it began, on the plan's own clock; of work under way or done.
        done: week in which it was done.
    """

    id: Id
    name: Text
    phase: Phase
    weeks: Weeks | Annotated[float, Field(ge=0)]
    needs: tuple[Id, ...] = ()
    gives: tuple[str, ...] = ()
    state: State = State.PLANNED
    owner: str | None = None
    begun: Annotated[float, Field(ge=0)] | None = None
    done: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for kind in self.gives:
            if (why := why_unknown(kind)) is not None:
                raise ValueError(why)
        if self.done is not None and self.state is not State.OBTAINED:
            raise ValueError(f"is done in week {self.done:g}, but its state is {self.state}")
        if self.begun is not None and self.state is State.PLANNED:
            raise ValueError(f"began in week {self.begun:g}, but its state is planned")
        if self.begun is not None and self.done is not None and self.done < self.begun:
            raise ValueError(f"is done in week {self.done:g}, before it began ({self.begun:g})")
        return self

    @property
    def span(self) -> Weeks:
        """The duration; one number is a duration without doubt."""
        if isinstance(self.weeks, Weeks):
            return self.weeks
        return Weeks(least=self.weeks, likely=self.weeks, most=self.weeks)


class Work(Value):
    """What a work file holds.

    Attributes:
        title: of the programme.
        source: where the durations come from.
        tasks: at least one.
    """

    schema_: Literal["ultrarare/work/1"] = Field(alias="schema")
    title: Text
    source: Text
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]


def read_work(path: Path) -> Work:
    """The work of a programme from a file.

    Raises:
        NotFound: no file is there.
        InputErrors: all that is wrong: repeated ids, tasks that are not there, a circle.
    """
    if not path.is_file():
        raise NotFound("no file is there", where=str(path), remedy="give the path of a work file")
    document = read_document(path, Work, name=path.name)
    problems = list(document.problems)
    if document.value is not None and not problems:
        problems += _problems(document, document.value)
    if problems or document.value is None:
        raise InputErrors(sorted(set(problems)), where=path.name)
    return document.value


def _problems(document: Document[Work], work: Work) -> Iterator[Problem]:
    counts = Counter(task.id for task in work.tasks)
    for index, task in enumerate(work.tasks):
        if counts[task.id] > 1:
            where = document.raw_place("tasks", index, "id")
            yield Problem(where, f"id {task.id!r} stands {counts[task.id]} times")
        for need in task.needs:
            if need not in counts:
                where = document.raw_place("tasks", index, "needs")
                yield Problem(where, f"waits for {need!r}; the tasks are: {', '.join(counts)}")
    circle = find_circle({task.id: task.needs for task in work.tasks})
    if circle:
        where = document.raw_place("tasks")
        yield Problem(where, f"wait for each other in a circle: {' → '.join(circle)}")


def find_circle(needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A circle of tasks that wait for each other, its first repeated at the end; else empty."""
    left = {task: {need for need in some if need in needs} for task, some in needs.items()}
    while free := [task for task, some in left.items() if not some & left.keys()]:
        for task in free:
            del left[task]
    if not left:
        return ()
    path = [next(iter(left))]
    while True:
        step = min(left[path[-1]] & left.keys())  # each that is left waits for one that is left
        if step in path:
            return (*path[path.index(step) :], step)
        path.append(step)
