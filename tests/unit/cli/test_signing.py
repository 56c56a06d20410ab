"""`judgement`, `sign` and `verify` from the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from ultrarare.app.examples import example_folder
from ultrarare.cli.main import app
from ultrarare.errors import InputError

FDA = "fda-pmf-draft-2026-02"


def run(*words, code=0):
    found = CliRunner().invoke(app, list(map(str, words)))
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == code, found.output
    return found.stdout


@pytest.fixture
def words(tmp_path):
    file = tmp_path / "words"
    file.write_text("four made words here\n")
    return file


def test_a_decision_reaches_the_dossier_and_the_dossier_is_signed(tmp_path, words):
    case, out, key = tmp_path / "case", tmp_path / "out", tmp_path / "me.key.json"
    shutil.copytree(example_folder("kabe"), case)
    made = json.loads(
        run(
            "judgement",
            "add",
            case,
            "--guidance",
            FDA,
            "--requirement",
            "RP-01",
            "--verdict",
            "supported",
            "--by",
            "made reader",
            "--reason",
            "Read it.",
            "--interests",
            "none",
            "--json",
        )
    )
    run(
        "judgement", "review", case, "--judgement", made["id"], "--outcome", "agrees", "--by",
        "second reader", "--reason", "Read it too.", "--interests", "none",
    )  # fmt: skip
    run(
        "judgement", "advise", case, "--guidance", FDA, "--requirement", "EL-3", "--agency",
        "made agency", "--on", "2026-01-10", "--meeting", "pre-IND", "--effect", "waives",
        "--advice", "The course is known.", "--source", "minutes, item 4", "--recorded-by", "lead",
    )  # fmt: skip
    run("assess", case, "--out", out)
    page = (out / "dossier.html").read_text()
    assert "Judgement (reviewed):" in page
    assert "made agency, 2026-01-10 (pre-IND), waives the row for this case" in page
    run("sign", "keygen", key, "--name", "made signer", "--passphrase-file", words)
    run("sign", out, "--key", key, "--meaning", "released", "--passphrase-file", words)
    public = tmp_path / "me.pub.json"
    found = json.loads(run("verify", out, "--key", public, "--case", case, "--json"))
    assert found["ok"]
    assert found["signatures"][0]["credential"] == "read from a file"
    run(
        "judgement", "revoke", case, "--judgement", made["id"], "--by", "made reader", "--reason",
        "Misread.",
    )  # fmt: skip
    assert "is not what the dossier was made from" in run("verify", out, "--case", case, code=1)


def test_a_passphrase_is_asked_for_at_a_terminal_only(tmp_path):
    with pytest.raises(InputError, match="no terminal"):
        run("sign", "keygen", tmp_path / "k.key.json", "--name", "made signer")
    assert list(tmp_path.iterdir()) == []
