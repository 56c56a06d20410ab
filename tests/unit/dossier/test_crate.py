"""The crate lists every file with its digest, and names the inputs without carrying them."""

from __future__ import annotations

import hashlib
import json

import pytest

from ultrarare.app.dossier import assess_into
from ultrarare.app.examples import example_folder
from ultrarare.app.signing.crate import crate_files
from ultrarare.app.signing.verify import verify


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    out = tmp_path_factory.mktemp("crate") / "dossier"
    assess_into(example_folder("kabe"), out)
    return out


def test_every_file_is_listed_with_its_digest_and_nothing_else(dossier):
    whole = json.loads((dossier / "ro-crate-metadata.json").read_text())
    files = {
        path.relative_to(dossier).as_posix(): "sha256:"
        + hashlib.sha256(path.read_bytes()).hexdigest()
        for path in dossier.rglob("*")
        if path.is_file() and ".cache" not in path.parts and path.name != "ro-crate-metadata.json"
    }
    assert crate_files(whole) == files
    assert verify(dossier, case=example_folder("kabe")).ok


def test_the_graph_is_flat_whole_and_described(dossier):
    graph = json.loads((dossier / "ro-crate-metadata.json").read_text())["@graph"]
    ids = [entity["@id"] for entity in graph]
    assert len(ids) == len(set(ids))
    root = next(entity for entity in graph if entity["@id"] == "./")
    assert {"name", "description", "datePublished", "license"} <= set(root)

    def named(value):
        if isinstance(value, dict):
            yield from [value["@id"]] if set(value) == {"@id"} else ()
            for each in value.values():
                yield from named(each)
        elif isinstance(value, list):
            for each in value:
                yield from named(each)

    refs = {name for name in named(graph) if not name.startswith("https:")}
    assert refs <= set(ids)
    action = next(entity for entity in graph if entity["@type"] == "CreateAction")
    assert {"#input/case.yaml", "#input/data/alleles.csv"} & {o["@id"] for o in action["object"]}
    absent = [e for e in graph if e["@id"].startswith("#input/") and "sha256" not in e]
    assert all("missing" in entity["description"] for entity in absent)


def test_a_case_that_has_moved_on_is_told(dossier, tmp_path):
    import shutil

    other = tmp_path / "case"
    shutil.copytree(example_folder("kabe"), other)
    (other / "case.yaml").write_text((other / "case.yaml").read_text() + "# later\n")
    found = verify(dossier, case=other)
    assert not found.ok
    assert "is not what the dossier was made from" in str(found.problems[0])
