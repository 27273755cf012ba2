"""``dfc-classify hash``: make a manifest."""

import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import UsageError
from forensic_cli.hashing import ALGORITHM_BY_SUFFIX

if TYPE_CHECKING:
    from forensic_cli.integrity.manifests.forms import ManifestForm


class Format(StrEnum):
    """The forms of a manifest."""

    MD5SUM = "md5sum"
    SHA256SUM = "sha256sum"
    HASHDEEP = "hashdeep"
    BAGIT = "bagit"


def hash_evidence(  # noqa: PLR0913 - the options of a command
    evidence: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path,
            metavar="EVIDENCE",
            help="Folder or file to hash; with the first segment of an AD1 image go the others.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            parser=options.given_path,
            metavar="NAME.md5",
            help="The manifest. Without --format its suffix chooses the algorithm: "
            + ", ".join(ALGORITHM_BY_SUFFIX)
            + ".",
        ),
    ],
    *,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="md5sum and sha256sum: their own lines. hashdeep: size, MD5 and SHA-256. bagit: a "
            "bag's manifest-sha256.txt (or -md5, ...) for the evidence as its payload, data/.",
        ),
    ] = None,
    workers: options.Workers,
    force: options.Force = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Write the manifest of some evidence, in a form that md5sum -c, hashdeep -a and others accept.

    Names begin with the evidence's own name. A file that cannot be read is an error: no manifest
    is written that leaves something out.

    Example: dfc-classify hash ImageSet --out hashes/ImageSet.hashdeep --format hashdeep
    """
    with reporting(debug):
        chosen = _form(form, out)
        from forensic_cli.cli.console import RunConsole
        from forensic_cli.cli.console import out as say
        from forensic_cli.events import Progressed
        from forensic_cli.integrity.write_manifest import write_manifest

        with RunConsole(quiet=quiet) as console:
            written = write_manifest(
                evidence,
                out,
                chosen,
                force=force,
                workers=workers,
                progress=lambda done, total: console(Progressed("hashing", done, total)),
            )
        if not quiet:
            said = ", ".join(chosen.algorithms)
            say(f"manifest       {written.path}, {written.files:,} files, {said}")
            if written.left_out:
                say(f"left out       {written.left_out:,} links and special files")
            check = chosen.check.format(
                manifest=shlex.quote(str(written.path.absolute())),
                evidence=shlex.quote(evidence.absolute().name),
            )
            say(f"check it with  cd {shlex.quote(str(written.base))} && {check}")


def _form(form: Format | None, out: Path) -> "ManifestForm":
    from forensic_cli.integrity.manifests import bagit, forms, reading

    match form:
        case None:
            algorithm = ALGORITHM_BY_SUFFIX.get(out.suffix.lower())
            if algorithm is None:
                msg = (
                    f"--out {str(out)!r}: without --format the name must end in one of "
                    f"{', '.join(ALGORITHM_BY_SUFFIX)}"
                )
                raise UsageError(msg)
            return forms.sums(algorithm)
        case Format.HASHDEEP:
            return forms.deep()
        case Format.BAGIT:
            if not bagit.is_manifest(out.name):
                msg = f"--out {str(out)!r}: a bag's manifest has a name like manifest-sha256.txt"
                raise UsageError(msg)
            return forms.bag(bagit.algorithm_in(out.name), reading.declaration_beside(out))
        case _:
            return forms.sums(form.removesuffix("sum"))
