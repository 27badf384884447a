"""A page as PDF, printed by the Chromium of this machine: no library of our own is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from fanzha.errors import UsageError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 60
QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
)


def print_pdf(page: str) -> bytes:
    """The page as PDF, by the first Chromium found; `UsageError` says what to do where none is.

    The page is read from a file of its own and the browser has a profile of its own: both are
    gone afterwards, and nothing is fetched from anywhere.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise UsageError("pdf_no_browser", known=", ".join(BROWSERS))
    with tempfile.TemporaryDirectory(prefix="fanzha-pdf-") as scratch:
        folder = Path(scratch)
        source, target = folder / "page.html", folder / "page.pdf"
        source.write_text(page, encoding="utf-8")
        as_root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        command = [
            browser,
            *QUIET,
            *as_root,
            f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as failed:
            raise UsageError("pdf_failed", browser=browser, why=str(failed)[:200]) from failed
        if done.returncode or not target.is_file():
            why = done.stderr.decode("utf-8", "replace").strip()[-200:]
            raise UsageError("pdf_failed", browser=browser, why=why)
        return target.read_bytes()
