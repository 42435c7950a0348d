"""The machine's own cache: where it is, whether it can be relied on, and how files get into it whole."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STORE = ".vecassist"
FALSE = ("0", "false", "no", "off", "disable", "disabled")


def cache_folder(environ: Mapping[str, str]) -> str:
    """VECASSIST_CACHE_DIR, else `vecassist` in the user's cache; "" where there is no home for it."""
    named = environ.get("VECASSIST_CACHE_DIR", "")
    if named:
        return os.path.abspath(named)
    base = environ.get("XDG_CACHE_HOME", "")
    if base.startswith("/"):
        return f"{base}/vecassist"
    home = environ.get("HOME", "")
    return f"{home}/.cache/vecassist" if home.startswith("/") else ""


def is_own(folder: str) -> bool:
    """Whether the folder belongs to this user and nobody else can write in it; makes it where it is missing.

    What a stranger could have put there is no evidence of a proof.
    """
    if not folder:
        return False
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        seen = os.stat(folder)
    except OSError:
        return False
    return seen.st_uid == os.geteuid() and not seen.st_mode & 0o022 and os.access(folder, os.R_OK | os.W_OK)


def digest(data: bytes) -> str:
    """A strong digest as hexadecimal digits."""
    try:
        # hashlib would load OpenSSL for this.
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b(data, digest_size=20).hexdigest()


def read_bytes(path: str) -> bytes | None:
    """The contents of a file, None where it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        parts: list[bytes] = []
        while part := os.read(descriptor, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def write_whole(path: str, data: bytes) -> bool:
    """Put a file in its place by a rename, with its folder; whether that worked."""
    temporary = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)
        os.rename(temporary, path)
    except OSError:
        try:
            os.unlink(temporary)
        except OSError:
            return False
        return False
    return True


def is_set(environ: Mapping[str, str], name: str) -> bool:
    """Whether VECASSIST_NAME is set; VECASSIST_NONAME takes it back."""
    return bool(environ.get(f"VECASSIST_{name}")) and not environ.get(f"VECASSIST_NO{name}")


def store_above(source: str) -> str:
    """The closest folder above a file with a store in it, within its repository; "" where there is none."""
    folder = os.path.dirname(source)
    while True:
        if os.path.isdir(f"{folder}/{STORE}"):
            return folder or "/"
        if os.path.exists(f"{folder}/.git") or folder in ("", "/"):
            return ""
        folder = os.path.dirname(folder)


def stamp() -> str:
    """Changes when this program does: an upgrade makes everything anew that rests on it."""
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    seen: list[str] = [home]
    for name in (
        "vecassist",
        "vecassist/cc",
        "vecassist/splice",
        "vecassist/scan",
        "verify",
        "verify/flow",
        "compiler",
    ):
        try:
            seen.append(str(os.stat(f"{home}/{name}").st_mtime_ns))
        except OSError:
            seen.append("")
    return " ".join(seen)
