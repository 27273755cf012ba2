"""The manifests given or found for some evidence, taken together."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from forensic_cli.errors import ItemRefusedError, ManifestError
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests.bagit import (
    DECLARATION,
    declares_bag,
    is_tag_file,
    is_tag_manifest,
)
from forensic_cli.integrity.manifests.finding import CHECKSUM_SUFFIXES, find_manifests, of_bag
from forensic_cli.integrity.manifests.formats import ManifestFormat
from forensic_cli.integrity.manifests.location import locate
from forensic_cli.integrity.manifests.manifest import Manifest
from forensic_cli.integrity.manifests.reading import ManifestFile, is_report, read_manifest
from forensic_cli.integrity.origins import Origin, origin_of
from forensic_cli.integrity.reference import Reference

FOLDER = "hashes"
_TEXT = frozenset({".txt"})
_DECLARED_WITHIN = 1024
"""Bytes of a ``bagit.txt`` that are looked at."""


def reference_for(
    source: EvidenceSource,
    listing: Listing,
    given: tuple[Path, ...],
    digests: tuple[Digest, ...] = (),
) -> Reference | None:
    """The reference of some evidence.

    Args:
        source: The evidence.
        listing: Its entries.
        given: Manifests named by the examiner. Without any, ``hashes/NAME.*`` in the working
            folder and next to the evidence, and ``NAME.md5`` and the like beside it, are taken,
            all that there are; a bag's own; FTK Imager's report ``NAME.ad1.txt``.
        digests: What the examiner expects of a container.

    Returns:
        The reference; None where there is neither manifest nor digest.

    Raises:
        ManifestError: A manifest cannot be understood, contradicts another, names paths that
            are not below this root, or is the report on an image where the evidence is a folder.
    """
    found = manifests_for(source, given)
    read = {path: read_manifest(path) for path in found}
    return reference_of(source, listing, [(read[path], found[path]) for path in found], digests)


def reference_of(
    source: EvidenceSource,
    listing: Listing,
    manifests: Sequence[tuple[ManifestFile, Origin]],
    digests: tuple[Digest, ...],
) -> Reference | None:
    """The reference of some evidence, its manifests read.

    Args:
        source: The evidence.
        listing: Its entries.
        manifests: Each with where it came from.
        digests: What the examiner expects of a container.

    Raises:
        ManifestError: As ``reference_for``.
    """
    files = tuple(file for file, _ in manifests)
    origins = tuple(origin for _, origin in manifests)
    tags = _tag_manifests(source, files)
    files, origins = (*files, *tags), (*origins, *(Origin.INSIDE for _ in tags))
    names = frozenset(os.fsencode(file.path.name) for file in source.files)
    whole = [(source.name, digest) for digest in digests]
    inner: list[tuple[ManifestFile, Manifest]] = []
    not_applied = []
    for file in files:
        if file.report:
            if source.kind is Kind.FOLDER:
                msg = (
                    f"{str(file.path)!r} is FTK Imager's report on an image, and says nothing of "
                    "the files of a folder; check the image itself, or give a list of files"
                )
                raise ManifestError(msg)
            whole += [(source.name, digest) for digest in file.report.digests]
        if file.format is ManifestFormat.BARE:
            whole += [(source.name, digest) for digest in _bare(file, source)]
            not_applied.append(0)
            continue
        of_files, of_entries, others = _split_by_name(file, names, source, listing)
        not_applied.append(others)
        whole += [
            (path.replace(b"\\", b"/").rpartition(b"/")[2], digest)
            for path in of_files.paths()
            for digest in of_files.expected(path)
        ]
        if of_entries.columns:
            inner.append((file, of_entries))
    if not whole and not inner:
        return None
    independent = {id(file) for file, one in zip(files, origins, strict=True) if one.is_independent}
    return Reference(
        files=files,
        origins=origins,
        manifest=_together(inner),
        independent=_together([part for part in inner if id(part[0]) in independent]),
        container=tuple(dict.fromkeys(whole)),
        excused=_inside(files, source.path) | _tag_files(source, files, listing),
        given=digests,
        not_applied=tuple(not_applied),
    )


def _bare(file: ManifestFile, source: EvidenceSource) -> tuple[Digest, ...]:
    """The one digest of a list without a name.

    Raises:
        ManifestError: The evidence is a folder, which has no digest.
    """
    if source.kind is Kind.FOLDER:
        msg = (
            f"{str(file.path)!r} holds one hash and no name: it is of a file or a container, and a "
            "folder has none; give a list of its files"
        )
        raise ManifestError(msg)
    return file.manifest.expected(next(file.manifest.paths()))


def _together(parts: list[tuple[ManifestFile, Manifest]]) -> Manifest:
    together, before = Manifest({}), ""
    for file, manifest in parts:
        try:
            together = together.merged(manifest) if before else manifest
        except ManifestError as error:
            msg = f"{before} and {str(file.path)!r} contradict each other: {error}"
            raise ManifestError(msg) from error
        before = f"{before}, {str(file.path)!r}" if before else repr(str(file.path))
    return together


def _split_by_name(
    file: ManifestFile, names: frozenset[bytes], source: EvidenceSource, listing: Listing
) -> tuple[Manifest, Manifest, int]:
    """What a manifest says of a container's own files, what of its entries, and what of neither.

    A list of many files may name the container among them; the others are none of its entries.
    """
    of_files, others = file.manifest.split_by_name(names, listing.__contains__)
    # A bag's manifest begins with the folder of its payload, which may be the evidence itself.
    roots = (*source.aliases, b"data") if file.format is ManifestFormat.BAGIT else source.aliases
    if not others.columns or not of_files.columns:
        entries = locate(others, roots, listing.__contains__) if others.columns else others
        return of_files, entries, 0
    try:
        entries = locate(others, roots, listing.__contains__)
    except ManifestError:
        return of_files, Manifest({}), len(others)
    if entries.lead or any(path in listing for path in entries.paths()):
        return of_files, entries, 0
    return of_files, Manifest({}), len(others)


def _tag_manifests(
    source: EvidenceSource, files: tuple[ManifestFile, ...]
) -> tuple[ManifestFile, ...]:
    """The tag manifests of a bag that is checked as one, whichever list of its payload is used."""
    if source.kind is not Kind.FOLDER or not _is_of_bag(files):
        return ()
    known = {file.path.resolve() for file in files}
    return tuple(
        read_manifest(path)
        for path in of_bag(source.path)
        if is_tag_manifest(path.name) and path.resolve() not in known
    )


def _tag_files(
    source: EvidenceSource, files: tuple[ManifestFile, ...], listing: Listing
) -> frozenset[bytes]:
    """The tag files of a bag, which need no manifest; the name alone makes no bag."""
    declaration = listing.find(os.fsencode(DECLARATION))
    if not _is_of_bag(files) or declaration is None:
        return frozenset()
    try:
        with source.reading(declaration) as stream:
            if not declares_bag(stream.read(_DECLARED_WITHIN)):
                return frozenset()
    except ItemRefusedError:
        return frozenset()
    return frozenset(item.path for item in listing if is_tag_file(item.path))


def _is_of_bag(files: Iterable[ManifestFile]) -> bool:
    return any(file.format is ManifestFormat.BAGIT for file in files)


def _inside(files: Iterable[ManifestFile], root: Path) -> frozenset[bytes]:
    real = root.resolve()
    return frozenset(
        os.fsencode(file.path.resolve().relative_to(real))
        for file in files
        if file.path.resolve().is_relative_to(real)
    )


def manifests_for(source: EvidenceSource, given: tuple[Path, ...]) -> dict[Path, Origin]:
    """The manifests given, else those found for the evidence, and where from; none is read yet."""
    if given:
        return {path: origin_of(path, source.path, Origin.GIVEN) for path in given}
    # Not the folder that an image was made of: its name may be that of other evidence.
    own = [name for name in source.aliases if name and source.name.startswith(name)]
    names = tuple(dict.fromkeys(map(os.fsdecode, own)))
    beside = source.path.resolve().parent
    is_image = source.path.suffix.lower() == ".ad1"
    texts = find_manifests(names[:1], (beside,), _TEXT) if is_image else ()
    reports = [path for path in texts if is_report(path)]
    here = find_manifests(names, (Path(FOLDER),))
    near = find_manifests(names, (beside / FOLDER,))
    near = (*near, *find_manifests(names, (beside,), CHECKSUM_SUFFIXES))
    if not here and not near and source.kind is Kind.FOLDER:
        near = of_bag(source.path)
    found = dict.fromkeys(here, Origin.WORKING_FOLDER)
    known = {path.resolve() for path in here}
    found |= {path: Origin.BESIDE for path in near if path.resolve() not in known}
    found |= {path: Origin.BESIDE for path in reports if path not in found}
    return {path: origin_of(path, source.path, origin) for path, origin in found.items()}
