"""The content plan of a case and of the package made from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare import digest
from ultrarare.app.analyse import Progress, silent
from ultrarare.app.assess import assess_case
from ultrarare.app.cache import Cache
from ultrarare.app.signing.subject import files_below
from ultrarare.case.data_path import files_of, is_there
from ultrarare.case.folder import CASE, JUDGEMENTS, LOCK, PLAN, CaseFolder
from ultrarare.dossier.contents import Contents, FileAtHand, by_module, content_plan, fill
from ultrarare.dossier.page import environment, style
from ultrarare.dossier.write import write
from ultrarare.errors import NotFound

NAMES = ("contents.csv", "contents.json", "contents.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenContents:
    """A content plan on disk."""

    folder: Path
    contents: Contents

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return self.contents.to_json()

    def summary(self) -> str:
        """Text for a terminal."""
        return f"{self.contents.summary()}\n\nwritten: {self.folder / 'contents.html'}"


def write_contents(
    case: Path, out: Path, *, package: Path | None = None, progress: Progress = silent
) -> WrittenContents:
    """Write the content plan as HTML, CSV and JSON.

    Args:
        case: case folder.
        out: folder that receives the three files.
        package: folder of documents and data made from the case; only the case's files if None.
        progress: told of each step.

    Raises:
        NotFound: no case folder, or no such package.
        InputErrors: the case cannot be read, a link lies in the package, or names collide.
    """
    if package is not None and not package.is_dir():
        raise NotFound("is no folder", where=str(package), remedy="`ultrarare package documents`")
    cache = Cache((package or out) / ".cache")
    assessed = assess_case(case, cache=cache, progress=progress)
    files = [*_of_package(package), *_of_case(assessed.folder)]
    contents = fill(
        content_plan(),
        assessed.assessment,
        files,
        citations=[source.citation for source in assessed.folder.case.sources],
    )
    text = json.dumps(contents.to_json(), indent=2, ensure_ascii=False) + "\n"
    page = (
        environment()
        .get_template("contents.html.j2")
        .render(
            style=style(),
            c=contents,
            title=assessed.assessment.case.title,
            modules=by_module(contents),
            placed=sum(len(one.leaves) for one in contents.sections),
        )
    )
    write(
        out,
        {
            "contents.csv": contents.csv().encode(),
            "contents.json": text.encode(),
            "contents.html": page.encode(),
        },
    )
    return WrittenContents(folder=out, contents=contents)


def _of_package(package: Path | None) -> Iterable[FileAtHand]:
    if package is None:
        return
    for path, sha256 in files_below(package, with_signatures=True).items():
        if path not in NAMES:
            size = (package / path).stat().st_size
            yield FileAtHand(path=path, of="package", sha256=sha256, size=size)


def _of_case(folder: CaseFolder) -> Iterable[FileAtHand]:
    kinds = {
        path: dataset.kind for dataset in folder.case.datasets for path in dataset.paths.values()
    }
    letters = {entry.file for entry in folder.record.advice if entry.file is not None}
    for path in sorted({CASE, PLAN, LOCK, JUDGEMENTS, *kinds, *letters}):
        where = folder.root / path
        if not is_there(where):
            continue
        for item in files_of(where) if where.is_dir() else (where,):
            yield FileAtHand(
                path=item.relative_to(folder.root).as_posix(),
                of="case",
                sha256=digest.of_file(item),
                size=item.stat().st_size,
                dataset=kinds.get(path),
                letter=path in letters,
            )
