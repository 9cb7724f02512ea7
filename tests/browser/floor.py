"""What journeys over the floor share: sign in, scan at a screen, count what a hand did, catch what is printed."""

from dataclasses import dataclass, field

from playwright.sync_api import Page, Request, expect

from tests.browser.scanner import Scanner

PASSWORD = "a long and quiet password"

# Printing a PDF ends a headless browser; the journey looks at the document itself instead.
WATCH = """
window.print = () => {};
if (window === top) {
    const count = () => sessionStorage.setItem("clicks", 1 + Number(sessionStorage.getItem("clicks") ?? 0));
    window.addEventListener("pointerdown", count, true);
    document.addEventListener("print-document", event => {
        const printed = JSON.parse(sessionStorage.getItem("printed") ?? "[]");
        sessionStorage.setItem("printed", JSON.stringify([...printed, event.detail]));
    });
}
"""


@dataclass
class Station:
    """One person's screen. ``scans`` counts the codes scanned, ``posts`` what the page sent of them."""

    page: Page
    scans: int = 0
    posts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(WATCH)
        self.page.on("request", self._note)

    def sign_in(self, username: str) -> None:
        """Through the form, as a person does."""
        self.page.context.clear_cookies()
        self.page.goto("/login")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def open(self, path: str) -> None:
        """A floor screen, its queue empty; from here on hands are counted."""
        self.page.goto(path)
        expect(self.page.locator("html")).to_have_attribute("data-queue", "0")
        self.page.evaluate("sessionStorage.clear()")
        self.scanner = Scanner(self.page)
        self.scans, self.posts = 0, []

    def scan(self, code: str) -> None:
        """One pull of the trigger; the server has answered when this returns."""
        self.scanner.at_once(code)
        self.scans += 1
        expect(self.page.locator("html")).to_have_attribute("data-queue", "0")

    def says(self, text: str) -> None:
        """The strip at the bottom holds that sentence."""
        expect(self.page.locator("#verdict")).to_contain_text(text)

    @property
    def clicks(self) -> int:
        return int(self.page.evaluate("Number(sessionStorage.getItem('clicks') ?? 0)"))

    @property
    def printed(self) -> list[str]:
        """The paths of the documents sent to the printer."""
        found: list[str] = self.page.evaluate("JSON.parse(sessionStorage.getItem('printed') ?? '[]')")
        return found

    def _note(self, request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/scan"):
            self.posts.append(request.url)
