"""A guidance pack: one document's requirements as data; those installed and those in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field

from ultrarare import digest
from ultrarare.case.document import Document, line_of, read_document
from ultrarare.case.value import Id, Text, Value
from ultrarare.errors import InputError, InputErrors, NotFound, Problem
from ultrarare.guidance.assessment import Element
from ultrarare.guidance.requirement import Requirement as Requirement  # noqa: PLC0414 -- given on
from ultrarare.guidance.requirement import secondary_keys

GROUP = "ultrarare.guidance"

Status = Literal["article", "draft", "final"]
SourceStatus = Literal[
    "article", "draft", "final", "statute", "regulation", "process", "secondary", "our own"
]


class SourceEntry(Value):
    """A document of the pack's register.

    Attributes:
        title: what it is.
        status: how binding its text is.
        docket: its docket or identifier, if it has one.
    """

    title: Text
    status: SourceStatus
    docket: str | None = None


class ReadingAbout(Value):
    """What a reading asks, in words."""

    about: Text


class ReadingsAbout(Value):
    """The two readings of the document."""

    strict: ReadingAbout
    as_written: ReadingAbout


class PackDocument(Value):
    """What a pack's file holds."""

    schema_: Literal["ultrarare/guidance/1"] = Field(alias="schema")
    id: Id
    title: Text
    document: Text
    docket: str | None = None
    jurisdiction: Text
    status: Status
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]
    version: Text
    notice: Text
    scope: Mapping[str, Text]
    readings: ReadingsAbout
    sources: Mapping[str, SourceEntry]
    requirements: Annotated[tuple[Requirement, ...], Field(min_length=1)]

    def requirement(self, requirement_id: str) -> Requirement:
        """The row of that id.

        Raises:
            KeyError: there is none.
        """
        for row in self.requirements:
            if row.id == requirement_id:
                return row
        raise KeyError(requirement_id)

    def deciding(self, element: Element) -> tuple[Requirement, ...]:
        """The rows that decide an element in the as-written reading."""
        return tuple(r for r in self.requirements if r.element is element and r.decides)

    def cite(self, row: Requirement) -> str:
        """Document, status and locator of a row, as printed beside it."""
        entry = self.sources[row.source.document]
        docket = f", {entry.docket}" if entry.docket is not None else ""
        return f"{entry.title} ({entry.status}{docket}): {row.source.locator}"


class Pack(PackDocument):
    """A pack with the digest of the bytes it was read from."""

    sha256: str

    @classmethod
    def of(cls, document: PackDocument, sha256: str) -> Pack:
        """A pack from its document, already validated, and the digest of its bytes."""
        values = {name: getattr(document, name) for name in PackDocument.model_fields}
        return cls.model_construct(None, **values, sha256=sha256)


@cache
def packs() -> Mapping[str, Pack]:
    """Every pack by its id, in order of id.

    An entry point of the group `ultrarare.guidance` gives a path, or a module that holds `PACKS`,
    a sequence of paths.

    Raises:
        InputError: an entry point gives no path, or two packs share an id.
        InputErrors: a pack does not hold together; all its problems at once.
    """
    found: dict[str, Pack] = {}
    for path, ours in (*((p, True) for p in _our_paths()), *((p, False) for p in _their_paths())):
        pack = read_pack(path, installed=ours)
        if pack.id in found:
            raise InputError(f"pack {pack.id!r} is there twice", where=path.name)
        found[pack.id] = pack
    return MappingProxyType(dict(sorted(found.items())))


def find_pack(name: str) -> Pack:
    """The pack of that id, or the one in that file.

    Args:
        name: the id of an installed pack, or the path of a `.yaml` file.

    Raises:
        NotFound: there is none; names those there are.
        InputErrors: the pack does not hold together.
    """
    if name.endswith((".yaml", ".yml")):
        return read_pack(Path(name))
    try:
        return packs()[name]
    except KeyError:
        raise NotFound(
            f"no pack {name!r}; there are: {', '.join(packs())}",
            where="guidance",
            remedy="name one of these, or give the path of a pack's .yaml file",
        ) from None


def read_pack(path: Path, *, installed: bool = False) -> Pack:
    """A pack from a file.

    Args:
        path: the file.
        installed: whether it came with the package.

    Raises:
        NotFound: no file is there.
        InputErrors: it does not hold together; each problem with its line.
    """
    if not path.is_file():
        raise NotFound("no file is there", where=str(path), remedy="give the path of a pack")
    document = read_document(path, PackDocument, name=path.name, installed=installed)
    problems = sorted({*document.problems, *_cross_checks(document)})
    if problems or document.value is None:
        raise InputErrors(problems, where=path.name)
    return Pack.of(document.value, digest.of_file(path))


def read_rows(path: Path) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    """A pack's rows even where examples are wanting, and what keeps it from being a pack.

    Raises:
        NotFound: no file is there.
        InputErrors: rows cannot be read at all.
    """
    if not path.is_file():
        raise NotFound("no file is there", where=str(path), remedy="give the path of a pack")
    document = read_document(path, PackDocument, name=path.name)
    if document.value is None or document.problems:
        raise InputErrors(sorted(set(document.problems)), where=path.name)
    return document.value.requirements, tuple(sorted(set(_cross_checks(document))))


def _our_paths() -> Iterator[Path]:
    folder = Path(str(resources.files("ultrarare.guidance").joinpath("packs")))
    yield from sorted(folder.glob("*.yaml"))


def _their_paths() -> Iterator[Path]:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield from _paths_of(entry)


def _paths_of(entry: EntryPoint) -> Iterator[Path]:
    given = entry.load()
    held = getattr(given, "PACKS", given)
    paths = [held] if isinstance(held, str | Path) else held
    if not isinstance(paths, Iterable) or not all(isinstance(p, str | Path) for p in paths):
        raise InputError(
            f"entry point {entry.name!r} gives {type(given).__name__}; allowed are a path, "
            "or a module that holds PACKS, a sequence of paths",
            where=entry.value,
        )
    yield from (Path(path) for path in paths)


def _cross_checks(document: Document[PackDocument]) -> Iterator[Problem]:
    """What one row cannot know of the others: repeated ids, unknown documents, who decides."""
    raw = document.raw if isinstance(document.raw, dict) else {}
    rows = raw.get("requirements")
    listed = [
        (index, row)
        for index, row in enumerate(rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]
    counts = Counter(str(row.get("id")) for _index, row in listed)
    given = raw.get("sources")
    known = set(given) if isinstance(given, dict) else set()
    for index, row in listed:
        if counts[str(row.get("id"))] > 1:
            where = _place(document, index, "id")
            yield Problem(where, f"id {row.get('id')!r} stands {counts[str(row.get('id'))]} times")
        yield from _unknown_documents(document, index, row, known)
    yield from _undecided(document)
    yield from _not_shown(document)


def _unknown_documents(
    document: Document[PackDocument], index: int, row: dict[str, Any], known: set[str]
) -> Iterator[Problem]:
    allowed = ", ".join(sorted(known)) or "none"
    source = row.get("source")
    name = source.get("document") if isinstance(source, dict) else None
    if isinstance(name, str) and name not in known:
        where = _place(document, index, "source", "document")
        yield Problem(where, f"names document {name!r}; the register has: {allowed}")
    tag = row.get("tag")
    for key in secondary_keys(tag) if isinstance(tag, str) else ():
        if key not in known:
            where = _place(document, index, "tag")
            yield Problem(where, f"names source {key!r}; the register has: {allowed}")


def _undecided(document: Document[PackDocument]) -> Iterator[Problem]:
    if document.value is None or document.problems:
        return
    for index, row in enumerate(document.value.requirements):
        if (row.element is None) is (row.pillar is None):
            where = _place(document, index, "id")
            yield Problem(
                where,
                f"{row.id} names {'neither' if row.element is None else 'both'} "
                "of `element` and `pillar`; one is needed",
            )
        if row.decides and row.element is None:
            where = _place(document, index, "decides")
            yield Problem(where, "decides an element, but names none under `element`")
    judges = any(row.element is not None for row in document.value.requirements)
    for element in Element if judges else ():
        if not document.value.deciding(element):
            where = f"{document.name}:{line_of(document.lines, ('requirements',))} requirements"
            problem = f"no row decides the element {element.value!r}"
            yield Problem(where, problem, "mark the row that does with `decides: true`")


def _not_shown(document: Document[PackDocument]) -> Iterator[Problem]:
    """Rows without examples, and examples that the row judges otherwise than they say."""
    if document.value is None or document.problems:
        return
    for index, row in enumerate(document.value.requirements):
        place = _place(document, index, "id")
        for number, example in enumerate(row.examples, start=1):
            given = example.answer(row)
            if given is not example.verdict:
                problem = (
                    f"example {number} of {row.id} says {example.verdict}; the row says {given}"
                )
                yield Problem(place, problem, "correct the example or the predicate")
        shown = {example.verdict for example in row.examples}
        if row.predicate.ask != "told" and len(shown) < (1 if row.predicate.ask == "judged" else 2):
            yield Problem(
                place,
                f"{row.id} has {len(shown)} verdicts among its examples; at least two are needed",
                f"see `ultrarare guidance check {document.name}`, which suggests them",
            )


def _place(document: Document[PackDocument], index: int, *path: str) -> str:
    return document.raw_place("requirements", index, *path)
