"""Making keys and signatures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ultrarare.app.signing.key import (
    PrivateKey,
    PublicKey,
    fingerprint,
    make_key,
    read_private,
    write_key,
)
from ultrarare.app.signing.passphrase import Passphrase
from ultrarare.app.signing.record import text_of
from ultrarare.app.signing.signature import Meaning, Signature, sign_record
from ultrarare.app.signing.subject import SIGNATURES, files_below
from ultrarare.app.signing.verify import listed_problems
from ultrarare.errors import InputError, InputErrors


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key on disk."""

    file: Path
    public_file: Path
    public: PublicKey

    def summary(self) -> str:
        """Text for a terminal."""
        return (
            f"{self.file}: your private key, for {self.public.name}. Keep it and the passphrase "
            f"to yourself.\n{self.public_file}: give this to those who check your signatures.\n"
            f"fingerprint: {self.public.fingerprint}"
        )

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "name": self.public.name,
            "file": str(self.file),
            "public_file": str(self.public_file),
            "fingerprint": self.public.fingerprint,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is about to be signed, shown before the passphrase is asked for."""

    path: Path
    files: dict[str, str]
    key: PrivateKey
    meaning: Meaning

    def summary(self) -> str:
        """What the person is about to sign."""
        names = ", ".join(sorted(self.files)[:6])
        more = f" and {len(self.files) - 6} more" if len(self.files) > 6 else ""
        return (
            f"{self.key.name} signs {self.path} as {self.meaning!r}: "
            f"{len(self.files)} files ({names}{more})."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature on disk."""

    file: Path
    signature: Signature

    def summary(self) -> str:
        """Text for a terminal."""
        made = self.signature
        return (
            f"{self.file}: {made.meaning} by {made.signer} at {made.signed_at}, "
            f"{len(made.files)} files, key {fingerprint(made.public)}"
        )

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "file": str(self.file),
            **self.signature.model_dump(mode="json", by_alias=True),
        }


def keygen(file: Path, *, name: str, passphrase: Passphrase) -> MadeKey:
    """Make a key and write both halves.

    Raises:
        InputError: a name of nobody, a short passphrase, or a file that is there already.
    """
    try:
        private, public = make_key(name, passphrase)
    except ValidationError:
        raise InputError(
            f"found {name!r}, which names nobody; allowed is a name and a role", where="name"
        ) from None
    other = write_key(file, private, public)
    return MadeKey(file=file, public_file=other, public=public)


def prepare(path: Path, *, key: Path, meaning: Meaning) -> Subject:
    """Read what is to be signed. A dossier that is not what its own lists say is not signed.

    Raises:
        NotFound: nothing is there.
        InputErrors: a link among the files, a key file that is none, or a file that differs from
            the dossier's provenance or crate.
    """
    files = files_below(path)
    private = read_private(key)
    if path.is_dir() and (problems := listed_problems(path, files)):
        raise InputErrors(problems, where=str(path))
    return Subject(path=path, files=files, key=private, meaning=meaning)


def sign(subject: Subject, passphrase: Passphrase, *, now: datetime) -> Signed:
    """Sign, and write the signature: in the folder's `signatures`, or beside the file.

    Raises:
        InputError: the passphrase does not open the key, `now` has no time zone, or the files
            changed since they were shown.
    """
    if now.tzinfo is None:
        raise InputError("found a time without a time zone", where="now")
    opened = subject.key.open(passphrase)
    if files_below(subject.path) != subject.files:
        raise InputError("changed while it was signed", where=str(subject.path), remedy="try again")
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = sign_record(
        {
            "schema": "ultrarare/signature/1",
            "subject": subject.path.resolve().name,
            "files": subject.files,
            "signer": subject.key.name,
            "meaning": subject.meaning,
            "signed_at": at,
            "credential": "entered" if passphrase.entered else "read from a file",
            "algorithm": "Ed25519 over RFC 8785",
            "public": subject.key.public,
        },
        opened,
    )
    target = _target(subject, at)
    target.parent.mkdir(exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text_of(signature))
    except FileExistsError:
        raise InputError(
            "is there already", where=str(target), remedy="sign a second later"
        ) from None
    return Signed(file=target, signature=signature)


def _target(subject: Subject, at: str) -> Path:
    who = re.sub(r"[^a-z0-9]+", "-", subject.key.name.casefold()).strip("-")[:40] or "signer"
    name = f"{re.sub(r'[-:]', '', at)}-{subject.meaning}-{who}.json"
    if subject.path.is_dir():
        return subject.path / SIGNATURES / name
    return subject.path.with_name(f"{subject.path.name}.{SIGNATURES}") / name
