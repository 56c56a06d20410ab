"""What a signature is about: every file of a folder, or one file, with its digest."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ultrarare import digest
from ultrarare.errors import InputErrors, NotFound, Problem

SIGNATURES = "signatures"
PROVENANCE = "provenance.json"
_LEFT_OUT = frozenset({".cache", SIGNATURES})


def files_below(root: Path, *, with_signatures: bool = False) -> dict[str, str]:
    """Path below `root` to digest, for every file a signature covers; of one file, that file.

    Left out are caches, signatures (unless asked for), and dossiers that lie in the folder, which
    are documents of their own.

    Raises:
        NotFound: there is nothing at `root`.
        InputErrors: a link or a device, whose bytes are not the folder's own.
    """
    if root.is_file() and not root.is_symlink():
        return {root.name: digest.of_file(root)}
    if not root.is_dir():
        raise NotFound("is no file and no folder", where=str(root))
    problems: list[Problem] = []
    found = {
        path.relative_to(root).as_posix(): digest.of_file(path)
        for path in _walk(
            root, root, problems, _LEFT_OUT - {SIGNATURES} if with_signatures else _LEFT_OUT
        )
    }
    if problems:
        raise InputErrors(problems, where=str(root))
    return found


def _walk(
    folder: Path, root: Path, problems: list[Problem], left_out: frozenset[str]
) -> Iterable[Path]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(root).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            problems.append(
                Problem(name, "is a link or no file", "put the file itself there, or take it away")
            )
        elif path.is_file():
            yield path
        elif path.name not in left_out and not (path / PROVENANCE).is_file():
            yield from _walk(path, root, problems, left_out)
