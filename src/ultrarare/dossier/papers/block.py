"""What a document is made of: blocks with a key, so that each can be found again and compared."""

from __future__ import annotations

from dataclasses import dataclass

from ultrarare import digest

MOST_KEY = 36
"""Longest key: a content control of a word processor names it in 64 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A piece of text in one style.

    Attributes:
        text: the text.
        bold: whether it stands out.
        small: whether it is small, as tags and sources are.
        link: a place in `dossier.html`, or None.
    """

    text: str
    bold: bool = False
    small: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading; `level` 1 to 3."""

    key: str
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A paragraph, or an item of a list."""

    key: str
    runs: tuple[Run, ...]
    item: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: a head and rows of cells, each a few runs."""

    key: str
    head: tuple[str, ...]
    rows: tuple[tuple[tuple[Run, ...], ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Picture:
    """A figure with its caption and alternative text."""

    key: str
    svg: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for human text; what was written there is kept when the document is made anew."""

    key: str
    prompt: str


Block = Heading | Words | Grid | Picture | Slot


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Paper:
    """A document.

    Attributes:
        id: of its template.
        title: as printed.
        blocks: in order; keys are unique.
        case_id: of the case.
        case_digest: of everything that went into the case.
        made_on: date printed on it, ISO.
        notice: what it does not claim.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    case_id: str
    case_digest: str
    made_on: str
    notice: str


def plain(text: str) -> tuple[Run, ...]:
    """Text in one run."""
    return (Run(text=text),)


def visible(block: Block) -> str:
    """The text of a block as a reader of the file finds it: what an edit by hand would change."""
    match block:
        case Heading(text=text):
            return text
        case Words(runs=runs):
            return "".join(run.text for run in runs)
        case Grid(head=head, rows=rows, caption=caption):
            cells = [*head, *("".join(run.text for run in cell) for row in rows for cell in row)]
            return "\n".join([*([caption] if caption else []), *cells])
        case Picture(caption=caption):
            return caption
        case Slot(prompt=prompt):
            return prompt


def text_digest(text: str) -> str:
    """Eight digits over a text, white space evened out."""
    return digest.of_bytes(" ".join(text.split()).encode()).removeprefix("sha256:")[:8]


def content_digest(block: Block) -> str:
    """Eight digits over everything that a block shows, its picture too."""
    shown = visible(block)
    if isinstance(block, Picture):
        shown += block.svg
    if isinstance(block, Words | Grid):
        shown += "".join(run.link or "" for run in _runs(block))
    return text_digest(shown)


def _runs(block: Words | Grid) -> tuple[Run, ...]:
    if isinstance(block, Words):
        return block.runs
    return tuple(run for row in block.rows for cell in row for run in cell)


def column_widths(grid: Grid, whole: float) -> tuple[float, ...]:
    """Columns as wide as what they hold asks for, the narrowest a third of the widest at least.

    Args:
        grid: the table.
        whole: width of the table, in any unit.
    """
    longest = [
        max((sum(len(run.text) for run in row[k]) for row in grid.rows), default=1)
        for k in range(len(grid.head))
    ]
    if not any(grid.head):
        longest = [1, 3]  # a list of facts
    most = max(*longest, 1)
    shares = [max(one / most, 1 / 3) for one in longest]
    return tuple(whole * one / sum(shares) for one in shares)
