"""Templates of documents: headings, sentences with fields, inserts that are computed, slots."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.document import Document, read_document
from ultrarare.case.value import Id, Text, Value
from ultrarare.dossier.papers.block import MOST_KEY
from ultrarare.errors import InputErrors, NotFound, Problem

_FIELD = re.compile(r"\{([^{}]*)\}")
_MOST_SLOT = MOST_KEY - 2  # "s." stands before it


class SlotText(Value):
    """A place for human text, with what belongs there."""

    key: Id
    prompt: Text


class Part(Value):
    """One part of a document: exactly one of its fields is given.

    Attributes:
        heading: a heading of the first level.
        subheading: a heading of the second level.
        text: a paragraph; `{field}` is filled in.
        item: an item of a list; `{field}` is filled in.
        insert: the name of something computed.
        slot: a place for human text.
    """

    heading: Text | None = None
    subheading: Text | None = None
    text: Text | None = None
    item: Text | None = None
    insert: Text | None = None
    slot: SlotText | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"found {', '.join(given) or 'nothing'}; allowed is exactly one of: "
                + ", ".join(type(self).model_fields)
            )
        return self

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that its text names."""
        text = next(
            (t for t in (self.heading, self.subheading, self.text, self.item) if t is not None), ""
        )
        return tuple(_FIELD.findall(text))


class Template(Value):
    """A document's template.

    Attributes:
        id: its id; the file is named by it.
        title: as printed; `{field}` is filled in.
        audience: for whom.
        reading_grade: the highest school grade that its sentences may ask of a reader; None where
            none is promised.
        parts: in order.
    """

    schema_: Literal["ultrarare/document/1"] = Field(alias="schema")
    id: Id
    title: Text
    audience: Text
    reading_grade: Annotated[int, Field(ge=1, le=16)] | None = None
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]


def read_template(path: Path, *, fields: Collection[str], inserts: Collection[str]) -> Template:
    """A template from a file.

    Args:
        path: the file.
        fields: names that `{…}` may hold.
        inserts: names that `insert` may hold.

    Raises:
        NotFound: no file is there.
        InputErrors: it does not hold together, or names what there is not; all at once.
    """
    if not path.is_file():
        raise NotFound("no file is there", where=str(path), remedy="give the path of a template")
    document = read_document(path, Template, name=path.name)
    problems = list(document.problems)
    if document.value is not None and not problems:
        problems += _problems(document, document.value, fields, inserts)
    if problems or document.value is None:
        raise InputErrors(sorted(set(problems)), where=path.name)
    return document.value


def fill(text: str, values: dict[str, str]) -> str:
    """A text with its fields filled in; the names were checked when the template was read."""
    return _FIELD.sub(lambda found: values[found[1]], text)


def _problems(
    document: Document[Template], template: Template, fields: Collection[str],
    inserts: Collection[str],
) -> Iterator[Problem]:  # fmt: skip
    slots = Counter(part.slot.key for part in template.parts if part.slot is not None)
    names = Counter(part.insert for part in template.parts if part.insert is not None)
    for name in _FIELD.findall(template.title):
        if name not in fields:
            yield Problem(document.raw_place("title"), _unknown("field", name, fields))
    for index, part in enumerate(template.parts):
        where = document.raw_place("parts", index)
        for name in part.fields:
            if name not in fields:
                yield Problem(where, _unknown("field", name, fields))
        if part.insert is not None and part.insert not in inserts:
            yield Problem(where, _unknown("insert", part.insert, inserts))
        if part.insert is not None and names[part.insert] > 1:
            yield Problem(where, f"inserts {part.insert!r} {names[part.insert]} times")
        if part.slot is not None and slots[part.slot.key] > 1:
            yield Problem(where, f"slot {part.slot.key!r} stands {slots[part.slot.key]} times")
        if part.slot is not None and len(part.slot.key) > _MOST_SLOT:
            yield Problem(where, f"slot {part.slot.key!r} has more than {_MOST_SLOT} characters")


def _unknown(what: str, name: str, allowed: Collection[str]) -> str:
    return f"names the {what} {name!r}; there are: {', '.join(sorted(allowed))}"
