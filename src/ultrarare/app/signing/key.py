"""Keys as files: the private half encrypted under a passphrase, the public half for others."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Annotated, Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field

from ultrarare.app.signing.passphrase import SHORTEST, Passphrase
from ultrarare.app.signing.record import read_record, text_of
from ultrarare.case.judgement import Person
from ultrarare.case.value import Text, Value
from ultrarare.errors import InputError

PublicText = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""32 bytes of an Ed25519 public key in base64."""


class PublicKey(Value):
    """The half that others hold to check signatures of `name`."""

    schema_: Literal["ultrarare/public-key/1"] = Field(alias="schema")
    name: Person
    public: PublicText

    @property
    def fingerprint(self) -> str:
        """Short enough to be read out on the telephone."""
        return fingerprint(self.public)


class PrivateKey(Value):
    """The half that signs; `private` is PKCS 8, encrypted under a passphrase."""

    schema_: Literal["ultrarare/private-key/1"] = Field(alias="schema")
    name: Person
    public: PublicText
    private: Text

    def open(self, passphrase: Passphrase) -> Ed25519PrivateKey:
        """The key itself.

        Raises:
            InputError: the passphrase does not open it, or it is not what the file says.
        """
        try:
            key = serialization.load_pem_private_key(
                self.private.encode("ascii"), passphrase.text.encode()
            )
        except (ValueError, TypeError):
            raise InputError(
                "does not open the key", where="passphrase", remedy="enter it once more"
            ) from None
        if not isinstance(key, Ed25519PrivateKey) or public_text(key) != self.public:
            raise InputError("the private half does not belong to the public one", where="key")
        return key


def fingerprint(public: str) -> str:
    """The first 16 hex digits of the sha256 of a public key, in groups of four."""
    digits = hashlib.sha256(base64.b64decode(public)).hexdigest()[:16]
    return "-".join(digits[i : i + 4] for i in range(0, 16, 4))


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half of a key in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")


def make_key(name: str, passphrase: Passphrase) -> tuple[PrivateKey, PublicKey]:
    """A new key of `name`.

    Raises:
        InputError: the passphrase is shorter than 12 characters.
        pydantic.ValidationError: the name names nobody.
    """
    if len(passphrase.text) < SHORTEST:
        raise InputError(
            f"found {len(passphrase.text)} characters; allowed are {SHORTEST} and more",
            where="passphrase",
            remedy="a few words in a row are easy to keep",
        )
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.text.encode()),
    )
    public = public_text(key)
    return (
        PrivateKey(
            schema="ultrarare/private-key/1", name=name, public=public, private=pem.decode("ascii")
        ),
        PublicKey(schema="ultrarare/public-key/1", name=name, public=public),
    )


def write_key(file: Path, private: PrivateKey, public: PublicKey) -> Path:
    """Write both halves, the private one readable by its owner alone; the path of the public one.

    Raises:
        InputError: one of the files is there already; nothing is written over a key.
    """
    other = public_path(file)
    for path in (file, other):
        if path.exists():
            raise InputError("is there already", where=str(path), remedy="name another file")
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text_of(private))
    other.write_text(text_of(public), encoding="utf-8")
    return other


def public_path(file: Path) -> Path:
    """Where the public half of a private key file lies: `me.key.json` → `me.pub.json`."""
    name = file.name
    for ending in (".key.json", ".json", ".key"):
        if name.endswith(ending) and name != ending:
            name = name.removesuffix(ending)
            break
    return file.with_name(f"{name}.pub.json")


def read_private(file: Path) -> PrivateKey:
    """A private key file.

    Raises:
        InputErrors: it is none.
    """
    return read_record(file, PrivateKey, what="private key")


def read_public(file: Path) -> PublicKey:
    """A public key file.

    Raises:
        InputErrors: it is none.
    """
    return read_record(file, PublicKey, what="public key")
