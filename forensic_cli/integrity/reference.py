"""What some evidence is verified against, as a value."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from forensic_cli.evidence.container_digest import Expected
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests.manifest import Manifest
from forensic_cli.integrity.manifests.reading import ManifestFile
from forensic_cli.integrity.origins import Origin


@dataclass(frozen=True, slots=True)
class Reference:
    """What the evidence is verified against.

    Attributes:
        files: The manifests.
        origins: Where each of them came from.
        manifest: What they expect of the entries together, paths below the evidence root.
        independent: The same without what manifests inside the evidence say.
        container: What is expected of a container as a whole.
        excused: Paths of entries that may go without a reference: the manifests that lie inside
            the evidence, a bag's tag files. They are counted as not verified, and never scored.
        given: Digests from the command line, part of ``container``.
        not_applied: For each manifest, how many of its rows say nothing of this evidence: those of
            other files in a list that names the container.
    """

    files: tuple[ManifestFile, ...]
    origins: tuple[Origin, ...]
    manifest: Manifest
    independent: Manifest
    container: tuple[Expected, ...]
    excused: frozenset[bytes]
    given: tuple[Digest, ...] = ()
    not_applied: tuple[int, ...] = ()

    def below(self, lead: bytes) -> "Reference":
        """The same with something before the path of every entry."""
        if not lead:
            return self
        return replace(
            self,
            manifest=self.manifest.below(lead),
            independent=self.independent.below(lead),
            excused=frozenset(lead + path for path in self.excused),
        )

    def joined(self, other: "Reference") -> "Reference":
        """Of both parts of the evidence; their entries have different paths."""
        return Reference(
            files=(*self.files, *other.files),
            origins=(*self.origins, *other.origins),
            manifest=self.manifest.merged(other.manifest),
            independent=self.independent.merged(other.independent),
            container=(*self.container, *other.container),
            excused=self.excused | other.excused,
            given=(*self.given, *other.given),
            not_applied=(*self.not_applied, *other.not_applied),
        )

    @property
    def records(self) -> tuple[Mapping[str, object], ...]:
        """The manifests for the log, with what FTK's report says of the case."""
        return tuple(
            {**_record(file), "origin": origin, "not_applied": number}
            for file, origin, number in zip(self.files, self.origins, self.not_applied, strict=True)
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """What an examiner should know of the manifests, besides the outcome."""
        said = [
            f"{number:,} rows of {file.path} are of other files and were not compared"
            for file, number in zip(self.files, self.not_applied, strict=True)
            if number
        ]
        said += [
            f"{file.path} lies inside the evidence: it shows damage, not what whoever made the "
            "evidence changed"
            for file, origin in zip(self.files, self.origins, strict=True)
            if not origin.is_independent
        ]
        said += [
            f"{file.path}: {key.partition('_')[0]} {value!r}, says FTK Imager's own verification"
            for file in self.files
            if file.report
            for key, value in file.report.facts.items()
            if key.endswith("_verification") and value.lower() != "verified"
        ]
        sizes = {len(file.manifest) for file in self.files if file.manifest.columns}
        if self.manifest.columns and len(sizes) > 1:
            said.append("the lists do not name the same entries; an entry of any list counts")
        return tuple(said)

    @property
    def named(self) -> tuple[str, ...]:
        """Each reference and where it came from, in words."""
        digests = tuple(f"{digest} ({Origin.GIVEN})" for digest in self.given)
        files = zip(self.files, self.origins, strict=True)
        return (*digests, *(f"{file.path} ({origin})" for file, origin in files))

    @property
    def is_independent(self) -> bool:
        """Whether any of it came from outside the evidence."""
        return bool(self.container or self.independent.columns)


def _record(file: ManifestFile) -> Mapping[str, object]:
    record: dict[str, object] = {
        "path": visible(os.fsencode(file.path.absolute())),
        "format": file.format,
        "sha256": file.sha256,
        "entries": len(file.manifest),
        "algorithms": list(file.manifest.algorithms),
    }
    if file.report:
        record["algorithms"] = [digest.algorithm for digest in file.report.digests]
        record["acquisition"] = dict(file.report.facts)
        record["segments"] = list(file.report.segments)
    return record
