"""`sign` and `verify`: who stands behind a document, and whether it is still the same."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from ultrarare.cli.output import JsonFlag, print_json
from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.app.signing.passphrase import Passphrase

Meaning = Literal["authored", "reviewed", "responsible", "released"]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        help="File whose first line is the passphrase, for tests and machines; the signature says "
        "that no person entered it."
    ),
]


class _SignGroup(TyperGroup):
    """`ultrarare sign PATH` is short for `ultrarare sign document PATH`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            args = ["document", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_SignGroup,
    no_args_is_help=True,
    help="Sign a dossier, a folder or a file; `ultrarare sign PATH` is short for `sign document`.",
)


@app.command("keygen")
def keygen(
    file: Annotated[Path, typer.Argument(help="File of the private key, such as me.key.json.")],
    name: Annotated[str, typer.Option(help="Your name, as your signatures will print it.")],
    passphrase_file: PassphraseFile = None,
    json: JsonFlag = False,
) -> None:
    """Make your signing key (Ed25519), encrypted under a passphrase, and its public half."""
    from ultrarare.app.signing.sign import keygen

    made = keygen(file, name=name, passphrase=_passphrase(passphrase_file, twice=True))
    if json:
        print_json(made.to_json())
    else:
        typer.echo(made.summary())


@app.command("document")
def document(
    path: Annotated[Path, typer.Argument(help="Dossier, folder or file.")],
    key: Annotated[Path, typer.Option(help="Your private key, as `sign keygen` wrote it.")],
    meaning: Annotated[Meaning, typer.Option(help="What your signature says.")],
    passphrase_file: PassphraseFile = None,
    json: JsonFlag = False,
) -> None:
    """Sign with name, time and meaning; the passphrase is asked for at each signature.

    The signature is a file of its own: in the folder's `signatures`, or beside the file.
    """
    from ultrarare.app.signing.sign import prepare, sign

    subject = prepare(path, key=key, meaning=meaning)
    print(subject.summary(), file=sys.stderr)
    signed = sign(subject, _passphrase(passphrase_file), now=datetime.now(UTC))
    if json:
        print_json(signed.to_json())
    else:
        typer.echo(signed.summary())


def verify(
    path: Annotated[Path, typer.Argument(help="Dossier, folder or file.")],
    key: Annotated[
        list[Path] | None,
        typer.Option(
            help="Public key of somebody known, any number of times; each must have signed, and "
            "nobody else."
        ),
    ] = None,
    case: Annotated[
        Path | None, typer.Option(help="Case folder, held against what the dossier says went in.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Hold a dossier against its digests and its signatures, offline.

    Exit status: 0 nothing is wrong; 1 findings; 2 the input is wrong.
    """
    from ultrarare.app.signing.verify import verify

    found = verify(path, keys=key or (), case=case)
    if json:
        print_json(found.to_json())
    else:
        typer.echo(found.summary())
    raise typer.Exit(0 if found.ok else 1)


def _passphrase(file: Path | None, *, twice: bool = False) -> Passphrase:
    from getpass import getpass

    from ultrarare.app.signing.passphrase import Passphrase, read_passphrase

    if file is not None:
        return read_passphrase(file)
    if not sys.stdin.isatty():
        raise InputError(
            "no terminal to ask for it",
            where="passphrase",
            remedy="run it in a terminal; --passphrase-file is for tests and machines",
        )
    try:
        text = getpass("Passphrase: ")
        again = getpass("Once more: ") if twice else text
    except EOFError:
        raise InputError("nothing was entered", where="passphrase") from None
    if text != again:
        raise InputError("the two entries differ", where="passphrase", remedy="try again")
    return Passphrase(text, entered=True)
