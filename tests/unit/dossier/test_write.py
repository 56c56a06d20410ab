"""A dossier is there as a whole or not at all."""

from __future__ import annotations

import pytest

from ultrarare.dossier.write import write
from ultrarare.errors import InputError


def test_files_are_written_and_nothing_else_is_left(tmp_path):
    folder = tmp_path / "dossier"
    write(folder, {"dossier.html": b"page", "tables/findings.csv": b"id\n"})

    assert (folder / "dossier.html").read_bytes() == b"page"
    assert (folder / "tables/findings.csv").read_bytes() == b"id\n"
    assert [path.name for path in tmp_path.iterdir()] == ["dossier"]


def test_stale_tables_go_and_foreign_files_stay(tmp_path):
    owned = ("tables/findings.csv", "tables/alleles.csv")
    write(tmp_path / "d", {"tables/findings.csv": b"1", "tables/alleles.csv": b"1"}, owned=owned)
    (tmp_path / "d/notes.txt").write_text("mine")
    write(tmp_path / "d", {"tables/findings.csv": b"2"}, owned=owned)

    assert sorted(p.name for p in (tmp_path / "d/tables").iterdir()) == ["findings.csv"]
    assert (tmp_path / "d/notes.txt").read_text() == "mine"
    assert (tmp_path / "d/tables/findings.csv").read_bytes() == b"2"


def test_a_name_taken_by_a_folder_is_an_error_and_nothing_is_written(tmp_path):
    (tmp_path / "d/dossier.html").mkdir(parents=True)

    with pytest.raises(InputError, match="is a folder"):
        write(tmp_path / "d", {"a.txt": b"1", "dossier.html": b"page"})
    assert not (tmp_path / "d/a.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", ""])
def test_a_path_that_leaves_the_folder_is_an_error(tmp_path, name):
    with pytest.raises(InputError, match="allowed is a path below the folder"):
        write(tmp_path / "d", {name: b"1"})
    assert list(tmp_path.iterdir()) == []
