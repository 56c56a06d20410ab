"""A case folder in, a dossier out: the main job, end to end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from ultrarare import digest
from ultrarare.analysis.declaration import Analysis
from ultrarare.app.analyse import Progress, silent
from ultrarare.app.assess import DEFAULT_GUIDANCE, Assessed, assess_case
from ultrarare.app.cache import Cache, code_digest
from ultrarare.app.manifest import manifest, with_outputs
from ultrarare.case.folder import CASE
from ultrarare.dossier.content import DossierInput, Method, content
from ultrarare.dossier.crate import NAME as CRATE
from ultrarare.dossier.crate import crate
from ultrarare.dossier.page import html
from ultrarare.dossier.paper import pdf
from ultrarare.dossier.tables import NAMES, tables
from ultrarare.dossier.write import write
from ultrarare.draw import render
from ultrarare.errors import InputError
from ultrarare.guidance.assessment import Assessment

Paper = Literal["a4", "us-letter"]
Clock = Callable[[], datetime]

_PAPERS = ("a4", "us-letter")
_CACHE = ".cache"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A dossier on disk."""

    folder: Path
    assessment: Assessment
    json_text: str

    @property
    def failed(self) -> bool:
        """Whether an analysis did not come to an end."""
        return bool(self.assessment.failures)

    @property
    def is_open(self) -> bool:
        """Whether an element is open, as written, in any document."""
        return any(g.readings.as_written.open_elements for g in self.assessment.guidance)

    def summary(self) -> str:
        """The verdicts in a few lines, and where the dossier is."""
        case = self.assessment.case
        lines = [f"{case.title} ({case.data} data)", ""]
        for guidance in self.assessment.guidance:
            lines.append(f"{guidance.id} ({guidance.status})")
            lines += [f"  {e.id.heading:<40} {e.verdict}" for e in guidance.elements]
        rows = len(self.assessment.gaps)
        lines += ["", f"{rows} requirements are open, counted for each document; see the gaps."]
        lines += [f"absent file, assessed as missing: {path}" for path in case.absent]
        lines += [f"failed: {f.analysis}: {f.problem}" for f in self.assessment.failures]
        lines += [
            "",
            f"dossier: {self.folder / 'dossier.html'}",
            f"         {self.folder / 'dossier.pdf'}",
        ]
        return "\n".join(lines)


def assess_into(
    case: Path,
    out: Path,
    *,
    guidance: Sequence[str] | None = None,
    paper: str = "a4",
    clock: Clock = _now,
    progress: Progress = silent,
) -> Written:
    """Read, analyse, judge and write.

    Args:
        case: case folder.
        out: folder to write; results are kept in its `.cache`.
        guidance: ids or files of packs; both founding documents where not given.
        paper: a4 or us-letter.
        clock: gives the time, with a time zone.
        progress: called with one line as each step begins.

    Raises:
        NotFound: no case folder, or no such pack.
        InputErrors: everything that is wrong with documents, data, plan and packs; nothing is
            written then.
    """
    if paper not in _PAPERS:
        raise InputError(f"found {paper!r}; allowed: {', '.join(_PAPERS)}", where="paper")
    _require_place(out)
    started = clock()
    cache = Cache(out / _CACHE)
    assessed = assess_case(
        case, guidance=guidance or DEFAULT_GUIDANCE, cache=cache, progress=progress
    )
    progress("writing the dossier")
    return _write(assessed, out, cast("Paper", paper), cache, started, clock)


def _require_place(out: Path) -> None:
    """The dossier gets a folder of its own, and never the case's."""
    if out.exists() and not out.is_dir():
        raise InputError("is a file; allowed is a folder", where=str(out), remedy="name another")
    if (out / CASE).exists():
        raise InputError(
            "is a case folder; the dossier is not written among its files",
            where=str(out),
            remedy="name a folder for the dossier, or leave --out away",
        )


def write_dossier(
    assessed: Assessed, out: Path | str, *, paper: Paper = "a4", clock: Clock = _now
) -> Written:
    """Write the dossier of what `assess` gave; see `assess_into` for the files."""
    folder = Path(out)
    _require_place(folder)
    return _write(assessed, folder, paper, Cache(folder / _CACHE), clock(), clock)


def _write(
    assessed: Assessed, out: Path, paper: Paper, cache: Cache, started: datetime, clock: Clock
) -> Written:
    before = manifest(assessed)
    source = source_of(assessed, started, before)
    shown = content(
        source, renderer=lambda spec: _kept(cache, ["figure", spec], _svg(spec)).decode()
    )
    json_text = json.dumps(
        assessed.assessment.model_dump(mode="json"), indent=2, ensure_ascii=False
    )
    files = {
        "assessment.json": (json_text + "\n").encode(),
        "dossier.html": html(shown).encode(),
        "dossier.pdf": _kept(cache, ["pdf", paper, asdict(shown)], lambda: pdf(shown, paper=paper)),
        **{f"tables/{name}": text.encode() for name, text in tables(source).items()},
    }
    whole = with_outputs(before, files, assessed, started=started, finished=clock())
    files["provenance.json"] = (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()
    files[CRATE] = crate(files, whole, title=assessed.assessment.case.title)
    write(out, files, owned=[f"tables/{name}" for name in NAMES])
    cache.keep()
    return Written(folder=out, assessment=assessed.assessment, json_text=json_text + "\n")


def _svg(spec: str) -> Callable[[], bytes]:
    return lambda: render(spec).encode()


def _kept(cache: Cache, made_from: object, make: Callable[[], bytes]) -> bytes:
    """What `make` gives, from the cache where what it is made from and the code are the same."""
    key = digest.of_value([made_from, code_digest()])
    if (body := cache.get(key)) is not None:
        return body
    body = make()
    cache.put(key, body)
    return body


def source_of(
    assessed: Assessed, started: datetime, before: Mapping[str, Any] | None = None
) -> DossierInput:
    """What a dossier and the documents beside it are made from.

    Args:
        assessed: the case with its verdicts.
        started: the day that is printed.
        before: the provenance manifest, where it is made already.
    """
    folder = assessed.folder
    return DossierInput(
        assessment=assessed.assessment,
        timeline=folder.timeline,
        sources=folder.case.sources,
        plan=folder.plan,
        lock=folder.lock,
        lock_reason=folder.lock_state.reason,
        datasets=folder.case.datasets,
        methods=_methods(assessed),
        provenance=manifest(assessed) if before is None else before,
        assessed_on=started.date(),
    )


def _methods(assessed: Assessed) -> tuple[Method, ...]:
    """The analyses that ran, with the error rate that a finding of theirs reports."""
    ran: dict[str, Analysis] = {
        o.task.analysis.name: o.task.analysis for o in assessed.analysed.outcomes
    }
    rates: dict[str, str] = {}
    for outcome in assessed.analysed.outcomes:
        for finding in outcome.findings:
            table = finding.details.get("size_table")
            if isinstance(table, Mapping):
                rates[outcome.task.analysis.name] = str(table["summary"])
    return tuple(
        Method.of(found, error_rate=rates.get(name)) for name, found in sorted(ran.items())
    )
