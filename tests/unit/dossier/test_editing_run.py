"""Names of alleles on the report of a run: what is not read is never called a change."""

from __future__ import annotations

import pytest

from ultrarare.dossier.editing_run import _name, _turned

NO = {"indel": False, "intended_only": False, "intended_protein": False, "target_base": False,
      "any_edit": False}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "told", "name"),
    [
        ("=", {}, "unedited"),
        ("12:A>N", {}, "a base not read"),
        ("12:A>G 14:C>N", {"target_base": True}, "converted, with N"),
        ("12:A>G 14:C>N", {}, "changed, with N"),
        ("12:A>G", {"intended_only": True}, "intended only"),
        ("12:AC>-", {"indel": True}, "insertion or deletion"),
        ("12:A>T", {}, "other change"),
    ],
)
def test_an_allele_is_named(changes, told, name):
    assert _name({**NO, "changes": changes, **told}) == name


def test_an_aligned_sequence_turns_with_its_dashes():
    assert _turned("AAC--GN", turned=True) == "NC--GTT"
    assert _turned("AAC--GN", turned=False) == "AAC--GN"
