"""Somebody's phone: a browser of 390×844 in which every page that is reached is looked at closely."""

from __future__ import annotations

import io
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Response, expect

from tests.browser.system import System

SIZE = {"width": 390, "height": 844}
TARGET_MIN, TARGET_MIN_ELDER = 44, 60
WAIT_MS = 30_000  # a machine may be busy; what is there sooner is not waited for
SIGN_IN = {
    "zh-CN": ("手机号码", "获取验证码", "6 位验证码", "登录"),
    "en": ("Mobile number", "Send me a code", "6-digit code", "Sign in"),
}
expect.set_options(timeout=WAIT_MS)
_ROOT = Path(__file__).parents[2]
_RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
_PICTURES = os.environ.get("LINLI_SCREENSHOTS", "")
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


class Phone:
    """Acts as a person does: reads, taps what it says, types under a label.

    ``faults`` gathers what was wrong with any page on the way.
    """

    def __init__(
        self, browser: Browser, system: System, *, kept: Any = None, script: bool = True, lang: str = "zh-CN"
    ) -> None:
        self.system = system
        self.script = script
        self.faults: list[str] = []
        self._seen: set[str] = set()
        self.context = browser.new_context(
            viewport=SIZE,  # type: ignore[arg-type]
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale=lang,
            timezone_id="Asia/Shanghai",
            java_script_enabled=script,
            base_url=system.url,
            storage_state=kept,
            permissions=["camera"],
        )
        self.context.set_default_timeout(WAIT_MS)
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.place}: {error}"))
        self.page.on("response", self._answered)

    # --- what a person does ---

    def open(self, address: str) -> Phone:
        self.page.goto(address)
        return self.look()

    def press(self, name: str, *, exact: bool = True) -> Phone:
        """Tap the button or link of that name and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.find(name, exact=exact).click()
        return self.look()

    def find(self, name: str, *, exact: bool = True) -> Locator:
        body = self.page.locator("main, footer, body:not(:has(main))")
        return (
            body.get_by_role("button", name=name, exact=exact)
            .or_(body.get_by_role("link", name=name, exact=exact))
            .first
        )

    def write(self, label: str, text: str) -> Phone:
        self.page.get_by_label(label).first.fill(text)
        return self

    def choose(self, label: str, option: str) -> Phone:
        self.page.get_by_label(label, exact=True).select_option(label=option)
        return self

    def tick(self, *labels: str) -> Phone:
        """Boxes and tiles, by what stands beside them."""
        for label in labels:
            self.page.locator("label.check, label.tile").filter(has_text=label).first.click()
        return self

    def unfold(self, summary: str) -> Phone:
        self.page.locator("summary").filter(has_text=summary).first.click()
        return self

    def sign_in(self, phone: str, at: str = "/sign-in") -> Phone:
        """With the code from the SMS; ``at`` "" when the page for the number is already open."""
        if at:
            self.open(at)
        words = SIGN_IN[self.page.locator("html").get_attribute("lang") or ""]
        self.write(words[0], phone).press(words[1])
        return self.write(words[2], self.system.code_for(phone)).press(words[3])

    # --- what a person sees ---

    @property
    def place(self) -> str:
        """The path of the page, without ids."""
        return _ULID.sub("…", self.page.url.removeprefix(self.system.url).partition("?")[0])

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", self.page.locator("body").inner_text())

    def reads(self, *sentences: str) -> Phone:
        for sentence in sentences:
            expect(self.page.locator("body")).to_contain_text(sentence)
        return self

    def background_of(self, selector: str) -> str:
        return str(self.page.locator(selector).evaluate("el => getComputedStyle(el).backgroundColor"))

    def codes(self, selector: str = "main") -> list[str]:
        """What zbar reads in the picture of a part of the page."""
        from pyzbar.pyzbar import ZBarSymbol, decode

        return [one.data.decode() for one in decode(Image.open(self.shot(selector)), symbols=[ZBarSymbol.QRCODE])]

    def code(self, selector: str = ".qr") -> str:
        found = self.codes(selector)
        assert len(found) == 1, f"{self.place}: zbar reads {found}"
        return found[0]

    def shot(self, selector: str) -> io.BytesIO:
        return io.BytesIO(self.page.locator(selector).first.screenshot())

    def picture(self, name: str) -> Phone:
        """A screenshot for people to look at, where LINLI_SCREENSHOTS says so."""
        if _PICTURES:
            Path(_PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(_PICTURES) / f"{name}.png")
        return self

    # --- what is looked at on every page ---

    def look(self) -> Phone:
        if not self.page.url.startswith(self.system.url):
            return self
        self.page.wait_for_load_state("load")
        if not self.script:
            return self
        heading = self.page.locator("main").inner_text()[:24]
        if (self.place, heading) not in self._seen:
            self._seen.add((self.place, heading))
            self.faults += [f"{self.place} ({heading.splitlines()[0]}): {fault}" for fault in self._inspected()]
            if _PICTURES:
                folder = Path(_PICTURES) / "pages"
                folder.mkdir(parents=True, exist_ok=True)
                name = re.sub(r"[^\w一-鿿]+", "-", f"{self.place}-{heading[:12]}").strip("-")
                self.page.screenshot(path=folder / f"{name}.png", full_page=True, scale="css")
        return self

    def _inspected(self) -> list[str]:
        elder = self.page.locator("html.elder").count() > 0
        said: list[str] = self.page.evaluate(_inspection(), TARGET_MIN_ELDER if elder else TARGET_MIN)
        self.page.evaluate(f"() => {{ {_axe()} }}")
        found: list[dict[str, Any]] = self.page.evaluate(
            'runOnly => axe.run(document, { runOnly, resultTypes: ["violations"] }).then(result => result.violations)',
            _RULES,
        )
        for violation in found:
            where = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
            said.append(f"axe {violation['id']}: {violation['help']}: {where}")
        return said

    def _heard(self, message: ConsoleMessage) -> None:
        # A page that refuses (4xx) is told by the browser as an error too; _answered judges those.
        ours = self.page.url.startswith(self.system.url)
        if ours and message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"{self.place}: console: {message.text}")

    def _answered(self, response: Response) -> None:
        if not response.url.startswith(self.system.url):
            return
        is_page = response.request.is_navigation_request()
        if response.status >= (500 if is_page else 400):
            self.faults.append(f"{self.place}: {response.status} for {response.url}")


@lru_cache(maxsize=1)
def _axe() -> str:
    return (_ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@lru_cache(maxsize=1)
def _inspection() -> str:
    return (Path(__file__).parent / "inspection.js").read_text("utf-8")
