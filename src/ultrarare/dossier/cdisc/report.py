"""What was written, which rules are open, and what stands in no dataset: for reading, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ultrarare.dossier.cdisc.conformance import Result
from ultrarare.dossier.cdisc.dataset import Study
from ultrarare.dossier.cdisc.source import LeftOut
from ultrarare.words import counted

_SHOWN: Final = 5
NOTICE: Final = (
    "The rules are a small set of ours that restates published requirements. An open rule is to be "
    "closed or explained by whoever submits; a rule without a breach says that none was found."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One package of data, before it is written.

    Attributes:
        folders: folder to the study that lies in it.
        results: of every rule on every study.
        left_out: of the case, with the reason.
        replaced: signs that were written in ASCII, with how often.
    """

    case: str
    created: str
    version: str
    folders: Mapping[str, Study]
    results: tuple[Result, ...]
    left_out: tuple[LeftOut, ...]
    replaced: Mapping[str, int]

    @property
    def open(self) -> tuple[Result, ...]:
        """Rules with a breach."""
        return tuple(result for result in self.results if result.breaches)

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "case": self.case,
            "created": self.created,
            "ultrarare": self.version,
            "notice": NOTICE,
            "studies": [
                {
                    "folder": folder,
                    "study": study.id,
                    "family": study.family,
                    "datasets": [
                        {
                            "name": dataset.name,
                            "label": dataset.label,
                            "rows": len(dataset.rows),
                            "variables": len(dataset.variables),
                        }
                        for dataset in study.datasets
                    ],
                }
                for folder, study in self.folders.items()
            ],
            "rules": [
                {
                    "id": result.rule,
                    "asks": result.asks,
                    "study": result.study,
                    "family": result.family,
                    "breaches": [{"where": w, "found": f} for w, f in result.breaches],
                }
                for result in self.results
            ],
            "left_out": [{"what": item.what, "why": item.why} for item in self.left_out],
            "written_otherwise": dict(self.replaced),
        }

    def lines(self) -> Iterable[str]:
        """For a terminal: datasets, open rules with their first breaches, what is left out."""
        for folder, study in self.folders.items():
            said = ", ".join(f"{d.name} {len(d.rows)}" for d in study.datasets)
            yield f"{folder}: study {study.id}, {study.family}; rows: {said}"
        rules = len(self.results)
        yield f"{counted(rules, 'rule')} checked, {len(self.open)} open"
        for result in self.open:
            yield f"- {result.rule} ({result.study}, {result.family}): {result.asks}"
            for where, found in result.breaches[:_SHOWN]:
                yield f"    {where}: {found}"
            if (more := len(result.breaches) - _SHOWN) > 0:
                yield f"    and {more} more, in report.json"
        if self.replaced:
            said = ", ".join(f"{sign} {count} times" for sign, count in self.replaced.items())
            yield f"signs written in ASCII: {said}"
        yield f"{counted(len(self.left_out), 'thing')} of the case in no dataset, with the reason in report.json"  # noqa: E501 -- one line of a terminal
