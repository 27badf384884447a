"""The templates of pages: escaped by default, strict about what they are not given."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from fanzha.present import words


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fanzha.present", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=words.tell, ts=words.tell_svg, money=words.money, named=words.named
    )
    environment.filters.update(visible=words.visible, masked=words.masked)
    return environment


def template(name: str) -> Template:
    """A template by its file name."""
    return _environment().get_template(name)


@cache
def asset(name: str) -> str:
    """The text of a style sheet or script, to be put into a page as it is."""
    loader = _environment().loader
    assert loader is not None
    text = loader.get_source(_environment(), name)[0]
    return text.strip()


def csp_hash(text: str) -> str:
    """What a Content-Security-Policy calls an inline style or script that may run.

    >>> csp_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
