"""Landlock: which files a process may still reach, told to the kernel by the process itself.

Source: docs.kernel.org/userspace-api/landlock.html and include/uapi/linux/landlock.h. What is
open already stays open. A process under a rule set of its own cannot look into, or signal, one
that is not under it.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from forensic_cli.decode_workers.confinement.linux import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights over files there are since which version; 4 brought TCP, 6 signals."""
_TCP_SINCE, _TCP = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11
_RULE = struct.Struct("=Qi")


def read_only(paths: Iterable[Path]) -> None:
    """From now on reach nothing but what lies at these paths, to read; connect to nothing by TCP.

    Raises:
        OSError: The kernel has no Landlock, or it is switched off.
    """
    version = _version()
    rights = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
    rules = _ruleset(version, (1 << rights) - 1)
    try:
        for path in paths:
            _allow(rules, path)
        syscall(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def apart() -> None:
    """From now on reach no process outside, neither its memory nor by a signal.

    Raises:
        OSError: As for ``read_only``.
    """
    rules = _ruleset(_version(), _WRITE_FILE)
    try:
        syscall(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _version() -> int:
    try:
        return syscall(_CREATE_RULESET, None, 0, _VERSION)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            raise OSError(error.errno, "the kernel has no Landlock") from error
        if error.errno == errno.EOPNOTSUPP:
            raise OSError(error.errno, "Landlock is switched off in the kernel") from error
        raise


def _ruleset(version: int, file_rights: int) -> int:
    fields = [file_rights]
    if version >= _TCP_SINCE:
        fields.append(_TCP)
    if version >= _SCOPES_SINCE:
        fields.append(_SCOPES)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    return syscall(_CREATE_RULESET, ctypes.c_char_p(attributes), len(attributes), 0)


def _allow(rules: int, path: Path) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there, or locked, need not be reached
    try:
        rights = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
        rule = _RULE.pack(rights, place)
        syscall(_ADD_RULE, rules, _PATH_BENEATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(place)
