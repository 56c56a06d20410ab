"""Editors as data."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ultrarare.errors import InputErrors, NotFound
from ultrarare.molecule.editor import Basis, EditorKind, editor, editors, read_editor

OWN = {
    "name": "mine",
    "kind": "base",
    "from_base": "A",
    "to_base": "G",
    "window": [0, 12],
    "pam": "NGC",
    "pam_side": "3'",
    "protospacer_length": 20,
    "cut_after": 17,
    "sources": [
        {
            "about": [
                "from_base", "to_base", "window",
                "pam", "pam_side", "protospacer_length", "cut_after",
            ],
            "citation": "made",
            "basis": "declared",
        }
    ],
}  # fmt: skip


def test_the_shipped_editors_have_the_documented_chemistry():
    table = {
        name: (one.from_base, one.to_base, one.window, one.pam) for name, one in editors().items()
    }

    assert table == {
        "ABE8e": ("A", "G", (3, 10), "NGG"),
        "ABE7.10": ("A", "G", (4, 8), "NGG"),
        "BE4max": ("C", "T", (4, 8), "NGG"),
        "Cas9": (None, None, None, "NGG"),
        "NGC-ABE8e-V106W": ("A", "G", (3, 10), "NGC"),
        "PE2": (None, None, None, "NGG"),
    }


def test_a_window_from_general_knowledge_says_so():
    assert editor("ABE8e").basis_of("window") is Basis.RECALL
    assert editor("NGC-ABE8e-V106W").basis_of("pam") is Basis.READ


def test_an_unknown_editor_lists_the_known_ones():
    with pytest.raises(NotFound, match=r"no editor is called 'ABE9'; known: ABE7\.10, ABE8e"):
        editor("ABE9")


def test_a_case_gives_its_own_editor_with_a_window_that_starts_at_0():
    own = read_editor(OWN)

    assert own.kind is EditorKind.BASE
    assert [position for position in range(-2, 15) if own.in_window(position)] == list(range(13))


def test_all_wrong_fields_come_at_once():
    wrong = {**OWN, "pam": "NGX", "protospacer_length": 5, "nick": 3}
    del wrong["cut_after"]

    with pytest.raises(InputErrors) as caught:
        read_editor(wrong, where="product.editor")

    assert {problem.where for problem in caught.value.problems} == {
        "product.editor.pam",
        "product.editor.protospacer_length",
        "product.editor.nick",
        "product.editor.cut_after",
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"window": [9, 3]}, "window starts at 9, after its end 3"),
        ({"to_base": "A"}, "from_base and to_base are both 'A'"),
        ({"window": None}, "a base editor needs window"),
        ({"kind": "nuclease"}, "a nuclease has no from_base"),
        (
            {"sources": [{"about": ["pam"], "citation": "made", "basis": "declared"}]},
            "no source is given for from_base, to_base, window, pam_side, protospacer_length",
        ),
    ],
)
def test_fields_that_contradict_each_other_are_told(change, told):
    with pytest.raises(InputErrors) as caught:
        read_editor({**OWN, **change})

    assert told in str(caught.value)


def test_a_field_without_a_source_has_no_basis():
    with pytest.raises(NotFound):
        editor("Cas9").basis_of("window")


def test_an_editor_cannot_be_changed():
    with pytest.raises(ValidationError):
        setattr(editor("ABE8e"), "pam", "NNN")  # noqa: B010 -- the type checker forbids it too
