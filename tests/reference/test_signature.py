"""A signature of ours holds by the equations of RFC 8032 and the rules of RFC 8785 alone."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.reference.ed25519 import verifies
from ultrarare.app.signing.key import public_text
from ultrarare.app.signing.signature import sign_record

# RFC 8032 §7.1, test 2: secret key, public key, message, signature.
PRIVATE = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
SIGNED = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_the_slow_check_and_the_library_agree_on_the_published_vector():
    assert verifies(bytes.fromhex(PUBLIC), b"\x72", bytes.fromhex(SIGNED))
    assert not verifies(bytes.fromhex(PUBLIC), b"\x73", bytes.fromhex(SIGNED))
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(PRIVATE))
    assert key.sign(b"\x72").hex() == SIGNED


def test_a_signature_of_ours_holds_for_the_slow_check():
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(PRIVATE))
    record = {
        "schema": "ultrarare/signature/1",
        "subject": "dossier",
        "files": {"b.csv": "sha256:" + "1" * 64, "a\u00e9.csv": "sha256:" + "0" * 64},
        "signer": "made signer",
        "meaning": "reviewed",
        "signed_at": "2026-11-27T00:00:00Z",
        "credential": "entered",
        "algorithm": "Ed25519 over RFC 8785",
        "public": public_text(key),
    }
    made = sign_record(record, key)
    # RFC 8785 for text and objects alone: sorted keys, no white space, UTF-8 as it is.
    message = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert verifies(bytes.fromhex(PUBLIC), message, base64.b64decode(made.signature))
    assert made.holds()
