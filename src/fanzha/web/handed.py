"""What a page hands out as a file, and how it says that something was refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from fanzha.errors import FanzhaError
from fanzha.model.catalogue import explain, has, say
from fanzha.model.vocabulary import label, vocabulary
from fanzha.web.render import lang_of
from fanzha.web.rights import limited

MEDIA = {
    "txt": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xml": "application/xml",
    "zip": "application/zip",
}
PRINTS = "6/minute"  # a browser starts for each
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest instant a zip archive can name


def handed(content: bytes, name: str) -> Response:
    """A file to be kept; what it is stands in the ending of its name."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    media = MEDIA[name.rpartition(".")[2]]
    return Response(content, media_type=media, headers={"content-disposition": disposition})


def printed(request: Request, page: str) -> bytes:
    """The page as PDF, not too often from one address."""
    from fanzha.services.print_pdf import print_pdf

    limited(request, "pdf", PRINTS)
    return print_pdf(page)


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive that is the same for the same files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def refusal(request: Request, topic: str, error: FanzhaError) -> str:
    """What was refused and what to do now, in the words of a page where it has its own.

    A page says `error_<code>` where the general sentence speaks of commands.
    """
    lang = lang_of(request)
    values = {name: _named(value, request) for name, value in error.values.items()}
    key = f"{topic}.error_{error.code}"
    return say(key, lang, **values) if has(key) else explain(error, lang)


def _named(value: object, request: Request) -> object:
    """States of a hold by their names."""
    states = vocabulary("hold_state")
    if not isinstance(value, str) or not value:
        return value
    parts = value.split(", ")
    if any(part not in states for part in parts):
        return value
    lang = lang_of(request)
    return (", " if lang == "en" else "、").join(label("hold_state", part, lang) for part in parts)
