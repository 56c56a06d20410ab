"""Every analysis by its name: ours and those of third parties, through one entry-point group."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from ultrarare.analysis.declaration import Analysis
from ultrarare.case.vocabulary import vocabulary
from ultrarare.errors import InputError, NotFound

GROUP = "ultrarare.analyses"


@cache
def analyses() -> Mapping[str, Analysis]:
    """All registered analyses by name, in order of name.

    An entry point of the group names a module that holds `ANALYSES`, a tuple of `Analysis`.

    Raises:
        InputError: two analyses share a name, or one gives a kind the vocabulary does not have
            or leaves to statements.
    """
    found: dict[str, Analysis] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        for analysis in entry.load().ANALYSES:
            if analysis.name in found:
                raise InputError(
                    f"analysis {analysis.name!r} is registered twice", where=entry.value
                )
            if unknown := [kind for kind in analysis.gives if kind not in vocabulary()]:
                text = f"analysis {analysis.name!r} gives kinds without an entry: {unknown}"
                raise InputError(text, where=entry.value)
            if stated := [kind for kind in analysis.gives if vocabulary()[kind].by == "statement"]:
                text = f"analysis {analysis.name!r} gives kinds that only a statement gives"
                raise InputError(f"{text}: {stated}", where=entry.value)
            found[analysis.name] = analysis
    return dict(sorted(found.items()))


def find_analysis(name: str) -> Analysis:
    """The analysis of that name.

    Raises:
        NotFound: there is none; names those there are.
    """
    try:
        return analyses()[name]
    except KeyError:
        allowed = ", ".join(analyses())
        raise NotFound(
            f"no analysis {name!r}; registered are: {allowed}", where="analysis"
        ) from None
