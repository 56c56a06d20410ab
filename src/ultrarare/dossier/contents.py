"""The content plan of a submission: sections of modules 1 to 5, what stands in each, checksums.

A plan, not a submission: it names the leaf for every file at hand, and says of every other section
whether the case holds evidence for it or nothing. Files that no section takes are listed; none is
left out in silence.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files as resources
from typing import Any, Literal

import yaml

from ultrarare.case.value import Text, Value
from ultrarare.errors import InputErrors, Problem
from ultrarare.guidance.assessment import Assessment

State = Literal["at hand", "evidence, no document", "nothing"]
UNPLACED = "no section"
_LONGEST = 64
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]*\.[a-z0-9]+$")


class Section(Value):
    """One heading, and what of a case or package stands under it."""

    number: Text
    title: Text
    placement: Literal["standard", "ours"] = "standard"
    documents: tuple[Text, ...] = ()
    datasets: tuple[Text, ...] = ()
    findings: tuple[Text, ...] = ()
    files: tuple[Text, ...] = ()
    sources: bool = False
    letters: bool = False


class ContentPlan(Value):
    """What `contents.yaml` holds."""

    schema_: Literal["ultrarare/content-plan/1"]
    source: Text
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAtHand:
    """A file of the package or of the case.

    Attributes:
        path: below its folder.
        of: which folder.
        sha256: digest of its bytes.
        size: bytes.
        dataset: kind of the dataset that declares it, for a file of the case.
        letter: whether it is a letter or minutes of an agency.
    """

    path: str
    of: Literal["package", "case"]
    sha256: str
    size: int
    dataset: str | None = None
    letter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One file under one heading.

    Attributes:
        title: as a reader of the table of contents sees it.
        file: the file.
        name: what it may be called in a submission: lower case, digits and hyphens, at most 64.
    """

    title: str
    file: FileAtHand
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A section with what stands in it."""

    section: Section
    state: State
    leaves: tuple[Leaf, ...]
    evidence: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The plan of one case."""

    case: str
    digest: str
    source: str
    sections: tuple[Filled, ...]
    unplaced: tuple[FileAtHand, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "schema": "ultrarare/contents/1",
            "case": self.case,
            "digest": self.digest,
            "source": self.source,
            "sections": [
                {
                    "number": one.section.number,
                    "title": one.section.title,
                    "placement": one.section.placement,
                    "state": one.state,
                    "leaves": [_leaf(leaf) for leaf in one.leaves],
                    "evidence": list(one.evidence),
                    "references": list(one.references),
                }
                for one in self.sections
            ],
            "unplaced": [{"path": f.path, "of": f.of, "sha256": f.sha256} for f in self.unplaced],
        }

    def csv(self) -> str:
        """One line a leaf; a section without one has a line with its state."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(
            "section heading placement state leaf name of path bytes sha256 evidence".split()
        )
        for one in self.sections:
            head = [one.section.number, one.section.title, one.section.placement, one.state]
            evidence = "; ".join(one.evidence)
            for leaf in one.leaves:
                file = leaf.file
                writer.writerow(
                    [*head, leaf.title, leaf.name, file.of, file.path, file.size, file.sha256, ""]
                )
            if not one.leaves:
                writer.writerow([*head, "", "", "", "", "", "", evidence])
        for file in self.unplaced:
            writer.writerow(
                ["", UNPLACED, "", "", "", "", file.of, file.path, file.size, file.sha256, ""]
            )
        return out.getvalue()

    def summary(self) -> str:
        """Text for a terminal."""
        lines = []
        for one in self.sections:
            said = f"{len(one.leaves)} files" if one.leaves else one.state
            if not one.leaves and one.evidence:
                said += f" ({len(one.evidence)} findings)"
            lines.append(f"{one.section.number:<10} {one.section.title:<58} {said}")
        lines += [f"{UNPLACED}: {file.of} {file.path}" for file in self.unplaced]
        return "\n".join(lines)


def _leaf(leaf: Leaf) -> dict[str, Any]:
    return {
        "title": leaf.title,
        "name": leaf.name,
        "of": leaf.file.of,
        "path": leaf.file.path,
        "bytes": leaf.file.size,
        "sha256": leaf.file.sha256,
    }


def content_plan() -> ContentPlan:
    """The plan that ships.

    Raises:
        pydantic.ValidationError: it is wrong, which a test would have found.
    """
    raw = yaml.safe_load(
        resources("ultrarare.dossier").joinpath("contents.yaml").read_text("utf-8")
    )
    return ContentPlan.model_validate({"schema_": raw.pop("schema"), **raw})


def fill(
    plan: ContentPlan,
    assessment: Assessment,
    files: Sequence[FileAtHand],
    *,
    citations: Iterable[str] = (),
) -> Contents:
    """What of the files and findings stands where.

    Args:
        plan: the sections.
        assessment: of the case; its findings tell where evidence is and no document.
        files: of the package and of the case.
        citations: literature the case cites.

    Raises:
        InputErrors: two files of one section would have the same name in a submission.
    """
    sections = tuple(_fill(one, assessment, files, tuple(citations)) for one in plan.sections)
    problems = [problem for one in sections for problem in _same_names(one)]
    if problems:
        raise InputErrors(problems)
    placed = {(leaf.file.of, leaf.file.path) for one in sections for leaf in one.leaves}
    return Contents(
        case=assessment.case.id,
        digest=assessment.case.digest,
        source=plan.source,
        sections=sections,
        unplaced=tuple(f for f in files if (f.of, f.path) not in placed),
    )


def _fill(
    section: Section,
    assessment: Assessment,
    files: Iterable[FileAtHand],
    citations: tuple[str, ...],
) -> Filled:
    here = [file for file in files if _stands(file, section)]
    evidence = tuple(
        finding.id for finding in assessment.findings if finding.kind.startswith(section.findings)
    ) if section.findings else ()  # fmt: skip
    references = citations if section.sources else ()
    state: State = "nothing"
    if here:
        state = "at hand"
    elif evidence or references:
        state = "evidence, no document"
    return Filled(
        section=section,
        state=state,
        leaves=tuple(_as_leaf(file) for file in here),
        evidence=evidence,
        references=references,
    )


def _stands(file: FileAtHand, section: Section) -> bool:
    if file.of == "package":
        return any(fnmatchcase(file.path, pattern) for pattern in section.documents)
    if file.letter:
        return section.letters
    if file.dataset is not None:
        return file.dataset in section.datasets
    return file.path in section.files


def _as_leaf(file: FileAtHand) -> Leaf:
    return Leaf(title=_title(file), file=file, name=submission_name(file.path))


def _title(file: FileAtHand) -> str:
    stem, _, ending = file.path.rsplit("/", 1)[-1].rpartition(".")
    words = re.sub(r"[-_]+", " ", stem or ending).strip()
    folder = file.path.rpartition("/")[0].rpartition("/")[2]
    shown = words if folder in {"", "tables"} else f"{folder}: {words}"
    return f"{shown[:1].upper()}{shown[1:]} ({ending})"


def submission_name(path: str) -> str:
    """A file name of lower case, digits and hyphens, at most 64 characters, that ends as `path`.

    The folder is taken in where it tells two files apart (`sdtm/define.xml`, `adam/define.xml`).
    """
    folder, _, last = path.rpartition("/")
    stem, dot, ending = last.rpartition(".")
    parent = folder.rpartition("/")[2]
    words = f"{parent}-{stem}" if parent and parent != "tables" else stem
    slug = re.sub(r"[^a-z0-9]+", "-", (words if dot else last).casefold()).strip("-") or "file"
    tail = (re.sub(r"[^a-z0-9]", "", ending.casefold()) if dot else "")[:16] or "bin"
    name = f"{slug[: _LONGEST - len(tail) - 1].rstrip('-')}.{tail}"
    assert _NAME.match(name), name  # noqa: S101 -- what the two substitutions above leave
    return name


def _same_names(filled: Filled) -> Iterable[Problem]:
    seen: dict[str, str] = {}
    for leaf in filled.leaves:
        other = seen.setdefault(leaf.name, leaf.file.path)
        if other != leaf.file.path:
            yield Problem(
                leaf.file.path,
                f"would be {leaf.name} in section {filled.section.number}, as {other} would",
                "rename one of them",
            )


def by_module(contents: Contents) -> Mapping[str, list[Filled]]:
    """The sections by their module, those that belong to none at the end."""
    found: dict[str, list[Filled]] = {}
    for one in contents.sections:
        first = one.section.number[:1]
        found.setdefault(first if first.isdigit() else "", []).append(one)
    return found
