"""Takes the pictures of the documents from the running example: `make screenshots`.

`PICTURES` says which page makes which file. Each picture has a fresh window of a fixed size that
moves nothing; the example is made from a fixed seed, so that only its clocks differ between runs.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
)
WHO = "inv.sun"  # an investigator, who may do all that is shown
PASSWORD = "correct horse battery"
READY = re.compile(r"^  (\S+) .*\n +(\S+/join/\S+)$", re.M)
PATIENCE = 900  # seconds in which even a busy machine has made the example
STEP = 3  # of 255, between two shades that are kept
PAGE = HERE.parent / "tutorial" / "first-ten-minutes.md"
TOLD, ASKED = re.findall(r"^```text\n(?!fanzha)(.+)\n```$", PAGE.read_text("utf-8"), re.M)


@dataclass(frozen=True)
class Picture:
    """One picture: `#004` in its address stands for the example's fourth case."""

    name: str
    path: str
    before: Callable[[Page], None] | None = None
    size: tuple[int, int] = (1280, 800)
    lang: str = "en"
    theme: str = "light"
    signed_in: bool = True


def tell(page: Page) -> None:
    """Type a caller's words, as the tutorial gives them."""
    page.locator("#f-words").fill(TOLD)
    page.locator(".strip").wait_for()


def take_report(page: Page) -> None:
    """The same, the first question answered, by keys alone."""
    tell(page)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.insert_text("乙银行")
    page.keyboard.press("Control+Enter")
    page.locator(".order pre").wait_for()


def appeal(page: Page) -> None:
    """The holder of the first account says that all of it is frozen, and nobody told why."""
    page.locator("#f-account").fill("DEMO-020-B1")
    page.locator("#f-frozen").fill("121327.20")
    page.locator("[name=noticed][value=no]").check()
    page.keyboard.press("Control+Enter")
    page.locator(".appeal").wait_for()


def ask(page: Page) -> None:
    page.locator("#f-text").fill(ASKED)
    page.locator(".check button").click()
    page.locator(".verdict").wait_for()


PICTURES = (
    Picture("queue", "/queue"),
    Picture("intake", "/intake", tell),
    Picture("orders", "/intake", take_report),
    Picture("case", "/case/#020", theme="dark"),
    Picture("flow", "/case/#020/flow", size=(1280, 1240)),
    Picture("holds", "/case/#020/holds", size=(1440, 900)),
    Picture("appeal", "/case/#020/appeals", appeal, size=(1440, 900)),
    Picture("returns", "/case/#052/returns", lang="zh-Hans"),
    Picture("watch", "/watch?show=open"),
    Picture("check", "/check", ask, size=(390, 844), signed_in=False),
    Picture("measures", "/measures", size=(1280, 1060)),
)


def take_all(browser: Browser, address: str, links: Mapping[str, str]) -> None:
    """Every picture of the table, in its order."""
    state = sign_in(browser, links[WHO])
    paths = cases(browser, state, address)
    for picture in PICTURES:
        with window(browser, state if picture.signed_in else None, picture, address) as page:
            path = re.sub(r"/case/(#\d+)", lambda m: paths[m[1]], picture.path)
            answer = page.goto(address + path)
            if answer is None or not answer.ok:
                sys.exit(f"{path} is not shown: {answer.status if answer else 'no answer'}")
            if picture.before is not None:
                picture.before(page)
            page.evaluate("document.fonts.ready")
            keep(page.screenshot(animations="disabled", caret="hide"), picture.name)


def sign_in(browser: Browser, link: str) -> StorageState:
    """Set a password by the link and sign in with it; gives the cookies."""
    page = browser.new_page()
    page.goto(link)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-again").fill(PASSWORD)
    page.locator("#f-again").press("Enter")
    page.locator("#f-login").fill(WHO)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-password").press("Enter")
    page.wait_for_url("**/queue")
    return page.context.storage_state()


def cases(browser: Browser, state: StorageState, address: str) -> dict[str, str]:
    """The addresses of the cases by `#` and the last part of their number."""
    page = browser.new_context(storage_state=state).new_page()
    page.goto(f"{address}/case")
    found = page.locator("main a[href^='/case/']").evaluate_all("all => all.map(a => a.pathname)")
    return {f"#{path.rpartition('-')[2]}": path for path in found}


@contextlib.contextmanager
def window(
    browser: Browser, state: StorageState | None, picture: Picture, address: str
) -> Iterator[Page]:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if width < 500 else 1,
        reduced_motion="reduce",
        storage_state=state,
    )
    look = {"lang": picture.lang, "theme": picture.theme}
    context.add_cookies([{"name": n, "value": v, "url": address} for n, v in look.items()])
    yield context.new_page()
    context.close()


def keep(png: bytes, name: str) -> None:
    """In colours that nobody can tell from the page's: they are fewer, so the file is smaller."""
    image = Image.open(io.BytesIO(png)).convert("RGB").point(lambda v: round(v / STEP) * STEP)
    path = HERE / f"{name}.webp"
    image.save(path, lossless=True, quality=100, method=4)
    print(f"{path.name} {path.stat().st_size / 1000:.0f} kB", flush=True)


@contextlib.contextmanager
def example() -> Iterator[tuple[str, dict[str, str]]]:
    """`fanzha serve --demo` in a folder of its own; gives its address and each person's link."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory() as made:
        said = Path(made) / "said"
        command = [sys.executable, "-m", "fanzha.cli", "serve", "--demo", "--port", str(port)]
        env = {k: v for k, v in os.environ.items() if not k.startswith("FANZHA_")}
        with said.open("w") as out:
            server = subprocess.Popen(
                [*command, "--data", f"{made}/centre"], stdout=out, env=env | {"FANZHA_LANG": "en"}
            )
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}", dict(READY.findall(said.read_text("utf-8")))
        finally:
            server.terminate()
            server.wait()


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if server.poll() is not None:
            sys.exit("the example did not start; what it said stands above")
        time.sleep(1)
    sys.exit(f"the example was not there after {PATIENCE} s; try again on a quieter machine")


if __name__ == "__main__":
    with example() as (address, links), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        take_all(browser, address, links)
        browser.close()
