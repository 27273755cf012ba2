"""Calls to Linux that the standard library has not; each raises OSError where it is refused.

Sources: prctl(2), capabilities(7), unshare(2), syscall(2); the numbers are those of the kernel's
headers (include/uapi/linux/prctl.h, capability.h, sched.h).
"""

import ctypes
import os
import signal

_LIBC = ctypes.CDLL(None, use_errno=True)

_SET_CHILD_SUBREAPER = 36
_SET_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _SET_NO_NEW_PRIVS, _CAP_AMBIENT = 1, 4, 24, 38, 47
_AMBIENT_CLEAR_ALL = 4
_CAPABILITIES_VERSION = 0x20080522
_MOST_CAPABILITIES = 64
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000


def checked(result: int) -> int:
    """The result of a call.

    Raises:
        OSError: It is -1; with the number that the call left.
    """
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: object) -> int:
    """A system call by its number; integers and pointers."""
    passed = (ctypes.c_long(one) if isinstance(one, int) else one for one in arguments)
    return checked(_LIBC.syscall(ctypes.c_long(number), *passed))


def prctl(option: int, *arguments: object) -> int:
    """An operation on this process or thread."""
    given = [*arguments, *(0,) * (4 - len(arguments))]
    passed = (ctypes.c_ulong(one) if isinstance(one, int) else one for one in given)
    return checked(_LIBC.prctl(ctypes.c_int(option), *passed))


def die_with_parent() -> None:
    """Be killed when the parent ends."""
    prctl(_SET_PDEATHSIG, signal.SIGKILL.value)


def adopt_orphans() -> None:
    """Be told of the ending of a child's child, too, where the child ends first."""
    prctl(_SET_CHILD_SUBREAPER, 1)


def refuse_dumping() -> None:
    """Let no other process of this user read or write this one's memory; no core files either."""
    prctl(_SET_DUMPABLE, 0)


def refuse_new_privileges() -> None:
    """Let no program that is run from here gain rights."""
    prctl(_SET_NO_NEW_PRIVS, 1)


def leave_network() -> None:
    """Go into a network namespace of one's own, without an interface that is up.

    Who may not is alone in a user namespace first, where that is allowed; one thread only.
    """
    try:
        checked(_LIBC.unshare(_NEW_NET))
    except PermissionError:
        checked(_LIBC.unshare(_NEW_USER | _NEW_NET))


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    try:
        for number in range(_MOST_CAPABILITIES):
            prctl(_CAPBSET_DROP, number)
    except OSError:
        pass  # past the last one, or there is none to drop
    prctl(_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    header = _Header(_CAPABILITIES_VERSION, 0)
    checked(_LIBC.capset(ctypes.byref(header), (_Sets * 2)()))
