"""The manifests that are read: the closed list of their formats, by the log's names for them."""

from enum import StrEnum


class ManifestFormat(StrEnum):
    """A format; ``reading.READERS`` has how each is told and read."""

    FTK_REPORT = "ftk report"
    HASHDEEP = "hashdeep"
    FTK_HASH_LIST = "ftk hash list"
    POWERSHELL = "powershell"
    TABLE = "table"
    CERTUTIL = "certutil"
    FILE_HASH_LIST = "get-filehash list"
    FILE_HASH_TABLE = "get-filehash table"
    DFXML = "dfxml"
    BODYFILE = "bodyfile"
    BARE = "bare hash"
    NAME_FIRST = "name first"
    BAGIT = "bagit"
    MD5SUM = "md5sum"

    @property
    def in_words(self) -> str:
        """Whose lists these are, for sentences and help."""
        return _IN_WORDS[self]


_IN_WORDS = {
    ManifestFormat.MD5SUM: "md5sum, sha*sum, b2sum, openssl, md5deep",
    ManifestFormat.HASHDEEP: "hashdeep",
    ManifestFormat.BAGIT: "BagIt",
    ManifestFormat.FTK_HASH_LIST: "FTK Imager's hash list",
    ManifestFormat.FTK_REPORT: "FTK Imager's report",
    ManifestFormat.POWERSHELL: "PowerShell's Get-FileHash | Export-Csv",
    ManifestFormat.FILE_HASH_LIST: "Get-FileHash | Format-List",
    ManifestFormat.FILE_HASH_TABLE: "Get-FileHash on the screen",
    ManifestFormat.CERTUTIL: "certutil",
    ManifestFormat.TABLE: "tables by column names (Autopsy/AXIOM/X-Ways)",
    ManifestFormat.DFXML: "DFXML",
    ManifestFormat.BODYFILE: "bodyfile",
    ManifestFormat.BARE: "a bare hash",
    ManifestFormat.NAME_FIRST: "names before hashes",
}
FORMATS_IN_WORDS = ", ".join(_IN_WORDS.values())
