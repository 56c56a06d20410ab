"""A signature: the record that is signed, and the check of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from ultrarare import digest
from ultrarare.app.signing.key import PublicText
from ultrarare.case.judgement import Person
from ultrarare.case.value import Text, Value

Meaning = Literal["authored", "reviewed", "responsible", "released"]
Sha256 = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Signature(Value):
    """Who signed which bytes, when and in what sense (21 CFR 11.50 asks name, time and meaning).

    Attributes:
        subject: name of the folder or file.
        files: path to sha256 of everything that is covered.
        signer: name, as in the key.
        meaning: what the signature says.
        signed_at: UTC to the second, by the clock of the signer's machine.
        credential: whether a person entered the passphrase for this signature.
        algorithm: how it is signed.
        public: the key's public half.
        signature: 64 bytes in base64, over the RFC 8785 form of everything else.
    """

    schema_: Literal["ultrarare/signature/1"] = Field(alias="schema")
    subject: Text
    files: Annotated[Mapping[str, Sha256], Field(min_length=1)]
    signer: Person
    meaning: Meaning
    signed_at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    credential: Literal["entered", "read from a file"]
    algorithm: Literal["Ed25519 over RFC 8785"]
    public: PublicText
    signature: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]

    def holds(self) -> bool:
        """Whether the record is the one that was signed with the key it names."""
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.public, validate=True))
            key.verify(base64.b64decode(self.signature, validate=True), message(_record(self)))
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return True


def message(record: Mapping[str, Any]) -> bytes:
    """The bytes that are signed."""
    return digest.canonical(record)


def sign_record(record: Mapping[str, Any], key: Ed25519PrivateKey) -> Signature:
    """The record with its signature.

    Raises:
        pydantic.ValidationError: the record lacks a field or holds a wrong one.
    """
    made = base64.b64encode(key.sign(message(record))).decode("ascii")
    return Signature.model_validate({**record, "signature": made})


def _record(signature: Signature) -> dict[str, Any]:
    plain = signature.model_dump(mode="json", by_alias=True)
    del plain["signature"]
    return plain
