"""A scanner with a clock of its own: key events that carry their time, so a busy machine cannot blur a burst."""

import time
from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

SHIFTED_DIGITS = ")!@#$%^&*("
PUNCTUATION = {"-": ("Minus", ""), "_": ("Minus", "s"), ".": ("Period", ""), "/": ("Slash", ""), "?": ("Slash", "s")}
MODIFIERS = {"ctrl": 2, "shift": 8}
VIRTUAL = {"Enter": 13, "Tab": 9, "Escape": 27, "Backspace": 8}

# What the same physical keys write on other boards.
THAI = dict(zip("1234567890-", "ๅ/-ภถุึคตจข", strict=True)) | dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 'ฤฺฉฏฎโฌ็ณ๋ษศ?์ฯญ๐ฑฆธ๊ฮ")ํ(', strict=True)
)
JAPANESE = {character: chr(ord(character) + 0xFEE0) for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"}
SWEDISH = {"-": "+", "/": "-", "?": "_", "_": "?"}


@dataclass(frozen=True)
class Key:
    """A physical key: ``code`` is its place, ``key`` what the layout makes of it, ``modifiers`` as CDP counts them."""

    key: str
    code: str
    modifiers: int = 0
    text: str = ""


def key_for(character: str, layout: dict[str, str] | None = None) -> Key:
    """The key a US-keyboard scanner presses for a character, as the host's layout reports it."""
    shown = (layout or {}).get(character, character)
    if character.isdigit():
        return Key(shown, f"Digit{character}", text=shown)
    if character.isalpha() and character.isascii():
        shift = MODIFIERS["shift"] if character.isupper() else 0
        return Key(shown, f"Key{character.upper()}", shift, text=shown)
    code, shift_mark = PUNCTUATION[character]
    return Key(shown, code, MODIFIERS["shift"] if shift_mark else 0, text=shown)


# Events are made before any is dispatched: their times are those of their making.
DISPATCH = """events => events
    .map(event => new KeyboardEvent("keydown", {...event, bubbles: true, cancelable: true, composed: true}))
    .forEach(event => document.activeElement.dispatchEvent(event))"""
APPEAR = """([characters, suffix]) => {
    const field = document.activeElement;
    const key = name => new KeyboardEvent(
        "keydown", {key: name, code: "", bubbles: true, cancelable: true, composed: true});
    const made = characters.map(data => {
        const about = {inputType: "insertText", data, bubbles: true, composed: true};
        const before = new InputEvent("beforeinput", {...about, cancelable: true});
        return [data, key("Unidentified"), before, new InputEvent("input", about)];
    });
    const end = suffix && key(suffix);
    for (const [data, down, before, after] of made) {
        field.dispatchEvent(down);
        field.dispatchEvent(before);
        field.setRangeText(data, field.selectionStart, field.selectionEnd, "end");
        field.dispatchEvent(after);
    }
    if (end) field.dispatchEvent(end);
}"""


class Scanner:
    """Types into a page over the browser's own protocol: trusted events, with the times they would have."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.clock = time.time()

    def press(self, key: Key, gap_ms: float) -> None:
        """One key, ``gap_ms`` after the one before."""
        for method, event in self.events(key, gap_ms):
            self.session.send(method, event)

    def events(self, key: Key, gap_ms: float) -> list[tuple[str, dict[str, object]]]:
        """The protocol's two messages for one key."""
        self.clock += gap_ms / 1000
        event: dict[str, object] = {
            "key": key.key,
            "code": key.code,
            "modifiers": key.modifiers,
            "windowsVirtualKeyCode": VIRTUAL.get(key.key, 0),
            "timestamp": self.clock,
        }
        down = {"type": "keyDown" if key.text else "rawKeyDown", "text": key.text, **event}
        return [("Input.dispatchKeyEvent", down), ("Input.dispatchKeyEvent", {"type": "keyUp", **event})]

    def burst(
        self, code: str, *, layout: dict[str, str] | None = None, suffix: str = "Enter", gap_ms: float = 8
    ) -> None:
        """A whole scan, as the trigger makes it."""
        self.keys([key_for(character, layout) for character in code], suffix=suffix, gap_ms=gap_ms)

    def keys(self, keys: list[Key], *, suffix: str = "Enter", gap_ms: float = 8) -> None:
        """Any keys at scanner speed."""
        self.clock = max(self.clock + 0.2, time.time())
        for key in keys:
            self.press(key, gap_ms)
        if suffix:
            self.press(Key(suffix, suffix, text="\r" if suffix == "Enter" else ""), gap_ms)

    def at_once(self, code: str, *, layout: dict[str, str] | None = None) -> None:
        """A whole scan in one turn of the page, so that no silence can fall into it however busy the machine is."""
        keys = [key_for(character, layout) for character in code] + [Key("Enter", "Enter")]
        events = [{"key": key.key, "code": key.code, "shiftKey": key.modifiers == MODIFIERS["shift"]} for key in keys]
        self.page.evaluate(DISPATCH, events)

    def hidden(self, code: str, *, suffix: str = "Enter") -> None:
        """A soft-keyboard wedge: keys say ``Unidentified``, only text appears in the focused field."""
        self.page.evaluate(APPEAR, [list(code), suffix])

    def type_by_hand(self, text: str, *, gap_ms: float = 120) -> None:
        """A person's typing: the times lie ``gap_ms`` apart."""
        self.clock = max(self.clock + 0.5, time.time())
        for character in text:
            self.press(key_for(character), gap_ms)
