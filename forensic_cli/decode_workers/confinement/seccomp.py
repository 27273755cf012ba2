"""seccomp: which system calls a process may still make, as a filter in the kernel's own code.

Sources: seccomp(2); docs.kernel.org/userspace-api/seccomp_filter.html; the numbers are those of
arch/x86/entry/syscalls/syscall_64.tbl. A call that is refused fails with EPERM, so that a library
that tries one in good faith goes on; one in the form of another architecture ends the process.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable

from forensic_cli.decode_workers.confinement.linux import prctl

REFUSED = {
    "networks": (
        "socket:41 connect:42 accept:43 sendto:44 recvfrom:45 sendmsg:46 recvmsg:47 shutdown:48 "
        "bind:49 listen:50 getsockname:51 getpeername:52 socketpair:53 setsockopt:54 "
        "getsockopt:55 accept4:288 recvmmsg:299 sendmmsg:307"
    ),
    "programs and other processes": (
        "fork:57 vfork:58 execve:59 execveat:322 ptrace:101 process_vm_readv:310 "
        "process_vm_writev:311 kcmp:312 process_madvise:440 process_mrelease:448 pidfd_open:434 "
        "pidfd_send_signal:424 pidfd_getfd:438 tkill:200 rt_sigqueueinfo:129 "
        "rt_tgsigqueueinfo:297 setpgid:109 setsid:112 migrate_pages:256 move_pages:279 "
        "sched_setaffinity:203 sched_setscheduler:144 sched_setparam:142 sched_setattr:314 "
        "setpriority:141 ioprio_set:251"
    ),
    "files": (
        "creat:85 rename:82 mkdir:83 rmdir:84 link:86 unlink:87 symlink:88 chmod:90 fchmod:91 "
        "chown:92 fchown:93 lchown:94 truncate:76 mknod:133 utime:132 utimes:235 mkdirat:258 "
        "mknodat:259 fchownat:260 futimesat:261 unlinkat:263 renameat:264 linkat:265 "
        "symlinkat:266 fchmodat:268 utimensat:280 renameat2:316 fchmodat2:452 setxattr:188 "
        "lsetxattr:189 fsetxattr:190 removexattr:197 lremovexattr:198 fremovexattr:199 "
        "setxattrat:463 removexattrat:466 file_setattr:469 fallocate:285 sync:162 syncfs:306 "
        "sendfile:40 copy_file_range:326 inotify_add_watch:254 fanotify_init:300 "
        "fanotify_mark:301 name_to_handle_at:303 open_by_handle_at:304 open_tree:428 "
        "open_tree_attr:467 quotactl:179 quotactl_fd:443"
    ),
    "the system": (
        "mount:165 umount2:166 pivot_root:155 chroot:161 move_mount:429 fsopen:430 fsconfig:431 "
        "fsmount:432 fspick:433 mount_setattr:442 unshare:272 setns:308 swapon:167 swapoff:168 "
        "reboot:169 sethostname:170 setdomainname:171 iopl:172 ioperm:173 init_module:175 "
        "delete_module:176 finit_module:313 kexec_load:246 kexec_file_load:320 acct:163 "
        "settimeofday:164 adjtimex:159 clock_adjtime:305 clock_settime:227 syslog:103 vhangup:153 "
        "personality:135 modify_ldt:154 bpf:321 perf_event_open:298 userfaultfd:323 "
        "io_uring_setup:425 io_uring_enter:426 io_uring_register:427 add_key:248 "
        "request_key:249 keyctl:250 shmget:29 shmat:30 shmctl:31 semget:64 semop:65 semctl:66 "
        "semtimedop:220 msgget:68 msgsnd:69 msgrcv:70 msgctl:71 mq_open:240 mq_unlink:241 "
        "lookup_dcookie:212 uselib:134 setuid:105 setgid:106 setreuid:113 setregid:114 "
        "setgroups:116 setresuid:117 setresgid:119 capset:126 memfd_secret:447"
    ),
}
"""What a decoder has no use for, by name and number."""

_OPEN, _OPENAT, _OPENAT2, _CLONE, _CLONE3, _KILL, _TGKILL = 2, 257, 437, 56, 435, 62, 234
_PRLIMIT = 302
_LAST = 469
"""The last call that was known when this was written; later ones do not exist for a decoder."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | 0o20000000  # O_TMPFILE
_THREAD = 0x10000

_SET_SECCOMP, _FILTER = 22, 2
_ARCHITECTURE = 0xC000003E
_LOAD, _IS, _ABOVE, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_ALLOW, _ERROR, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_STEP = struct.Struct("=HBBI")

Step = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_calls() -> None:
    """From now on make no call that a decoder has no use for; the process must have no new rights.

    Raises:
        OSError: The kernel has no seccomp, or this is a machine whose calls are not known here.
    """
    if platform.machine() != "x86_64" or sys.maxsize <= 1 << 32:
        raise OSError(errno.ENOSYS, f"the calls of {platform.machine()} are not known here")
    code = b"".join(_STEP.pack(*step) for step in _program())
    program = _Program(len(code) // _STEP.size, code)
    prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program))


def refused_numbers() -> dict[str, int]:
    """The calls that are refused whatever their arguments, by name."""
    pairs = (pair.split(":") for names in REFUSED.values() for pair in names.split())
    return {name: int(number) for name, number in pairs}


def _program() -> Iterable[Step]:
    yield _LOAD, 0, 0, _ARCH
    yield _IS, 1, 0, _ARCHITECTURE
    yield _RETURN, 0, 0, _KILL_PROCESS
    yield _LOAD, 0, 0, _NUMBER
    yield _ABOVE, 0, 1, _LAST  # those of the x32 form among them
    yield _RETURN, 0, 0, _ERROR | errno.ENOSYS
    for number in refused_numbers().values():
        yield from _if_call(number, [(_RETURN, 0, 0, _ERROR | errno.EPERM)])
    for number in (_OPENAT2, _CLONE3):  # their arguments cannot be seen; there are older ones
        yield from _if_call(number, [(_RETURN, 0, 0, _ERROR | errno.ENOSYS)])
    yield from _if_call(_OPEN, _only(1, (_ANY_BIT, 1, 0, _WRITING)))
    yield from _if_call(_OPENAT, _only(2, (_ANY_BIT, 1, 0, _WRITING)))
    yield from _if_call(_CLONE, _only(0, (_ANY_BIT, 0, 1, _THREAD)))
    yield from _if_call(_PRLIMIT, _only(0, (_IS, 0, 1, 0)))  # of oneself
    for number in (_KILL, _TGKILL):  # an abort is a signal to oneself
        yield from _if_call(number, _only(0, (_IS, 0, 1, os.getpid())))
    yield _RETURN, 0, 0, _ALLOW


def _if_call(number: int, then: list[Step]) -> Iterable[Step]:
    yield _IS, 0, len(then), number
    yield from then


def _only(argument: int, test: Step) -> list[Step]:
    """Allow a call by one of its arguments; ``test`` jumps over the first return to refuse."""
    return [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
        test,
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
    ]
