"""The command card: acts as barcodes, for hands that hold a scanner. Type letter X, a number, a check character."""

from core.kernel.refs import scan_code

COMMANDS: dict[str, str] = {
    name: scan_code("X", number)
    for number, name in enumerate(("undo", "short", "skip", "done", "split", "reprint"), start=1)
}
ALWAYS: tuple[str, ...] = tuple(COMMANDS.values())
_NAMES = {code: name for name, code in COMMANDS.items()}


def command_of(code: str) -> str | None:
    """The act a command code stands for, None for any other code."""
    return _NAMES.get(code.upper())
