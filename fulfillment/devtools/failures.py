"""The one way a command of this room refuses: a sentence for a person, never a traceback."""

import errno
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn


class CannotGoOn(Exception):
    """Its text is one complete sentence that says what is wrong and, where known, what to do."""


def run_as_command(body: Callable[[], int], *, details: Path | None = None) -> int:
    """Run a command's body and return its exit code; every failure becomes one sentence on stderr.

    SIGTERM and SIGHUP leave through the same doors as Ctrl-C, so that nothing is left running.
    An error nobody foresaw also gets one sentence; its traceback goes to the file `details`, or is
    left out when there is none.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        return body()
    except CannotGoOn as refusal:
        sentence = str(refusal)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            where = f" (writing {error.filename})" if error.filename else ""
            sentence = f"The disk is full{where}: free some space and start again."
        else:
            sentence = f"The operating system refused: {error}.{_keep(details)}"
    except Exception as error:
        sentence = f"Stopped by an unexpected error, {type(error).__name__}: {error}.{_keep(details)}"
    print(" ".join(sentence.split()), file=sys.stderr, flush=True)
    return 1


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def _keep(details: Path | None) -> str:
    if details is None:
        return ""
    try:
        with details.open("a") as file:
            traceback.print_exc(file=file)
    except OSError:
        return ""
    return f" Details: {details}"
