"""Holding a document against its lists, its signatures and the case it was made from, offline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ultrarare.app.signing.crate import crate_files
from ultrarare.app.signing.key import PublicKey, fingerprint, read_public
from ultrarare.app.signing.record import read_record
from ultrarare.app.signing.signature import Signature
from ultrarare.app.signing.subject import PROVENANCE, SIGNATURES, files_below
from ultrarare.dossier.crate import NAME as CRATE
from ultrarare.errors import InputError, InputErrors, Problem

State = Literal["holds", "does not hold", "bytes changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureState:
    """One signature as found.

    Attributes:
        file: where it lies.
        state: it holds; its own record was altered; or it holds of bytes that have changed since.
        changed: paths whose bytes are others than those signed.
        missing: paths that were signed and are gone.
        added: paths that the signature does not cover.
        known: whether a public key was given that made it.
    """

    file: str
    signature: Signature
    state: State
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    known: bool

    @property
    def sound(self) -> bool:
        """Whether it holds of every file that is there now."""
        return self.state == "holds"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        made = self.signature
        return {
            "file": self.file, "signer": made.signer, "meaning": made.meaning,
            "signed_at": made.signed_at, "credential": made.credential,
            "key": fingerprint(made.public), "known": self.known, "state": self.state,
            "changed": list(self.changed), "missing": list(self.missing),
            "added": list(self.added),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found; `problems` is empty where nothing is wrong."""

    path: Path
    files: int
    signatures: tuple[SignatureState, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "path": str(self.path),
            "ok": self.ok,
            "files": self.files,
            "signatures": [one.to_json() for one in self.signatures],
            "problems": [
                {"where": p.where, "problem": p.problem, "remedy": p.remedy} for p in self.problems
            ],
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """Text for a terminal."""
        lines = [f"{self.path}: {self.files} files"]
        for one in self.signatures:
            made = one.signature
            who = "a key you gave" if one.known else "a key nobody here vouched for"
            lines.append(
                f"  {made.meaning} by {made.signer}, {made.signed_at}, {who} "
                f"({fingerprint(made.public)}): {one.state}"
            )
        lines += [f"  {note}" for note in self.notes]
        lines += [f"- {problem}" for problem in self.problems]
        lines.append("Nothing is wrong." if self.ok else f"{len(self.problems)} things are wrong.")
        return "\n".join(lines)


def verify(path: Path, *, keys: Sequence[Path] = (), case: Path | None = None) -> Verified:
    """Check every list, signature and digest.

    Args:
        path: dossier, folder or file.
        keys: public keys of people known. Each must have signed, and nobody else may have.
        case: case folder that a dossier was made from.

    Raises:
        NotFound: nothing is there.
        InputErrors: a key or a signature file is none, or a link lies among the files.
    """
    files = files_below(path)
    given = [read_public(file) for file in keys]
    states = _signatures(path, files, given)
    problems = [*(listed_problems(path, files) if path.is_dir() else ())]
    notes: list[str] = []
    for one in states:
        problems += _of_signature(one, bool(given))
        if one.signature.credential != "entered":
            notes.append(f"{one.file}: no person entered the passphrase; a file held it")
    for key in given:
        if not any(s.sound and s.known and s.signature.public == key.public for s in states):
            problems.append(Problem(key.name, f"has not signed this (key {key.fingerprint})"))
    if not states:
        notes.append("nobody has signed it")
    elif not given:
        notes.append("whose keys these are was not checked; give them with --key")
    if case is not None:
        problems += _of_case(path, case)
    return Verified(
        path=path,
        files=len(files),
        signatures=tuple(states),
        problems=tuple(problems),
        notes=tuple(notes),
    )


def listed_problems(root: Path, files: Mapping[str, str]) -> list[Problem]:
    """Files that are others than the folder's provenance and crate say they were when written."""
    problems: list[Problem] = []
    if PROVENANCE in files:
        problems += _against(_json(root / PROVENANCE).get("outputs"), files, PROVENANCE)
    if CRATE in files:
        problems += _against(crate_files(_json(root / CRATE)), files, CRATE)
    return list(dict.fromkeys(problems))


def _against(listed: Any, files: Mapping[str, str], source: str) -> list[Problem]:
    if not isinstance(listed, Mapping):
        return [Problem(source, "lists no files, so that nothing can be held against it")]
    return [
        Problem(
            str(name),
            f"is not there, and {source} lists it"
            if name not in files
            else f"is another than {source} lists",
            "write the dossier anew",
        )
        for name, sha256 in listed.items()
        if files.get(name) != sha256
    ]


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InputError(f"is no JSON: {error}", where=path.name) from None
    return found if isinstance(found, dict) else {}


def _signatures(
    path: Path, files: Mapping[str, str], keys: Sequence[PublicKey]
) -> list[SignatureState]:
    folder = path / SIGNATURES if path.is_dir() else path.with_name(f"{path.name}.{SIGNATURES}")
    problems: list[Problem] = []
    states: list[SignatureState] = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            signature = read_record(file, Signature, what="signature")
        except InputErrors as error:
            problems += error.problems
            continue
        states.append(_state(f"{folder.name}/{file.name}", signature, files, keys))
    if problems:
        raise InputErrors(problems, where=str(folder))
    return states


def _state(
    name: str, made: Signature, files: Mapping[str, str], keys: Sequence[PublicKey]
) -> SignatureState:
    changed = tuple(p for p, sha in made.files.items() if files.get(p, sha) != sha)
    missing = tuple(p for p in made.files if p not in files)
    added = tuple(p for p in files if p not in made.files)
    state: State = "holds"
    if not made.holds():
        state = "does not hold"
    elif changed or missing or added:
        state = "bytes changed"
    return SignatureState(
        file=name,
        signature=made,
        state=state,
        changed=changed,
        missing=missing,
        added=added,
        known=any((k.public, k.name) == (made.public, made.signer) for k in keys),
    )


def _of_signature(one: SignatureState, keys_given: bool) -> list[Problem]:  # noqa: FBT001 -- one caller
    if one.state == "does not hold":
        return [Problem(one.file, "was altered after it was made, or by another key")]
    problems = []
    if one.state == "bytes changed":
        parts = [("changed", one.changed), ("gone", one.missing), ("not covered", one.added)]
        said = "; ".join(f"{word}: {', '.join(names)}" for word, names in parts if names)
        problems.append(
            Problem(one.file, f"was made over other bytes ({said})", "sign it as it is now")
        )
    if keys_given and not one.known:
        who = f"{one.signature.signer}, key {fingerprint(one.signature.public)}"
        problems.append(Problem(one.file, f"was made with a key that was not given ({who})"))
    return problems


def _of_case(path: Path, case: Path) -> list[Problem]:
    from ultrarare.app.assess import case_digest
    from ultrarare.case.folder import read_case

    provenance = path / PROVENANCE
    if not provenance.is_file():
        raise InputError(f"holds no {PROVENANCE}, so it is no dossier", where=str(path))
    listed = _json(provenance).get("case", {})
    found = case_digest(read_case(case))
    if listed.get("digest") == found:
        return []
    return [
        Problem(
            str(case),
            f"is not what the dossier was made from: made from {listed.get('digest')}, found "
            f"{found}",
            "assess the case as it stands",
        )
    ]
