"""A document as an editable file (Office Open XML), made anew without losing what people wrote.

Every generated block stands in a content control whose tag is `ur:KEY:TEXT:CONTENT`: the block's
key, a digest of its visible text, and one of all it shows. A table stands behind its control, whose
tag begins with `urt`. Places for human text stand in controls
tagged `ur-slot:KEY`. When the file is made anew, the earlier file is the ground:

- what stands outside the controls is human, and stays behind the block it stood behind;
- slots keep what they hold;
- a generated block whose text no longer has its digest was changed by hand: the new block is put
  in, and the hand's version stays behind it, as human text, under a line that says so;
- a block whose content differs from the earlier one is marked as changed, and listed at the top.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ultrarare.dossier.papers.block import (
    Block,
    Grid,
    Heading,
    Paper,
    Picture,
    Run,
    Slot,
    Words,
    column_widths,
    content_digest,
    text_digest,
    visible,
)
from ultrarare.errors import InputError

if TYPE_CHECKING:
    from docx.document import Document as File

_TAG = re.compile(r"^ur(t?):([^:]{1,36}):([0-9a-f]{8}):([0-9a-f]{8})$")
_SLOT = re.compile(r"^ur-slot:(.{1,36})$")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHANGES = "ur-changes"
_HAND = "ur-hand"
_TITLE = "ur-title"
_TEXT_WIDTH = 166.0  # A4 less its margins, mm
_GREY, _LINK, _AMBER = "59616B", "0B5394", "FFF0C9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs from the earlier file.

    Attributes:
        earlier: date of the earlier file; None where there was none.
        changed: blocks that say otherwise now, in words.
        added: blocks that were not there.
        gone: keys of blocks that are not made any more.
        by_hand: blocks that people had changed; their version stays.
        kept: pieces of human text that stay.
    """

    earlier: str | None = None
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    kept: int = 0


@dataclass(slots=True, kw_only=True)
class _Earlier:
    """An earlier file, taken apart."""

    made_on: str | None = None
    digests: dict[str, tuple[str, str]] = field(default_factory=dict)  # key: text, content
    by_hand: dict[str, list[Any]] = field(default_factory=dict)  # key: elements as changed
    slots: dict[str, list[Any]] = field(default_factory=dict)
    human: dict[str, list[Any]] = field(default_factory=dict)  # key it stands behind: elements
    order: list[str] = field(default_factory=list)


def to_docx(paper: Paper, earlier: bytes | None = None) -> tuple[bytes, Changes]:
    """The document as a file, and what differs from the earlier one.

    Args:
        paper: what it holds.
        earlier: the file as it was made before and edited since; None for the first time.

    Raises:
        InputError: the earlier file cannot be read, or is no document of this kind.
    """
    import docx

    if earlier is None:
        file, old = docx.Document(), _Earlier()
        _set_up(file)
    else:
        file = _opened(earlier)
        old = _taken_apart(file, paper)
        _styles(file)
    body = file.element.body
    for element in list(body):
        if element.tag != f"{_W}sectPr":
            body.remove(element)
    changes = _changes(paper, old)
    behind = _behind(paper, old)
    for element in _front(file, paper, changes):
        _append(body, element)
    for element in behind.get("", ()):
        _append(body, element)
    for block in paper.blocks:
        for element in _made(file, block, old):
            _append(body, element)
        for element in behind.get(block.key, ()):
            _append(body, element)
    core = file.core_properties
    core.title, core.author, core.comments = paper.title, "ultrarare", _mark(paper)
    core.last_modified_by = "ultrarare"
    return _packed(file, paper), changes


def human_text(data: bytes) -> dict[str, list[str]]:
    """Human paragraphs of a file by the block or slot they stand behind; for the PDF.

    Raises:
        InputError: the file cannot be read.
    """
    found: dict[str, list[str]] = {}
    last = ""
    for piece in _pieces_of(_opened(data)):
        last = piece.key or last
        if piece.sort == "human" or (piece.sort == "slot" and _is_filled(piece.elements)):
            found.setdefault(last, []).extend(
                text for one in piece.elements for text in _paragraphs(one) if text
            )
    return {key: some for key, some in found.items() if some}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Piece:
    """A part of a file: generated, a slot, or human; `key` is empty for the last."""

    sort: Literal["made", "slot", "human"]
    key: str
    elements: list[Any]
    digests: tuple[str, str] = ("", "")


def _pieces_of(file: File) -> Iterator[_Piece]:
    """The parts of a file in order, without title, list of changes and section."""
    elements = [one for one in file.element.body if one.tag != f"{_W}sectPr"]
    k = 0
    while k < len(elements):
        element, k = elements[k], k + 1
        tag = _tag_of(element) or ""
        if tag in {_CHANGES, _TITLE}:
            continue
        made, slot = _TAG.match(tag), _SLOT.match(tag)
        if made is not None:
            inside = _inside(element)
            # a control cannot hold a table in LibreOffice: the table follows its control
            if made[1] == "t" and k < len(elements) and elements[k].tag == f"{_W}tbl":
                inside.append(elements[k])
                k += 1
            yield _Piece(sort="made", key=made[2], elements=inside, digests=(made[3], made[4]))
        elif slot is not None:
            yield _Piece(sort="slot", key=slot[1], elements=_inside(element))
        else:
            yield _Piece(sort="human", key="", elements=[element])


def _mark(paper: Paper) -> str:
    return f"ultrarare {paper.id} | {paper.case_id} | {paper.case_digest} | {paper.made_on}"


def _opened(data: bytes) -> File:
    import docx

    try:
        return docx.Document(io.BytesIO(data))
    except Exception as error:  # noqa: BLE001 -- zip, XML and package errors share no base
        raise InputError(
            f"cannot be read as a document: {error}",
            where="the earlier document",
            remedy="save it as .docx, or move it away to begin anew",
        ) from None


def _taken_apart(file: File, paper: Paper) -> _Earlier:
    mark = (file.core_properties.comments or "").split(" | ")
    if len(mark) != 4 or not mark[0].startswith("ultrarare "):
        raise InputError(
            "was not made by ultrarare, and would be written over",
            where="the earlier document",
            remedy="choose another folder, or move the file away",
        )
    if mark[0] != f"ultrarare {paper.id}" or mark[1] != paper.case_id:
        raise InputError(
            f"is {mark[0].removeprefix('ultrarare ')} of case {mark[1]}; this is {paper.id} of "
            f"case {paper.case_id}",
            where="the earlier document",
            remedy="choose another folder",
        )
    old = _Earlier(made_on=mark[3])
    last = ""
    for piece in _pieces_of(file):
        copied = [deepcopy(one) for one in piece.elements]
        if piece.sort == "human":
            old.human.setdefault(last, []).extend(copied)
            continue
        last = piece.key
        old.order.append(last)
        if piece.sort == "slot":
            if _is_filled(piece.elements):
                old.slots[last] = copied
            continue
        old.digests[last] = piece.digests
        if text_digest("\n".join(map(_text, piece.elements))) != piece.digests[0]:
            old.by_hand[last] = copied
    if not old.order:
        raise InputError(
            "holds no content control of ultrarare any more, so the computed text cannot be told "
            "from yours",
            where="the earlier document",
            remedy="save it as .docx with a program that keeps content controls, or move it away",
        )
    return old


def _changes(paper: Paper, old: _Earlier) -> Changes:
    if old.made_on is None:
        return Changes()
    keys = {block.key for block in paper.blocks}
    changed, added, by_hand = [], [], []
    for block in paper.blocks:
        if isinstance(block, Slot):
            continue
        before = old.digests.get(block.key)
        if before is None:
            added.append(_named(block))
        elif before[1] != content_digest(block):
            changed.append(_named(block))
        if block.key in old.by_hand:
            by_hand.append(_named(block))
    human = [one for some in old.human.values() for one in some if _text(one).strip()]
    return Changes(
        earlier=old.made_on,
        changed=tuple(changed),
        added=tuple(added),
        gone=tuple(key for key in old.digests if key not in keys),
        by_hand=tuple(by_hand),
        kept=len(human) + len(old.slots) + len(old.by_hand),
    )


def _named(block: Block) -> str:
    text = " ".join(visible(block).split())
    return text if len(text) <= 90 else text[:90].rsplit(" ", 1)[0] + " …"


def _behind(paper: Paper, old: _Earlier) -> dict[str, list[Any]]:
    """Human elements by the block they go behind; those of blocks that are gone move up."""
    keys = {block.key for block in paper.blocks}
    found: dict[str, list[Any]] = {"": list(old.human.get("", ()))}
    last = ""
    for key in old.order:
        if key in keys:
            last = key
        elif key in old.slots:
            found.setdefault(last, []).extend(
                [_hand_line("From a place that this document does not have any more:")]
            )
            found[last].extend(old.slots[key])
        if key not in keys and key in old.by_hand:
            found.setdefault(last, []).append(_hand_line("Changed by hand, and not made any more:"))
            found[last].extend(old.by_hand[key])
        found.setdefault(last, []).extend(old.human.get(key, ()))
    return found


def _made(file: File, block: Block, old: _Earlier) -> Iterator[Any]:
    if isinstance(block, Slot):
        kept = old.slots.get(block.key)
        yield _control(f"ur-slot:{block.key}", kept or [_prompt(block.prompt)])
        return
    before = old.digests.get(block.key)
    new = old.made_on is not None and (before is None or before[1] != content_digest(block))
    elements = list(_elements(file, block))
    if new:
        _shade(elements)
    sort = "urt" if isinstance(block, Grid) else "ur"
    tag = f"{sort}:{block.key}:{text_digest(visible(block))}:{content_digest(block)}"
    if isinstance(block, Grid):
        yield _control(tag, elements[:1])
        yield from elements[1:]
    else:
        yield _control(tag, elements)
    if block.key in old.by_hand:
        yield _hand_line(
            "Changed by hand in the earlier document; above is what is computed now, below the "
            "hand's version:"
        )
        yield from old.by_hand[block.key]


def _elements(file: File, block: Block) -> Iterator[Any]:
    match block:
        case Heading(text=text, level=level):
            yield _detached(file.add_heading(text, level=level))
        case Words(runs=runs, item=item):
            paragraph = file.add_paragraph(style="List Bullet" if item else None)
            _write_runs(paragraph, runs)
            yield _detached(paragraph)
        case Grid():
            yield from _table(file, block)
        case Picture():
            yield from _figure(file, block)
        case Slot():
            raise AssertionError("slots are made apart")


def _table(file: File, grid: Grid) -> Iterator[Any]:
    from docx.shared import Mm

    headed = any(grid.head)
    caption = file.add_paragraph(grid.caption, style="Caption" if grid.caption else None)
    yield _detached(caption)
    table = file.add_table(rows=int(headed) + len(grid.rows), cols=len(grid.head))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, column_widths(grid, _TEXT_WIDTH), strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    if headed:
        for cell, text in zip(table.rows[0].cells, grid.head, strict=True):
            cell.paragraphs[0].add_run(text).bold = True
        _repeat_head(table.rows[0])
    for row, cells in zip(table.rows[int(headed) :], grid.rows, strict=True):
        for cell, runs in zip(row.cells, cells, strict=True):
            _write_runs(cell.paragraphs[0], runs)
    yield _detached(table)


def _figure(file: File, picture: Picture) -> Iterator[Any]:
    from docx.shared import Mm

    from ultrarare.draw.figure import to_png

    paragraph = file.add_paragraph()
    shape = paragraph.add_run().add_picture(io.BytesIO(to_png(picture.svg)), width=Mm(160))
    shape._inline.docPr.set("descr", picture.alt)  # noqa: SLF001 -- the library has no way to it
    yield _detached(paragraph)
    caption = file.add_paragraph(style="Caption")
    caption.add_run(picture.caption)
    yield _detached(caption)


def _write_runs(paragraph: Any, runs: Sequence[Run]) -> None:
    from docx.shared import Pt, RGBColor

    for run in runs:
        if run.link is not None:
            _link(paragraph, run)
            continue
        written = paragraph.add_run(run.text)
        written.bold = run.bold or None
        if run.small:
            written.font.size = Pt(8)
            written.font.color.rgb = RGBColor.from_string(_GREY)


def _link(paragraph: Any, run: Run) -> None:
    """A link to a place in the dossier that lies beside the document."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    target = f"dossier.html#{run.link}"
    identifier = paragraph.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), identifier)
    written = paragraph.add_run(run.text)
    written.font.color.rgb = RGBColor.from_string(_LINK)
    written.font.underline = True
    if run.small:
        written.font.size = Pt(8)
    link.append(written._element)  # noqa: SLF001 -- the library has no links of its own
    paragraph._element.append(link)  # noqa: SLF001


def _front(file: File, paper: Paper, changes: Changes) -> Iterator[Any]:
    from docx.shared import Pt, RGBColor

    title = file.add_heading(paper.title, level=0)
    notice = file.add_paragraph()
    text = f"{paper.notice} Case {paper.case_id}, {_short(paper.case_digest)}; {paper.made_on}."
    written = notice.add_run(text)
    written.font.size = Pt(8)
    written.font.color.rgb = RGBColor.from_string(_GREY)
    yield _control(_TITLE, [_detached(title), _detached(notice)])
    if changes.earlier is None:
        return
    heading = file.add_heading(f"What changed since {changes.earlier}", level=2)
    elements = [_detached(heading)]
    for word, some in (
        ("changed", changes.changed),
        ("new", changes.added),
        ("changed by hand, kept beside the computed text", changes.by_hand),
    ):
        for text in some:
            paragraph = file.add_paragraph(style="List Bullet")
            paragraph.add_run(f"{word}: ").bold = True
            paragraph.add_run(text)
            elements.append(_detached(paragraph))
    if changes.gone:
        text = f"{len(changes.gone)} parts are not made any more."
        elements.append(_detached(file.add_paragraph(text)))
    if len(elements) == 1:
        elements.append(_detached(file.add_paragraph("Nothing that is computed.")))
    yield _control(_CHANGES, elements)


def _short(digest: str) -> str:
    return f"digest {digest.removeprefix('sha256:')[:12]}"


def _control(tag: str, elements: Sequence[Any]) -> Any:
    """A block-level content control around elements."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    control, properties, content = (
        OxmlElement(name) for name in ("w:sdt", "w:sdtPr", "w:sdtContent")
    )
    # The tag is for Word; LibreOffice keeps only the gallery of a building block when it saves.
    name, block, gallery, unique = (
        OxmlElement(each)
        for each in ("w:tag", "w:docPartObj", "w:docPartGallery", "w:docPartUnique")
    )
    name.set(qn("w:val"), tag)
    gallery.set(qn("w:val"), tag)
    block.append(gallery)
    block.append(unique)
    properties.append(name)
    properties.append(block)
    for element in elements:
        content.append(element)
    control.append(properties)
    control.append(content)
    return control


def _prompt(text: str) -> Any:
    return _simple(f"[{text}]", italic=True)


def _hand_line(text: str) -> Any:
    return _control(_HAND, [_simple(text, italic=True)])


def _simple(text: str, *, italic: bool) -> Any:
    from docx.oxml import OxmlElement

    paragraph, run, words = (OxmlElement(name) for name in ("w:p", "w:r", "w:t"))
    if italic:
        properties, slant = OxmlElement("w:rPr"), OxmlElement("w:i")
        properties.append(slant)
        run.append(properties)
    words.text = text
    run.append(words)
    paragraph.append(run)
    return paragraph


def _shade(elements: Sequence[Any]) -> None:
    """Mark what changed: its text gets a coloured ground."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for element in elements:
        for run in element.iter(f"{_W}r"):
            properties = run.get_or_add_rPr()
            shade = OxmlElement("w:shd")
            shade.set(qn("w:val"), "clear")
            shade.set(qn("w:color"), "auto")
            shade.set(qn("w:fill"), _AMBER)
            properties.append(shade)


def _repeat_head(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


def _detached(thing: Any) -> Any:
    element = thing._element  # noqa: SLF001 -- moved into its control
    element.getparent().remove(element)
    return element


def _append(body: Any, element: Any) -> None:
    """Before the section's properties, which stand last."""
    last = body[-1] if len(body) and body[-1].tag == f"{_W}sectPr" else None
    if last is None:
        body.append(element)
    else:
        last.addprevious(element)


def _tag_of(element: Any) -> str | None:
    if element.tag != f"{_W}sdt":
        return None
    for way in (f"{_W}sdtPr/{_W}tag", f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery"):
        found = element.find(way)
        if found is not None:
            tag: str | None = found.get(f"{_W}val")
            return tag
    return None


def _inside(element: Any) -> list[Any]:
    content = element.find(f"{_W}sdtContent")
    return [] if content is None else list(content)


def _is_filled(elements: Sequence[Any]) -> bool:
    """Whether a slot holds more than its prompt, which stands in square brackets."""
    text = "\n".join(map(_text, elements)).strip()
    pictured = any(one.find(f".//{_W}drawing") is not None for one in elements)
    return pictured or (bool(text) and not (text.startswith("[") and text.endswith("]")))


def _text(element: Any) -> str:
    return "\n".join(_paragraphs(element))


def _paragraphs(element: Any) -> list[str]:
    found = [element] if element.tag == f"{_W}p" else list(element.iter(f"{_W}p"))
    return ["".join(_pieces(one)) for one in found]


def _pieces(paragraph: Any) -> Iterator[str]:
    """Text in order; a break or a tab is a space."""
    for part in paragraph.iter(f"{_W}t", f"{_W}br", f"{_W}tab", f"{_W}cr"):
        yield (part.text or "") if part.tag == f"{_W}t" else " "


_STYLES = ("Title", "heading 1", "heading 2", "heading 3", "List Bullet", "caption", "Table Grid")


def _styles(file: File) -> None:
    """Have every style that is used; another program may have dropped or respelt it."""
    import docx

    held = {one.find(f"{_W}name").get(f"{_W}val").casefold(): one for one in _all_styles(file)}
    ours = {one.find(f"{_W}name").get(f"{_W}val"): one for one in _all_styles(docx.Document())}
    for name in _STYLES:
        known = held.get(name.casefold())
        if known is not None:
            known.find(f"{_W}name").set(f"{_W}val", name)
        else:
            file.styles.element.append(deepcopy(ours[name if name in ours else name.title()]))


def _all_styles(file: File) -> list[Any]:
    named = file.styles.element.findall(f"{_W}style")
    return [one for one in named if one.find(f"{_W}name") is not None]


def _set_up(file: File) -> None:
    from docx.shared import Mm, Pt

    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin = section.bottom_margin = Mm(20)
    file.styles["Normal"].font.name = "Arial"
    file.styles["Normal"].font.size = Pt(10)


def _packed(file: File, paper: Paper) -> bytes:
    """The file's bytes, the same for the same content: parts in order, and no clock."""
    from datetime import UTC, datetime

    made = datetime.fromisoformat(paper.made_on).replace(tzinfo=UTC)
    file.core_properties.created = file.core_properties.modified = made
    raw, out = io.BytesIO(), io.BytesIO()
    file.save(raw)
    with zipfile.ZipFile(raw) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as write:
        for name in sorted(read.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            write.writestr(zipfile.ZipInfo(name, _EPOCH), read.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
