"""Editors as data: what base becomes which, where in the protospacer, beside which PAM."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ultrarare.errors import InputErrors, NotFound, Problem

Base = Literal["A", "C", "G", "T"]
_NUMBERS: Final = ("pam", "pam_side", "protospacer_length", "cut_after")
_CHEMISTRY: Final = ("from_base", "to_base", "window")
_Field = Literal[
    "from_base", "to_base", "window", "pam", "pam_side", "protospacer_length", "cut_after"
]


class EditorKind(StrEnum):
    """What the editor does to DNA; each kind has its own fields."""

    BASE = "base"
    NUCLEASE = "nuclease"
    PRIME = "prime"


class Basis(StrEnum):
    """How well the source of a number is known."""

    READ = "read"
    SECONDARY = "secondary"
    RECALL = "recall"
    DECLARED = "declared"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Data):
    """Where some fields of an editor come from."""

    about: Annotated[tuple[_Field, ...], Field(min_length=1)]
    citation: Annotated[str, Field(min_length=1)]
    basis: Basis


class Editor(_Data):
    """One editing chemistry with its PAM.

    Attributes:
        from_base: base deaminated on the edited strand, the strand that the guide is written as;
            None for a nuclease and a prime editor.
        to_base: what it becomes.
        window: first and last protospacer position that is edited well, both included.
        pam: IUPAC letters, 5' to 3' on the strand of the guide.
        pam_side: 3' if the PAM follows the protospacer, 5' if it precedes it.
        cut_after: protospacer position before the cut or nick; it may lie beyond the end.
    """

    name: Annotated[str, Field(min_length=1)]
    kind: EditorKind
    from_base: Base | None = None
    to_base: Base | None = None
    window: tuple[int, int] | None = None
    pam: Annotated[str, Field(pattern=r"^[ACGTRYSWKMBDHVN]+$")]
    pam_side: Literal["5'", "3'"]
    protospacer_length: Annotated[int, Field(ge=10, le=40)]
    cut_after: int
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        wrong = [*self._chemistry_problems(), *self._source_problems()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _chemistry_problems(self) -> list[str]:
        given = [name for name in _CHEMISTRY if getattr(self, name) is not None]
        if self.kind is not EditorKind.BASE:
            who = "nuclease" if self.kind is EditorKind.NUCLEASE else "prime editor"
            return [f"a {who} has no {name}" for name in given]
        problems = [f"a base editor needs {name}" for name in _CHEMISTRY if name not in given]
        if self.from_base is not None and self.from_base == self.to_base:
            problems.append(f"from_base and to_base are both {self.from_base!r}")
        if self.window is not None and self.window[0] > self.window[1]:
            problems.append(f"window starts at {self.window[0]}, after its end {self.window[1]}")
        return problems

    def _source_problems(self) -> list[str]:
        sourced = {name for source in self.sources for name in source.about}
        needed = _NUMBERS if self.kind is not EditorKind.BASE else (*_CHEMISTRY, *_NUMBERS)
        bare = [name for name in needed if name not in sourced]
        return [f"no source is given for {', '.join(bare)}"] if bare else []

    def in_window(self, position: int) -> bool:
        """Whether a protospacer position lies in the editing window; False for a nuclease."""
        return self.window is not None and self.window[0] <= position <= self.window[1]

    def basis_of(self, field: str) -> Basis:
        """How well the source of one field is known; the first source about it decides.

        Raises:
            NotFound: no source speaks about `field`.
        """
        for source in self.sources:
            if field in source.about:
                return source.basis
        raise NotFound(f"no source speaks about {field!r}", where=self.name)


def read_editor(mapping: Mapping[str, Any], *, where: str = "editor") -> Editor:
    """The editor that a case gives inline, checked whole.

    Args:
        mapping: the fields of `Editor`, as YAML or JSON give them.
        where: path of the mapping in its document, put before each field's name.

    Raises:
        InputErrors: one or more fields are missing, unknown or out of range; all are listed.
    """
    try:
        return Editor.model_validate(dict(mapping))
    except ValidationError as error:
        raise InputErrors([_problem(item, where) for item in error.errors()], where=where) from None


def _problem(item: Mapping[str, Any], where: str) -> Problem:
    path = ".".join([where, *map(str, item["loc"])])
    found = item["input"]
    seen = f", found {found!r}" if isinstance(found, str | int | float) else ""
    return Problem(path, f"{item['msg'].removeprefix('Value error, ')}{seen}")


@cache
def editors() -> Mapping[str, Editor]:
    """The editors that ship with the package, by name."""
    text = resources.files("ultrarare.molecule").joinpath("data/editors.yaml").read_text("utf-8")
    entries = yaml.safe_load(text)["editors"]
    return {entry["name"]: read_editor(entry, where=entry["name"]) for entry in entries}


def editor(name: str) -> Editor:
    """A shipped editor by its name.

    Raises:
        NotFound: no shipped editor has that name.
    """
    known = editors()
    if name not in known:
        raise NotFound(
            f"no editor is called {name!r}; known: {', '.join(sorted(known))}",
            where="editor",
            remedy="Give the editor's own fields instead (see read_editor).",
        )
    return known[name]
