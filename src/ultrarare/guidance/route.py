"""Routes: sets of conditions that say whether a way is open to a case, as data over the packs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.document import Document, read_document
from ultrarare.case.value import Id, Text, Value
from ultrarare.errors import InputErrors, NotFound, Problem
from ultrarare.guidance.pack import Pack, packs
from ultrarare.guidance.predicate import Predicate
from ultrarare.guidance.requirement import Requirement, Tag

Profile = Literal["draft", "nejm", "narrow"]
PROFILES: tuple[Profile, ...] = ("draft", "nejm", "narrow")


class Condition(Value):
    """One condition: a row of a pack, or a question of its own with source and tag."""

    row: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[A-Z0-9]+-\d+[a-z]?$")] | None = None
    id: Id | None = None
    asks: Text | None = None
    source: Text | None = None
    tag: Tag | None = None
    predicate: Predicate | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        own = (self.id, self.asks, self.source, self.tag, self.predicate)
        if self.row is not None and any(part is not None for part in own):
            raise ValueError("found `row` and fields of an own condition; allowed is one of both")
        if self.row is None and any(part is None for part in own):
            raise ValueError("an own condition has id, asks, source, tag and predicate")
        return self


class Route(Value):
    """A way that may be open to a case.

    Attributes:
        id: of the route.
        group: what it is a way to.
        title: what it is.
        profile: the reading of the scope it stands for, where a document leaves it open.
        about: what it asks in a few words, and what it does not say.
        conditions: each must hold.
    """

    id: Id
    group: Id
    title: Text
    profile: Profile | None = None
    about: Text
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1)]


class RouteBook(Value):
    """What `routes.yaml` holds."""

    schema_: Literal["ultrarare/routes/1"] = Field(alias="schema")
    groups: Mapping[Id, Text]
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]


@cache
def route_book() -> RouteBook:
    """The routes that ship.

    Raises:
        InputErrors: they do not hold together with the packs, which a test would have found.
    """
    path = Path(str(resources.files("ultrarare.guidance").joinpath("routes.yaml")))
    return read_routes(path, installed=True)


def read_routes(path: Path, *, installed: bool = False) -> RouteBook:
    """Routes from a file.

    Raises:
        NotFound: no file is there.
        InputErrors: everything that is wrong: rows that no pack has, groups and ids.
    """
    if not path.is_file():
        raise NotFound("no file is there", where=str(path))
    document = read_document(path, RouteBook, name=path.name, installed=installed)
    problems = [*document.problems, *_wrong(document)]
    if problems or document.value is None:
        raise InputErrors(problems, where=path.name)
    return document.value


def row_of(condition: Condition) -> tuple[Pack, Requirement] | None:
    """The pack and row that a condition names; None for a condition of its own.

    Raises:
        KeyError: there is none.
    """
    if condition.row is None:
        return None
    name, _, row = condition.row.partition("/")
    pack = packs()[name]
    return pack, pack.requirement(row)


def _wrong(document: Document[RouteBook]) -> Iterable[Problem]:
    if document.value is None:
        return
    seen: set[str] = set()
    for index, route in enumerate(document.value.routes):
        if route.id in seen:
            where = document.place("routes", index, "id")
            yield Problem(where, f"id {route.id!r} stands twice")
        seen.add(route.id)
        if route.group not in document.value.groups:
            allowed = ", ".join(document.value.groups)
            where = document.place("routes", index, "group")
            yield Problem(where, f"found {route.group!r}; allowed: {allowed}")
        for at, condition in enumerate(route.conditions):
            where = document.place("routes", index, "conditions", at)
            try:
                found = row_of(condition)
            except KeyError:
                yield Problem(where, f"found {condition.row}; no pack has such a row")
                continue
            if found is not None and not found[1].kinds:
                yield Problem(where, f"{condition.row} tells and asks nothing")
