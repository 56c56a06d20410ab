"""What is asked of a sample of reads, and the digest of everything that an answer rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare import digest
from ultrarare.app.cache import code_digest
from ultrarare.errors import InputError, InputErrors, NotFound, Problem

if TYPE_CHECKING:
    from ultrarare.molecule.amplicon import Settings
    from ultrarare.molecule.editing.aim import Aim
    from ultrarare.molecule.editor import Editor


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """The files of one sample."""

    r1: Path
    r2: Path | None = None

    def paths(self) -> tuple[Path, ...]:
        """One or two."""
        return (self.r1,) if self.r2 is None else (self.r1, self.r2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOptions:
    """What is asked of a sample and how its reads are read; all of it is in the result.

    Attributes:
        amplicon: plus strand between the primers' outer ends.
        guide: protospacer, 5' to 3'.
        editor: name of a shipped editor, or a YAML file with the fields of one.
        target: such as 8A>G, on the strand of the guide.
        extension: 3' extension of the pegRNA, for a prime editor.
        frame: base of the amplicon at which a codon begins; negative on the other strand.
        coding: first and last coding base of the amplicon, from 1.
        window: protospacer positions where a conversion counts; None takes the editor's.
        indel_window: bases beside the cut within which a gap counts; None for all compared.
        flank: bases compared on each side of protospacer and PAM.
        anchor: bases that must match exactly on each side of what is compared.
        input_copies: genome copies that went into the PCR.
        min_base_quality: bases below become N.
        min_mean_quality: reads below are refused.
        min_length: shorter fragments are refused.
        correct: whether misreading is corrected for.
        umi: bases at the start of the first read that identify its molecule; None without.
        umi_reads: reads that a molecule needs.
        level: coverage of limits.
        tissue: what was sequenced; None if not stated.
        ladder: whose it is, a rung from A to E; None if not stated.
    """

    amplicon: str
    guide: str
    editor: str
    target: str | None = None
    extension: str | None = None
    frame: int | None = None
    coding: tuple[int, int] | None = None
    window: tuple[int, int] | None = None
    indel_window: int | None = None
    flank: int = 10
    anchor: int = 12
    input_copies: int | None = None
    min_base_quality: int | None = None
    min_mean_quality: float | None = None
    min_length: int = 40
    correct: bool = True
    umi: int | None = None
    umi_reads: int = 1
    level: float = 0.95
    tissue: str | None = None
    ladder: str | None = None


def check_options(options: SampleOptions) -> None:
    """Whether every number is in its range.

    Raises:
        InputErrors: one or more are not; all are listed.
    """
    rules = (
        ("input_copies", options.input_copies is None or options.input_copies >= 1, "at least 1"),
        ("level", 0 < options.level < 1, "between 0 and 1"),
        ("min_base_quality", 0 <= (options.min_base_quality or 0) <= 93, "0 to 93"),
        ("flank", options.flank >= 0, "0 or more"),
        ("anchor", 8 <= options.anchor <= 30, "8 to 30 bases"),
        ("umi", options.umi is None or 4 <= options.umi <= 24, "4 to 24 bases"),
        ("umi_reads", options.umi_reads >= 1, "at least 1"),
    )
    problems = [
        Problem(name, f"is {getattr(options, name)}; allowed is {allowed}")
        for name, met, allowed in rules
        if not met
    ]
    if problems:
        raise InputErrors(problems, where="options")


def settings_of(options: SampleOptions) -> Settings:
    """How reads are accepted."""
    from ultrarare.molecule.amplicon import Settings

    return Settings(
        anchor=options.anchor,
        min_length=options.min_length,
        min_mean_quality=options.min_mean_quality,
        mask_below=options.min_base_quality,
    )


def make_sample_aim(options: SampleOptions, name: str) -> Aim:
    """What is asked, placed on the amplicon.

    Raises:
        InputError: as `aim.make_aim`, or the editor is not known.
    """
    from ultrarare.molecule.editing.aim import make_aim

    return make_aim(
        name=name, sequence=options.amplicon, guide=options.guide,
        editor=find_editor(options.editor), target=options.target, frame=options.frame,
        coding=options.coding, window=options.window, indel_window=options.indel_window,
        flank=options.flank, anchor=options.anchor, extension=options.extension,
    )  # fmt: skip


def find_editor(text: str) -> Editor:
    """A shipped editor by its name, or the one in a YAML file.

    Raises:
        NotFound: no such name and no such file.
        InputErrors: the file's fields are wrong.
    """
    from ultrarare.molecule.editor import editor, read_editor

    path = Path(text)
    if path.suffix not in {".yaml", ".yml"}:
        try:
            return editor(text)
        except NotFound as error:
            raise NotFound(
                error.problem,
                where=error.where,
                remedy="Give a YAML file with the editor's own fields instead "
                "(docs/how-to/own-editor.md).",
            ) from None
    import yaml

    if not path.is_file():
        raise InputError("is not there, or is not a file", where=text)
    found = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(found, dict):
        raise InputError("holds no mapping; the fields of one editor are needed", where=text)
    return read_editor(found, where=path.name)


def inputs_of(sample: Reads, control: Reads | None) -> list[dict[str, Any]]:
    """Each file's role, name, size and digest."""
    found = []
    for role, reads in (("sample", sample), ("control", control)):
        for path in () if reads is None else reads.paths():
            if not path.is_file():
                raise InputError("is not there, or is not a file", where=str(path))
            found.append(
                {"role": role, "file": path.name, "bytes": path.stat().st_size,
                 "sha256": digest.of_file(path)}
            )  # fmt: skip
    return found


def plain(options: SampleOptions) -> dict[str, Any]:
    """Every option, as JSON takes it."""
    fields = {name: getattr(options, name) for name in SampleOptions.__slots__}
    for name in ("coding", "window"):
        fields[name] = None if fields[name] is None else list(fields[name])
    return fields


def key_of(
    inputs: list[dict[str, Any]],
    options: SampleOptions,
    *,
    name: str,
    per_read: bool,
    report: bool,
) -> str:
    """Digest of the bytes, the options and the code: equal keys give equal results."""
    asked = {"name": name, "per_read": per_read, "report": report, "options": plain(options)}
    return digest.of_value({**asked, "inputs": inputs, "code": code_digest()})
