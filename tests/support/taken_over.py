"""Stands for a decoder that a picture has taken over: what it tries, and what came of it.

A worker imports it as ``sitecustomize``. A file that begins with ``ATTEMPT name target`` has the
decoder try that, and answer with the result; one with the word QUIET has it lie about every later
file; LATER has it refuse them.
"""

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)


def _called(number: int, *arguments: object) -> int:
    passed = (ctypes.c_long(one) if isinstance(one, int) else one for one in arguments)
    result: int = _LIBC.syscall(ctypes.c_long(number), *passed)
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result


def _overwrite(target: str) -> str:
    with open(target, "r+b") as stream:
        stream.write(b"x")
    return "written"


def _append(target: str) -> str:
    with open(target, "ab") as stream:
        stream.write(b"x")
    return "written"


def _send(target: str) -> str:
    host, _, port = target.partition(":")
    with socket.create_connection((host, int(port)), timeout=3) as connection:
        connection.sendall(b"evidence")
    return "sent"


def _poke(target: str) -> str:
    local = ctypes.create_string_buffer(8)
    place = (ctypes.c_ulong * 2)(ctypes.addressof(local), 8)
    there = (ctypes.c_ulong * 2)(int(target.partition(":")[2]), 8)
    return str(_called(311, int(target.partition(":")[0]), place, 1, there, 1, 0))


def _fork(_: str) -> str:
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)
    return "forked"


def _thread(_: str) -> str:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return "ran"


ATTEMPTS: dict[str, Callable[[str], object]] = {
    "environment": lambda name: os.environ[name],
    "environment of the keeper": lambda pid: Path(f"/proc/{pid}/environ").read_bytes()[:3],
    "read a file": lambda path: Path(path).read_bytes()[:3],
    "read a file by openat2": lambda path: _called(
        437, -100, path.encode(), (ctypes.c_uint64 * 3)(), 24
    ),
    "list a folder": os.listdir,
    "overwrite a file": _overwrite,
    "append to a file": _append,
    "make a file": lambda path: Path(path).touch(),
    "make a folder": os.mkdir,
    "remove a file": os.unlink,
    "rename a file": lambda path: os.rename(path, path + "x"),
    "shorten a file": lambda path: os.truncate(path, 0),
    "change rights": lambda path: os.chmod(path, 0o777),  # noqa: S103
    "link to a file": lambda path: os.symlink(path, path + "l"),
    "move times": os.utime,
    "make a socket": lambda _: socket.socket().close(),
    "make a local socket": lambda _: deque(map(socket.socket.close, socket.socketpair())),
    "send": _send,
    "run a program": lambda path: subprocess.run([path], check=True).returncode,
    "become a program": lambda path: os.execv(path, [path]),  # noqa: S606
    "fork": _fork,
    "end the keeper": lambda pid: os.kill(int(pid), signal.SIGKILL),
    "end the worker": lambda _: os.kill(os.getppid(), signal.SIGKILL),
    "stop the worker": lambda _: os.kill(os.getppid(), signal.SIGSTOP),
    "trace the keeper": lambda pid: _called(101, 16, int(pid), 0, 0),
    "trace the worker": lambda _: _called(101, 16, os.getppid(), 0, 0),
    "write the keeper's memory": _poke,
    "open the keeper's memory": lambda pid: os.open(f"/proc/{pid}/mem", os.O_RDWR),
    "open the worker's memory": lambda _: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
    "limit the keeper": lambda pid: resource.prlimit(int(pid), resource.RLIMIT_CPU, (1, 1)),
    "take a descriptor": lambda pid: _called(438, os.pidfd_open(int(pid)), 1, 0),
    "become root": lambda _: os.setuid(0),
    "mount": lambda path: _called(165, b"none", path.encode(), b"tmpfs", 0, 0),
    "another namespace": lambda _: _called(272, 0x10000000),
    "an unknown call": lambda _: _called(1000),
    "io_uring": lambda _: _called(425, 1, ctypes.create_string_buffer(200)),
    "much memory": lambda size: len(mmap.mmap(-1, int(size))),
    "a thread": _thread,
    "the time": lambda _: time.time() > 0,
}


def tried(name: str, target: str) -> str:
    """What came of an attempt."""
    try:
        return f"DONE {ATTEMPTS[name](target)!r}"
    except OSError as error:
        return f"refused {errno.errorcode.get(error.errno or 0, error)}"
    except KeyError:
        return "not there"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return f"failed {type(error).__name__}"


def _take_over() -> None:
    from forensic_cli.errors import ItemRefusedError
    from forensic_cli.imaging import decode as imaging
    from forensic_cli.records import Status

    real = imaging.decode
    state = {"lies": b""}

    def decode(data: bytes, **options: bool) -> object:
        if data.startswith(b"ATTEMPT"):
            _, name, target, *_ = data.decode().split("\n")
            raise ItemRefusedError(Status.CORRUPT, f"{name}: {tried(name, target)}")
        if state["lies"] == b"LATER":
            raise ItemRefusedError(Status.NOT_AN_IMAGE, "no picture")
        picture = real(data, **options)
        if state["lies"] == b"QUIET":
            picture = picture.convert("RGB")
            picture.paste((255, 0, 0), (0, 0, *picture.size))
            picture.format = "PNG"
        for word in (b"QUIET", b"LATER"):
            if word in data:
                state["lies"] = word
        return picture

    imaging.decode = decode  # type: ignore[assignment]


if "forensic_cli.decode_workers.worker" in sys.orig_argv:
    with suppress(ImportError):
        import_module("lame")  # what a test takes from the confinement
    _take_over()
