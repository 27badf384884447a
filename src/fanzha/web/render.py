"""Pages: one template environment, three languages, two themes, and the way around."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fanzha import __version__
from fanzha.model.catalogue import LANGS, Lang, has, say
from fanzha.model.vocabulary import label
from fanzha.people import role_label
from fanzha.present import words
from fanzha.web.rights import FIELD, Member, member_of, now

THEMES = ("auto", "light", "dark")
LANG_COOKIE, THEME_COOKIE = "lang", "theme"
_CHINESE = {"zh-hant": "zh-Hant", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nav:
    """A page's place in the bar at the top: `order` from left, `key` as in `g q`.

    The label is the catalogue's `web.nav_<name>`; who lacks the permission does not see it.
    """

    name: str
    path: str
    permission: str
    order: int
    key: str = ""


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page. Templates also know what `_surroundings` lists.

    `t("topic.key", **values)` speaks the visitor's language; money and clocks come from
    `macros.html`.
    """
    page = _environment().get_template(template)
    return HTMLResponse(page.render(**_surroundings(request), **values), status_code=status)


def compile_pages() -> None:
    """Read every template now: fifty who come at once would each wait for it."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


def back(path: str, said: str = "", **query: str) -> RedirectResponse:
    """Go on to another page after a form, where `said` (a key of the catalogue) is shown."""
    if said:
        query["said"] = said
    address = f"{path}?{urlencode(query)}" if query else path
    return RedirectResponse(address, status_code=303)


def lang_of(request: Request) -> Lang:
    """The visitor's language: as chosen, else what the browser asks for, else the settings."""
    chosen = request.cookies.get(LANG_COOKIE, "")
    if chosen in LANGS:
        return chosen
    for wanted in request.headers.get("accept-language", "").lower().split(","):
        code = wanted.partition(";")[0].strip()
        if code.startswith("en"):
            return "en"
        if code.startswith("zh"):
            hant = next((h for c, h in _CHINESE.items() if code.startswith(c)), "zh-Hans")
            return cast(Lang, hant)
    default: Lang = request.app.state.lang
    return default


def safe_path(path: str, default: str = "/") -> str:
    """A path of this very site to go on to; anything else becomes the default.

    >>> safe_path("/case/A?x=1"), safe_path("//evil.example"), safe_path("/\\\\evil.example")
    ('/case/A?x=1', '/', '/')
    """
    parts = urlsplit(path)
    odd = any(c in path for c in "\\\r\n\t") or not path.startswith("/") or path.startswith("//")
    return default if odd or parts.scheme or parts.netloc else path


def _surroundings(request: Request) -> dict[str, Any]:
    lang, member, centre = lang_of(request), member_of(request), request.app.state.centre
    theme = request.cookies.get(THEME_COOKIE, "auto")
    tz = centre.tz if centre else ZoneInfo("Asia/Shanghai")
    full = member if member and (not member.session or member.session.stage == "full") else None
    said = request.query_params.get("said", "")
    return {
        "request": request,
        "lang": lang,
        "theme": theme if theme in THEMES else "auto",
        "me": full,
        "may": lambda permission: bool(full and full.may(permission)),
        "nav": list(_nav(request, full)),
        "centre_name": centre.name if centre else "Fanzha",
        "now": now(request),
        "tz": tz,
        "path": request.url.path,
        "again": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "said": said if said.startswith("web_") and has(said) else "",
        "csrf": _csrf(member),
        "t": lambda key, **values: say(key, lang, **values),
        "named": lambda vocabulary, code: label(vocabulary, code, lang),
        "role_name": lambda code: role_label(code, lang),
        "when": lambda at: _when(at, tz),
        "spell": lambda seconds: words.spell(timedelta(seconds=seconds), lang),
    }


def _csrf(member: Member | None) -> Markup:
    """The hidden field that every form of a signed-in page carries."""
    if member is None or member.session is None:
        return Markup("")
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format(FIELD, member.session.csrf)


def _nav(request: Request, member: Member | None) -> Iterator[Nav]:
    entries: list[Nav] = request.app.state.nav
    return (entry for entry in entries if member and member.may(entry.permission))


def _when(at: datetime, tz: ZoneInfo) -> str:
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M}"


def clock_text(seconds: float) -> str:
    """Time left or gone as a clock shows it; the script that ticks writes the same.

    >>> clock_text(59), clock_text(3725), clock_text(90000)
    ('0:59', '1:02:05', '25:00:00')
    """
    total = max(0, int(seconds))
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@cache
def static(name: str) -> str:
    """The address of a file under static/, with a mark of its content so that it may be cached."""
    content = (files(__package__) / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fanzha.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        static=static,
        money=words.money,
        plain=words.show,
        clock_text=clock_text,
        langs=LANGS,
        themes=THEMES,
        version=__version__,
    )
    environment.filters.update(visible=words.visible, masked=words.masked)
    return environment
