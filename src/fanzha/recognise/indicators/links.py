"""Addresses that stand for something else: an app in a store, an account of a messenger."""

from __future__ import annotations

import re

from fanzha.model.values import AppId, Url
from fanzha.recognise.indicators.words import words

_STORES = ("apps.apple.com", "itunes.apple.com")
_ACCOUNT = re.compile(r"(?:joinchat/|ti/p/|R/ti/p/|o/|s/)?([+~@%A-Za-z0-9_.-]{4,64})")
# The path of a personal invitation is a code: letter case matters. A name's does not.
_INVITATION = ("joinchat/", "ti/p/", "R/ti/p/", "+")


def app_of(url: Url) -> str:
    """The app that a page of a store or a test invitation is about, or "".

    >>> app_of(Url.read("https://apps.apple.com/cn/app/x/id1234567890"))
    'id1234567890'
    """
    path = _path(url)
    if url.host == "testflight.apple.com" and (code := re.match(r"join/([A-Za-z0-9]{6,12})", path)):
        return f"testflight:{code[1]}"
    if url.host in _STORES and (number := re.search(r"/id([0-9]{6,12})", path)):
        return AppId.read(number[1]).id
    if url.host == "play.google.com" and (name := re.search(r"[?&]id=([A-Za-z0-9_.]+)", path)):
        return name[1]
    return ""


def messenger_of(url: Url) -> str:
    """The account or group that a messenger's link leads to, or "".

    >>> messenger_of(Url.read("https://t.me/Invest_Vip88"))
    'telegram:invest_vip88'
    """
    app = words().messenger_hosts.get(url.host.removeprefix("www."))
    path = _path(url)
    name = _ACCOUNT.match(path)
    if not app or not name:
        return ""
    found = name[1].replace("%40", "@").lstrip("~@")
    if app == "whatsapp" and found.isdigit():
        return f"whatsapp:+{found}"
    secret = path.startswith(_INVITATION) and "~" not in name[1]
    return f"{app}:{found if secret else found.lower()}"


def _path(url: Url) -> str:
    return url.href.partition("://")[2].partition("/")[2]
