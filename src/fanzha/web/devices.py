"""The browser of a session in words that a person recognises: what it calls itself is a riddle."""

from __future__ import annotations

import re

_BROWSERS = (  # the first that fits; most pretend to be those further down
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("WeChat", r"MicroMessenger/(\d+)"),
    ("QQ", r"M?QQBrowser/(\d+)"),
    ("UC", r"UCBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+).*Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("HarmonyOS", r"OpenHarmony|HarmonyOS"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


def device_name(said: str) -> str:
    """Browser and system, as far as they can be told; anything else as it was said.

    It is what the browser says of itself, so it proves nothing.

    >>> device_name("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36")
    'Chrome 120 · Linux'
    >>> device_name("curl/8.5.0")
    'curl/8.5.0'
    """
    found = []
    for name, pattern in _BROWSERS:
        if match := re.search(pattern, said):
            found.append(f"{name} {match[1]}")
            break
    found += [name for name, pattern in _SYSTEMS if re.search(pattern, said)][:1]
    return " · ".join(found) or said
