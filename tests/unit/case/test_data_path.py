"""A folder of records as one declared path: its identity, its limits, and what it must not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from ultrarare import digest
from ultrarare.case import data_path
from ultrarare.case.data_path import digest_of, files_of, is_there, size_of, why_not_folder


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "case/records"
    (folder / "deep").mkdir(parents=True)
    for name in ("b.json", "a.json", "deep/c.JSON", "notes.txt"):
        (folder / name).write_text(f'"{name}"', "utf-8")
    return tmp_path / "case"


def wrong(root: Path, path: str = "records") -> list[str]:
    return list(why_not_folder(root, path))


def test_a_folder_is_its_json_files_by_name_however_deep(root):
    names = [item.relative_to(root / "records").as_posix() for item in files_of(root / "records")]
    assert names == ["a.json", "b.json", "deep/c.JSON"]
    assert size_of(root / "records") == sum(len(f'"{name}"') for name in names)
    assert wrong(root) == []


def test_the_digest_of_a_folder_is_over_names_and_digests_of_its_files(root):
    folder = root / "records"
    by_hand = digest.of_value(
        {name: digest.of_file(folder / name) for name in ("deep/c.JSON", "b.json", "a.json")}
    )
    assert digest_of(folder) == by_hand
    assert digest_of(folder / "a.json") == digest.of_file(folder / "a.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.json").write_text('"x"', "utf-8"),
        lambda folder: (folder / "d.json").write_text('"d"', "utf-8"),
        lambda folder: (folder / "a.json").unlink(),
        lambda folder: (folder / "a.json").rename(folder / "e.json"),
    ],
)
def test_a_changed_added_removed_or_renamed_record_is_another_folder(root, change):
    before = digest_of(root / "records")
    change(root / "records")
    assert digest_of(root / "records") != before


def test_a_file_that_is_no_record_does_not_count(root):
    before = digest_of(root / "records")
    (root / "records/notes.txt").write_text("other", "utf-8")
    assert digest_of(root / "records") == before


def test_what_is_not_there_is_absent_and_no_problem(root):
    assert not is_there(root / "nowhere")
    assert files_of(root / "nowhere") == ()
    assert wrong(root, "nowhere") == []


def test_links_that_lead_out_are_refused_and_never_read(root):
    outside = root.parent / "outside.json"
    outside.write_text('"secret"', "utf-8")
    (root.parent / "elsewhere").mkdir()
    (root.parent / "elsewhere/x.json").write_text('"secret"', "utf-8")
    before = digest_of(root / "records")
    (root / "records/link.json").symlink_to(outside)
    (root / "records/linked").symlink_to(root.parent / "elsewhere")
    said = wrong(root)
    assert len(said) == 2
    assert all("leads out of the folder" in text for text in said)
    assert "records/link.json" in said[0] + said[1]
    assert digest_of(root / "records") == before


def test_a_folder_that_is_itself_a_link_outside_is_refused(root):
    (root.parent / "elsewhere").mkdir()
    (root.parent / "elsewhere/x.json").write_text("{}", "utf-8")
    (root / "linked").symlink_to(root.parent / "elsewhere")
    assert wrong(root, "linked") == ["found linked, a link that leads out of the case folder"]


def test_a_link_to_a_record_of_the_same_folder_is_taken(root):
    (root / "records/again.json").symlink_to(root / "records/a.json")
    assert wrong(root) == []
    assert len(files_of(root / "records")) == 4


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("records/a.json", "which is a file; allowed is a folder"),
        (".", "the case folder itself"),
        ("empty", "a folder without a .json file"),
    ],
)
def test_what_is_no_folder_of_records_is_said(root, path, said):
    (root / "empty").mkdir()
    assert any(said in text for text in wrong(root, path))


def test_more_or_larger_files_than_allowed_are_refused(root, monkeypatch):
    monkeypatch.setattr(data_path, "MAX_FILES", 2)
    assert wrong(root) == ["found more than 2 files in records; allowed are 2"]
    monkeypatch.setattr(data_path, "MAX_FILES", 9)
    monkeypatch.setattr(data_path, "MAX_FILE_BYTES", 9)
    assert any("c.JSON" in text and "bytes" in text for text in wrong(root))
    monkeypatch.setattr(data_path, "MAX_FILE_BYTES", 99)
    monkeypatch.setattr(data_path, "MAX_FOLDER_BYTES", 20)
    assert any("bytes in records; allowed are 20" in text for text in wrong(root))
