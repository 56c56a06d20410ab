"""Small JSON files that are signed or checked, read strictly: what is shown must be what holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ultrarare.errors import InputErrors, Problem

Record = TypeVar("Record", bound=BaseModel)

MAX_BYTES = 8 << 20


def read_record(file: Path, model: type[Record], *, what: str) -> Record:
    """Read a JSON file into a model; a key that stands twice is an error, not the last one's win.

    Raises:
        InputErrors: too long, no JSON, or no such record, with every field that is wrong.
    """
    problems: list[Problem] = []
    try:
        return model.model_validate(
            json.loads(_text(file), object_pairs_hook=_once, parse_constant=_no_number)
        )
    except ValidationError as error:
        problems += [
            Problem(
                f"{file.name} {'.'.join(str(part) for part in failure['loc'])}".rstrip(),
                str(failure["msg"]).removeprefix("Value error, "),
            )
            for failure in error.errors(include_url=False, include_input=False)
        ]
    except (ValueError, RecursionError) as error:
        problems.append(Problem(file.name, f"is no {what}: {error}"))
    raise InputErrors(problems, where=str(file))


def text_of(record: BaseModel) -> str:
    """A record as it is written."""
    plain = record.model_dump(mode="json", by_alias=True)
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def _text(file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"holds more than {MAX_BYTES >> 20} MiB")
    return file.read_text("utf-8")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key!r} stands twice")
        found[key] = value
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"found {text}, which is no JSON")
