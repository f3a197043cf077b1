"""Drive a real browser by playwright, inside the sandbox: JSON on stdin, JSON on stdout.

The sandbox is what keeps the browser in: it has no network but the gate. So Chromium's own sandbox, which
needs namespaces that are closed here, is off.
"""

import base64
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    Dialog,
    Download,
    Error,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-domain-reliability", "--no-pings", "--mute-audio",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
)  # fmt: skip
TALLEST = 12_000
"""Pixels of a whole page."""
MOST_HTML = 5_000_000
MOST_EVENTS = 100


class Drive:
    """One browser, one page, and what has become of each action so far."""

    def __init__(self, question: dict[str, Any]) -> None:
        self.question = question
        self.ends = time.monotonic() + question["starts"]
        self.answer: dict[str, Any] = {
            "version": "",
            "launch_ms": 0.0,
            "steps": [],
            "events": [],
            "error": "",
        }
        self.said = threading.Lock()
        self.failed_at = ""

    def run(self) -> None:
        """All actions in order, up to the first that fails."""
        threading.Thread(target=self.watch, daemon=True).start()
        begun = time.monotonic()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=self.question["executable"],
                    args=list(FLAGS),
                    proxy={"server": os.environ["EGRESS_PROXY"], "bypass": "<-loopback>"},
                    timeout=self.left(),
                )
                self.answer["version"] = browser.version
                self.answer["launch_ms"] = round((time.monotonic() - begun) * 1000, 1)
                size: ViewportSize = {"width": self.question["width"], "height": self.question["height"]}
                self.ends = time.monotonic() + self.question["timeout"]
                context = browser.new_context(
                    viewport=size, accept_downloads=False, service_workers="block", permissions=[]
                )
                self.steps(self.prepared(context))
                self.tell()
        except Error as error:
            self.answer["error"] = first_line(error)
        self.tell()

    def prepared(self, context: BrowserContext) -> Page:
        """The page, deaf to what a page can do to who looks at it."""
        page = context.new_page()
        page.on("dialog", self.dismissed)
        page.on("download", self.refused)
        page.on("requestfailed", self.missed)
        page.on("pageerror", lambda error: self.event("error", str(error)))
        context.on("page", lambda other: self.closed(page, other))
        return page

    def steps(self, page: Page) -> None:
        """Each action, timed."""
        for action in self.question["actions"]:
            begun = time.monotonic()
            step: dict[str, Any] = {"do": action["do"]}
            self.failed_at = ""
            try:
                page.set_default_timeout(self.left())
                step |= ACTIONS[action["do"]](page, action)
                step |= {"url": step.get("url") or page.url}
            except Error as error:
                step |= {"error": first_line(error), "url": self.failed_at or page.url}
            step["ms"] = round((time.monotonic() - begun) * 1000, 1)
            self.answer["steps"].append(step)
            if step.get("error"):
                return

    def left(self) -> float:
        """Milliseconds to the end of the time; one at least, since nothing would mean for ever."""
        return float(max(1, round((self.ends - time.monotonic()) * 1000)))

    def event(self, kind: str, text: str) -> None:
        """Something that the page tried."""
        if len(self.answer["events"]) < MOST_EVENTS:
            self.answer["events"].append({"kind": kind, "text": text[:300]})

    def dismissed(self, dialog: Dialog) -> None:
        """A box that wants an answer."""
        self.event("dialog", f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def refused(self, download: Download) -> None:
        """A file that wants to be kept."""
        self.event("download", download.url)

    def closed(self, own: Page, other: Page) -> None:
        """A window that was not asked for."""
        if other is not own:
            self.event("popup", other.url)
            other.close()

    def missed(self, request: Request) -> None:
        """A request without an answer."""
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self.failed_at = request.url

    def watch(self) -> None:
        """A page may hold the browser for ever; what is known by then is told all the same."""
        while (left := self.ends + 0.5 - time.monotonic()) > 0:
            time.sleep(left)
        self.answer["error"] = f"not done after {self.question['timeout']:g} s"
        self.tell()

    def tell(self) -> None:
        """The answer, once; then nothing is waited for."""
        with self.said:
            sys.stdout.write(json.dumps(self.answer))
            sys.stdout.flush()
            os._exit(0)


def goto(page: Page, action: dict[str, Any]) -> dict[str, Any]:
    """Go to an address."""
    response = page.goto(action["url"], wait_until=action["until"])
    return {"status": response.status if response else 0, "url": response.url if response else page.url}


def wait_for(page: Page, action: dict[str, Any]) -> dict[str, Any]:
    """Wait for what a selector finds."""
    page.wait_for_selector(action["selector"], state=action["state"])
    return {}


def press(page: Page, action: dict[str, Any]) -> dict[str, Any]:
    """Press a key, on what a selector finds or on the page."""
    if action["selector"]:
        page.press(action["selector"], action["key"])
    else:
        page.keyboard.press(action["key"])
    return {}


def screenshot(page: Page, action: dict[str, Any]) -> dict[str, Any]:
    """A picture, at most so tall."""
    if action["selector"]:
        data = page.locator(action["selector"]).first.screenshot(type="png")
    elif action["full_page"]:
        size = page.viewport_size or {"width": 1280, "height": 720}
        height = page.evaluate("() => Math.max(document.documentElement.scrollHeight, window.innerHeight)")
        tall = min(TALLEST, int(height) if isinstance(height, int | float) else TALLEST)
        data = page.screenshot(
            type="png", full_page=True, clip={"x": 0, "y": 0, "width": size["width"], "height": tall}
        )
    else:
        data = page.screenshot(type="png")
    return {"png": base64.b64encode(data).decode()}


def back(page: Page, action: dict[str, Any]) -> dict[str, Any]:
    """Go back in the history."""
    del action
    page.go_back()
    return {}


def extract(page: Page, action: dict[str, Any]) -> dict[str, Any]:
    """The page as it is now."""
    del action
    return {"html": page.content()[:MOST_HTML]}


def plainly(
    call: Callable[[Page, dict[str, Any]], object],
) -> Callable[[Page, dict[str, Any]], dict[str, Any]]:
    """An action of which nothing but its end is told."""

    def act(page: Page, action: dict[str, Any]) -> dict[str, Any]:
        call(page, action)
        return {}

    return act


ACTIONS: dict[str, Callable[[Page, dict[str, Any]], dict[str, Any]]] = {
    "goto": goto,
    "click": plainly(lambda page, own: page.click(own["selector"])),
    "fill": plainly(lambda page, own: page.fill(own["selector"], own["text"])),
    "select": plainly(lambda page, own: page.select_option(own["selector"], own["value"])),
    "check": plainly(lambda page, own: page.set_checked(own["selector"], own["checked"])),
    "hover": plainly(lambda page, own: page.hover(own["selector"])),
    "scroll": plainly(lambda page, own: page.mouse.wheel(0, own["by"])),
    "back": back,
    "press": press,
    "wait_for": wait_for,
    "extract": extract,
    "screenshot": screenshot,
}


def first_line(error: Error) -> str:
    """What went wrong, without the log of how."""
    return error.message.strip().partition("\n")[0][:500]


if __name__ == "__main__":
    Drive(json.load(sys.stdin)).run()
