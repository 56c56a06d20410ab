"""Writing a dossier's files: all of them, or none."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from ultrarare.errors import InputError


def write(directory: Path, files: Mapping[str, bytes], *, owned: Collection[str] = ()) -> None:
    """Put the files into the directory; what else lies there stays.

    Everything is written to a folder beside the directory first. Only when all of it is there
    are the files moved in, each by one rename, so that no file is ever seen half-written.

    Args:
        directory: made if it is not there.
        files: path below the directory, with forward slashes, to content.
        owned: names that an earlier run may have written and that go if `files` lacks them.

    Raises:
        InputError: a path that leaves the directory, or a name taken by a folder.
    """
    for name in (*files, *owned):
        _check(directory, name)
    directory.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        for name, content in files.items():
            target = staging / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for name in files:
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (staging / name).replace(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    for name in owned:
        if name not in files:
            (directory / name).unlink(missing_ok=True)


def _check(directory: Path, name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise InputError(
            f"found {name!r}; allowed is a path below the folder", where=str(directory)
        )
    if (directory / name).is_dir():
        raise InputError(
            f"{name!r} is a folder",
            where=str(directory),
            remedy="move it away, or write the dossier to another folder",
        )
