"""Apps that a text wants installed: files, package names, store numbers, test invitations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.model.values import AppId
from fanzha.recognise.indicators.candidate import CUED, Candidate

_END = r"\.(?:apk|xapk|ipa|aab|mobileconfig)"
_FILE = re.compile(
    rf"(?:[《“\"「【](?P<quoted>[^《》“”\"「」【】\n]{{1,60}}{_END})[》”\"」】]"
    rf"|(?<![A-Za-z0-9_.-])(?P<plain>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,79}}{_END})"
    rf"|(?P<han>[\u3400-\u9fff][\u3400-\u9fffA-Za-z0-9_.-]{{0,30}}{_END}))(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_BEFORE_NAME = re.compile(
    r".*(?:下载|安装|打开|点击|点开|请|文件|收到|名为|叫做?|一个|这个|的|是|了|发来|运行)"
)
_PACKAGE = re.compile(
    r"(?<![A-Za-z0-9_.@/-])(?:com|org|net|cn|io|app|vip|top|xyz)\.(?:[a-z][A-Za-z0-9_]{1,40}\.){1,4}"
    r"[a-z][A-Za-z0-9_]{0,40}(?![A-Za-z0-9_@/-]|\.[A-Za-z0-9])"
)
_TESTFLIGHT = re.compile(
    r"testflight[^A-Za-z0-9\n]{0,8}(?:兑换码|邀请码|代码|code)\s?(?:is|为|是)?\s?[:：]?\s?"
    r"(?P<id>[A-Za-z0-9]{8})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_STORE = re.compile(
    r"(?:app\s?store|苹果商店|应用商店)[^0-9\n]{0,12}?(?P<id>(?:id)?[0-9]{9,10})(?![0-9])",
    re.IGNORECASE,
)


def find_apps(text: str) -> Iterator[Candidate]:
    """The value is a file name, a package name, `id` and digits, or `testflight:` and a code."""
    if "." in text:
        yield from _files(text)
        for match in _PACKAGE.finditer(text):
            yield Candidate(CUED, match.start(), match.end(), "app", match[0])
    for match in _TESTFLIGHT.finditer(text):
        yield Candidate(CUED, *match.span("id"), "app", f"testflight:{match['id']}")
    for match in _STORE.finditer(text):
        yield Candidate(CUED, *match.span("id"), "app", AppId.read(match["id"]).id)


def _files(text: str) -> Iterator[Candidate]:
    for match in _FILE.finditer(text):
        group = match.lastgroup or "plain"
        start, end = match.span(group)
        if group == "han" and (lead := _BEFORE_NAME.match(match[group])):
            start += lead.end()
        if name := text[start:end].strip():
            yield Candidate(CUED, start, end, "app", name)
