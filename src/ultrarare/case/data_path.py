"""What a declared path holds: one file, or a folder of JSON records; its identity and its limits.

A folder counts by its `.json` files, in order of name; no other file in it is read or counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ultrarare import digest

MAX_FILES: Final = 20_000
MAX_FILE_BYTES: Final = 512 << 20
MAX_FOLDER_BYTES: Final = 2 << 30


def is_there(path: Path) -> bool:
    """Whether a declared file or folder exists."""
    return path.is_file() or path.is_dir()


def files_of(path: Path) -> tuple[Path, ...]:
    """The file itself, or every `.json` file below a folder, by name; links that lead out are not.

    At most one file more than is allowed is listed, so that a wrong folder costs nothing.
    """
    if not path.is_dir():
        return (path,) if path.is_file() else ()
    home = path.resolve()
    found = []
    for item in _entries(path):
        if item.suffix.lower() == ".json" and item.is_file() and _inside(item, home):
            found.append(item)
            if len(found) > MAX_FILES:
                break
    return tuple(sorted(found, key=lambda item: item.relative_to(path).as_posix()))


def digest_of(path: Path) -> str:
    """Digest of a file's bytes; of a folder, over the names and digests of its records."""
    if not path.is_dir():
        return digest.of_file(path)
    return digest.of_value(
        {item.relative_to(path).as_posix(): digest.of_file(item) for item in files_of(path)}
    )


def size_of(path: Path) -> int:
    """Bytes of a file, or of all records of a folder."""
    return sum(item.stat().st_size for item in files_of(path))


def why_not_folder(root: Path, path: str) -> Iterable[str]:
    """What is wrong with a declared folder of records; nothing where it is not there."""
    folder = root / path
    if not folder.exists():
        return
    if not folder.is_dir():
        yield f"found {path}, which is a file; allowed is a folder"
        return
    home, own = root.resolve(), folder.resolve()
    if own == home:
        yield f"found {path}, the case folder itself; allowed is a folder inside it"
        return
    if not _inside(folder, home):
        yield f"found {path}, a link that leads out of the case folder"
        return
    for item in _entries(folder):
        name = item.relative_to(root).as_posix()
        if item.is_symlink() and (item.is_dir() or not _inside(item, own)):
            yield f"found {name}, a link that leads out of the folder; allowed are its own files"
    yield from _too_much(path, files_of(folder))


def _too_much(path: str, files: tuple[Path, ...]) -> Iterable[str]:
    if not files:
        yield f"found {path}, a folder without a .json file"
    if len(files) > MAX_FILES:
        yield f"found more than {MAX_FILES} files in {path}; allowed are {MAX_FILES}"
        return
    sizes = [item.stat().st_size for item in files]
    for item, size in zip(files, sizes, strict=True):
        if size > MAX_FILE_BYTES:
            yield f"found {item.name} in {path} with {size} bytes; allowed are {MAX_FILE_BYTES}"
    if sum(sizes) > MAX_FOLDER_BYTES:
        yield f"found {sum(sizes)} bytes in {path}; allowed are {MAX_FOLDER_BYTES}"


def _entries(folder: Path) -> Iterable[Path]:
    """Everything below a folder, without going through links."""
    for where, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        yield from (Path(where) / name for name in sorted((*folders, *names)))


def _inside(path: Path, home: Path) -> bool:
    return path.resolve().is_relative_to(home)
