"""The package of documents: made from a case, written, and made anew over what people wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ultrarare.app.analyse import Progress, silent
from ultrarare.app.assess import DEFAULT_GUIDANCE, assess_case
from ultrarare.app.cache import Cache
from ultrarare.app.dossier import source_of, write_dossier
from ultrarare.app.next_steps import course_figure, steps_of
from ultrarare.case.work import read_work
from ultrarare.dossier.figures import timeline_figure
from ultrarare.dossier.papers.build import build
from ultrarare.dossier.papers.docx import Changes, human_text, to_docx
from ultrarare.dossier.papers.inserts import FIELDS, INSERTS, Material
from ultrarare.dossier.papers.pdf import to_pdf
from ultrarare.dossier.papers.template import Template, read_template
from ultrarare.draw import render
from ultrarare.errors import InputError, NotFound
from ultrarare.guidance.meeting import Meeting

TEMPLATES = Path(__file__).parents[1] / "dossier" / "papers" / "templates"
_DOCX = "{}.docx"


def template_ids() -> tuple[str, ...]:
    """The documents that ship."""
    return tuple(sorted(path.stem for path in TEMPLATES.glob("*.yaml")))


def find_template(name: str) -> Template:
    """The template of that id, or the one in that file.

    Raises:
        NotFound: there is none; names those there are.
        InputErrors: it does not hold together, or names a field or insert that there is not.
    """
    if name.endswith((".yaml", ".yml")):
        return read_template(Path(name), fields=FIELDS, inserts=INSERTS)
    if name not in template_ids():
        raise NotFound(
            f"no document {name!r}; there are: {', '.join(template_ids())}",
            where="document",
            remedy="name one of these, or give the path of a template's .yaml file",
        )
    return read_template(TEMPLATES / f"{name}.yaml", fields=FIELDS, inserts=INSERTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPaper:
    """One document on disk."""

    id: str
    title: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class PapersReport:
    """Every document that was written."""

    folder: Path
    papers: tuple[WrittenPaper, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "schema": "ultrarare/package/1",
            "documents": [
                {
                    "id": one.id,
                    "title": one.title,
                    "files": [f"{one.id}.docx", f"{one.id}.pdf"],
                    "earlier": one.changes.earlier,
                    "changed": list(one.changes.changed),
                    "added": list(one.changes.added),
                    "gone": list(one.changes.gone),
                    "changed_by_hand": list(one.changes.by_hand),
                    "human_pieces_kept": one.changes.kept,
                }
                for one in self.papers
            ],
        }

    def summary(self) -> str:
        """One line a document."""
        lines = []
        for one in self.papers:
            said = f"{one.id}: {self.folder / one.id}.docx and .pdf"
            if one.changes.earlier is not None:
                said += (
                    f"; since {one.changes.earlier}: {len(one.changes.changed)} changed, "
                    f"{len(one.changes.added)} new, {len(one.changes.gone)} gone; "
                    f"{one.changes.kept} pieces of human text kept"
                )
            lines.append(said)
        return "\n".join(lines)


def _now() -> datetime:
    return datetime.now(UTC)


def write_papers(
    case: Path,
    out: Path,
    *,
    documents: Sequence[str] | None = None,
    work: Path | None = None,
    meeting: Meeting = Meeting.PRE_IND,
    rows: Sequence[str] = (),
    guidance: Sequence[str] | None = None,
    clock: Callable[[], datetime] = _now,
    progress: Progress = silent,
) -> PapersReport:
    """Write the documents of a case beside its dossier.

    Args:
        case: case folder.
        out: folder that receives the dossier and each document as .docx and .pdf; a .docx that is
            there already is made anew, and what people wrote into it is kept.
        documents: ids or files of templates; all that ship where not given.
        work: a work file, for the critical path.
        meeting: kind of meeting that the questions are for.
        rows: requirements to ask about, in place of the most pressing.
        guidance: ids or files of packs; both founding documents where not given.
        clock: gives the time, with a time zone.
        progress: told of each step.

    Raises:
        NotFound: no such case, pack, template or work file.
        InputErrors: all that is wrong with them; nothing is written then.
        InputError: a .docx that is there was not made by ultrarare, or for another case.
    """
    from ultrarare.dossier.write import write

    templates = [find_template(name) for name in documents or template_ids()]
    planned = None if work is None else read_work(work)
    names = tuple(guidance) if guidance else DEFAULT_GUIDANCE
    cache = Cache(out / ".cache")
    assessed = assess_case(case, guidance=names, cache=cache, progress=progress)
    steps = steps_of(assessed.assessment, planned, meeting=meeting, rows=rows)
    source = source_of(assessed, clock())
    material = Material(
        source=source,
        agenda=steps.agenda,
        timeline=timeline_figure(source.timeline, source.lock, renderer=render),
        course=course_figure(steps),
        renderer=render,
    )
    files: dict[str, bytes] = {}
    written: list[WrittenPaper] = []
    for template in templates:
        progress(template.id)
        paper = build(template, material)
        name = _DOCX.format(template.id)
        made, changes = _made(paper, out / name)
        files[name] = made
        files[f"{template.id}.pdf"] = to_pdf(paper, human_text(made))
        written.append(WrittenPaper(id=template.id, title=paper.title, changes=changes))
    report = PapersReport(folder=out, papers=tuple(written))
    data = json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"
    progress("writing the dossier")
    write_dossier(assessed, out, clock=clock)
    write(out, {**files, "package.json": data.encode()})
    return report


def _made(paper: Any, path: Path) -> tuple[bytes, Changes]:
    earlier = path.read_bytes() if path.is_file() else None
    try:
        return to_docx(paper, earlier)
    except InputError as error:
        raise InputError(error.problem, where=str(path), remedy=error.remedy) from None
