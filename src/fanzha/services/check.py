"""Use case: is this message, page, picture, advert or number a scam, why, and what now?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fanzha.recognise.check import check
from fanzha.recognise.verdict import Verdict

if TYPE_CHECKING:
    from fanzha.recognise.advert import Lure
    from fanzha.recognise.page import Page
    from fanzha.recognise.picture import PictureText


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The verdict on a text, and what it was read from: offsets of the verdict count in `text`.

    A page is cleaned and a picture read before anything else looks at its words.
    """

    text: str
    verdict: Verdict
    page: Page | None = None
    lure: Lure | None = None
    picture: PictureText | None = None


def check_text(text: str, *, advert: bool = False) -> Checked:
    """Check a message, chat or transcript; as an advert too where that is what it is.

    Nothing is stored. Raises `NotAllowed` for a list of persons: adverts are scored, never people.
    """
    from fanzha.recognise.advert import check_advert

    lure = check_advert(text) if advert else None
    return Checked(text=text, verdict=check(text), lure=lure)


def check_page(name: str, content: bytes) -> Checked:
    """Clean a saved page, then check the words that its author wrote."""
    from fanzha.recognise.page import clean_page

    page = clean_page(content, name=name)
    return Checked(text=page.clean_text, verdict=check(page.clean_text), page=page)


def check_picture(content: bytes) -> Checked:
    """Read a screenshot or photo, then check its words."""
    from fanzha.recognise.picture import read_picture

    picture = read_picture(content)
    return Checked(text=picture.text, verdict=check(picture.text), picture=picture)
