"""Keys, signatures and `verify`: what was signed is what is there, by whom, or it is said."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultrarare import digest
from ultrarare.app.signing.key import PrivateKey, make_key, read_private, read_public
from ultrarare.app.signing.passphrase import Passphrase, read_passphrase
from ultrarare.app.signing.sign import keygen, prepare, sign
from ultrarare.app.signing.signature import Signature, sign_record
from ultrarare.app.signing.verify import verify
from ultrarare.errors import InputError, InputErrors, NotFound

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
WORDS = Passphrase("four made words here", entered=True)


def make(tmp_path, name="made signer"):
    return keygen(tmp_path / f"{name.replace(' ', '-')}.key.json", name=name, passphrase=WORDS)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "dossier"
    (root / "tables").mkdir(parents=True)
    (root / ".cache").mkdir()
    (root / ".cache" / "kept").write_text("not signed")
    files = {"a.json": b"{}", "tables/b.csv": b"x,y\n1,2\n"}
    for name, body in files.items():
        (root / name).write_bytes(body)
    outputs = {name: digest.of_bytes(body) for name, body in files.items()}
    (root / "provenance.json").write_text(json.dumps({"outputs": outputs, "case": {}}))
    return root


def signed(folder, key, meaning="reviewed", now=NOW, words=WORDS):
    return sign(prepare(folder, key=key.file, meaning=meaning), words, now=now)


def test_what_is_signed_holds_and_two_people_may_sign(folder, tmp_path):
    one, two = make(tmp_path), make(tmp_path, "second signer")
    signed(folder, one, "authored")
    signed(folder, two, now=NOW + timedelta(seconds=1))
    found = verify(folder, keys=[one.public_file, two.public_file])
    assert found.ok
    assert [s.signature.meaning for s in found.signatures] == ["authored", "reviewed"]
    assert {path for s in found.signatures for path in s.signature.files} == {
        "a.json", "provenance.json", "tables/b.csv",
    }  # fmt: skip


def test_a_changed_a_lost_and_an_added_file_are_told(folder, tmp_path):
    key = make(tmp_path)
    signed(folder, key)
    (folder / "a.json").write_text("{} ")
    (folder / "tables" / "b.csv").unlink()
    (folder / "tables" / "c.csv").write_text("new")
    found = verify(folder, keys=[key.public_file])
    (one,) = found.signatures
    assert (one.state, one.changed, one.missing, one.added) == (
        "bytes changed", ("a.json",), ("tables/b.csv",), ("tables/c.csv",),
    )  # fmt: skip
    said = "\n".join(map(str, found.problems))
    assert "a.json: is another than provenance.json lists" in said
    assert "tables/b.csv: is not there" in said
    assert "has not signed this" in said


def test_a_dossier_that_is_not_what_it_lists_is_not_signed(folder, tmp_path):
    key = make(tmp_path)
    (folder / "a.json").write_text("{} ")
    with pytest.raises(InputErrors, match="is another than provenance"):
        prepare(folder, key=key.file, meaning="reviewed")


def test_a_stranger_and_a_key_that_did_not_sign_are_told(folder, tmp_path):
    one, two = make(tmp_path), make(tmp_path, "second signer")
    signed(folder, one)
    assert verify(folder).ok
    assert verify(folder).signatures[0].known is False
    found = verify(folder, keys=[two.public_file])
    said = "\n".join(map(str, found.problems))
    assert "a key that was not given" in said
    assert f"has not signed this (key {two.public.fingerprint})" in said


def test_the_name_is_bound_to_the_key(folder, tmp_path):
    key = make(tmp_path)
    signed(folder, key)
    (folder.parent / "other.pub.json").write_text(
        key.public_file.read_text().replace("made signer", "somebody else")
    )
    assert not verify(folder, keys=[folder.parent / "other.pub.json"]).ok


RECORD = {
    "schema": "ultrarare/signature/1",
    "subject": "s",
    "files": {"a": "sha256:" + "0" * 64, "b": "sha256:" + "1" * 64},
    "signer": "made signer",
    "meaning": "reviewed",
    "signed_at": "2026-11-27T00:00:00Z",
    "credential": "entered",
    "algorithm": "Ed25519 over RFC 8785",
}
KEY, PUBLIC = make_key("made signer", WORDS)
MADE = sign_record({**RECORD, "public": KEY.public}, KEY.open(WORDS))


@given(
    st.sampled_from(
        [
            ("subject", "t"),
            ("files", {"a": "sha256:" + "0" * 64}),
            ("files", {"a": "sha256:" + "2" * 64, "b": "sha256:" + "1" * 64}),
            ("signer", "another signer"),
            ("meaning", "released"),
            ("signed_at", "2026-11-28T00:00:00Z"),
            ("credential", "read from a file"),
            ("public", make_key("x y", WORDS)[0].public),
        ]
    )
)
def test_a_record_that_was_altered_does_not_hold(change):
    plain = MADE.model_dump(mode="json", by_alias=True)
    assert Signature.model_validate(dict(reversed(plain.items()))).holds()
    assert not Signature.model_validate({**plain, change[0]: change[1]}).holds()


@given(st.integers(0, 511))
def test_a_signature_with_one_bit_changed_does_not_hold(bit):
    import base64

    raw = bytearray(base64.b64decode(MADE.signature))
    raw[bit // 8] ^= 1 << bit % 8
    plain = MADE.model_dump(mode="json", by_alias=True)
    other = base64.b64encode(bytes(raw)).decode()
    assert not Signature.model_validate({**plain, "signature": other}).holds()


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda t: t[:-40], "is no signature"),
        (lambda t: t.replace('"meaning": "reviewed"', '"meaning": "seen"'), "meaning"),
        (lambda t: t.replace('"meaning"', '"signer": "x y",\n  "meaning"'), "stands twice"),
        (lambda t: t.replace("{", '{"note": 1,', 1), "note"),
        (lambda t: re.sub(r'("signature": ")[^"]+', r"\1AAAA", t), "signature"),
        (lambda _t: "", "is no signature"),
    ],
)
def test_a_signature_file_that_is_broken_is_an_error(folder, tmp_path, edit, says):
    made = signed(folder, make(tmp_path))
    made.file.write_text(edit(made.file.read_text()))
    with pytest.raises(InputErrors, match=says):
        verify(folder)


def test_an_altered_signature_is_a_finding(folder, tmp_path):
    made = signed(folder, make(tmp_path))
    made.file.write_text(made.file.read_text().replace('"reviewed"', '"released"'))
    found = verify(folder)
    assert not found.ok
    assert "was altered" in str(found.problems[0])


def test_one_file_is_signed_beside_it(tmp_path):
    file = tmp_path / "judgements.yaml"
    file.write_text("schema: x\n")
    made = signed(file, make(tmp_path))
    assert made.file.parent == tmp_path / "judgements.yaml.signatures"
    assert verify(file).ok
    file.write_text("schema: y\n")
    assert not verify(file).ok


def test_a_file_that_changes_while_the_passphrase_is_entered_is_not_signed(folder, tmp_path):
    subject = prepare(folder, key=make(tmp_path).file, meaning="reviewed")
    (folder / "new.txt").write_text("x")
    with pytest.raises(InputError, match="changed while"):
        sign(subject, WORDS, now=NOW)
    assert not (folder / "signatures").exists()


def test_a_link_is_not_signed(folder, tmp_path):
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(InputErrors, match="is a link"):
        prepare(folder, key=make(tmp_path).file, meaning="reviewed")
    with pytest.raises(NotFound):
        verify(tmp_path / "nothing")


def test_a_dossier_in_the_folder_is_a_document_of_its_own(folder, tmp_path):
    assert set(prepare(folder.parent, key=make(tmp_path).file, meaning="authored").files) == {
        "made-signer.key.json", "made-signer.pub.json",
    }  # fmt: skip


def test_a_key_is_encrypted_private_and_never_written_over(tmp_path):
    key = make(tmp_path)
    assert key.file.stat().st_mode & 0o077 == 0
    assert "ENCRYPTED" in key.file.read_text()
    assert WORDS.text not in key.file.read_text()
    with pytest.raises(InputError, match="is there already"):
        make(tmp_path)
    assert read_private(key.file).public == read_public(key.public_file).public


def test_wrong_words_short_words_and_wrong_halves_are_told(tmp_path):
    key = read_private(make(tmp_path).file)
    with pytest.raises(InputError, match="does not open the key"):
        key.open(Passphrase("four other words", entered=True))
    other = PrivateKey.model_validate(
        {**key.model_dump(by_alias=True), "public": make_key("x y", WORDS)[0].public}
    )
    with pytest.raises(InputError, match="does not belong"):
        other.open(WORDS)
    with pytest.raises(InputError, match="allowed are 12"):
        make_key("made signer", Passphrase("short", entered=True))
    with pytest.raises(InputError, match="names nobody"):
        keygen(tmp_path / "x.key.json", name="nobody", passphrase=WORDS)


def test_a_passphrase_never_shows_in_a_trace(tmp_path):
    assert WORDS.text not in repr(WORDS)
    (tmp_path / "words").write_text("from a file here\nsecond line\n")
    assert read_passphrase(tmp_path / "words") == Passphrase("from a file here", entered=False)
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(InputError, match="first line is empty"):
        read_passphrase(tmp_path / "empty")
