"""Lists of digests that are not computed here: refused, because every file would seem changed."""

from pathlib import Path

from forensic_cli.errors import ManifestError

_BY_SUFFIX = {
    "BLAKE3": (".b3", ".b3sum", ".blake3"),
    "BLAKE2s": (".b2s", ".blake2s"),
    "SHA-3": (".sha3", ".sha3-224", ".sha3-256", ".sha3-384", ".sha3-512", ".sha3sum"),
    "CRC-32": (".sfv", ".crc", ".crc32", ".csv32"),
    "xxHash": (".xxh", ".xxh32", ".xxh64", ".xxh3", ".xxh128", ".xxhsum", ".xxhash"),
    "Tiger": (".tiger", ".tth"),
    "Whirlpool": (".whirlpool", ".wpl", ".wrpl"),
    "RIPEMD": (".rmd160", ".ripemd160", ".rmd"),
    "MD4": (".md4", ".ed2k"),
    "SM3": (".sm3",),
    "Adler-32": (".adler32",),
    "KangarooTwelve": (".k12",),
}
_NAMES = {suffix: name for name, suffixes in _BY_SUFFIX.items() for suffix in suffixes}


def refuse_uncomputed(path: Path) -> None:
    """Refuse a list whose name says such digests, whatever their length.

    Raises:
        ManifestError: It does.
    """
    for suffix in path.suffixes:
        if (name := _NAMES.get(suffix.lower())) is not None:
            msg = (
                f"its name says {name}, which is not computed here; give a list of MD5, SHA-1, "
                "SHA-2 or BLAKE2b"
            )
            raise ManifestError(msg)
