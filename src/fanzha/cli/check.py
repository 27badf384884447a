"""The check command: one input to one answer, or JSON lines to JSON lines."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from fanzha.errors import FanzhaError, UsageError
from fanzha.model.catalogue import Lang, explain, say
from fanzha.model.vocabulary import vocabulary
from fanzha.services.sources import STDIN, read_source

MAX_LINE_BYTES = 4 * 1024 * 1024

Arguments = argparse.Namespace


def answer(arguments: Arguments, lang: Lang) -> tuple[dict[str, Any], list[str]]:
    """The answer for a program, and for a person."""
    if arguments.number:
        from fanzha.present.number_view import number_json, number_lines
        from fanzha.recognise.number import check_number

        verdict = check_number(
            arguments.number,
            trunk=arguments.trunk,
            subscriber=arguments.subscriber,
            home=arguments.country.upper(),
        )
        return number_json(verdict, lang), number_lines(verdict, lang)
    from fanzha.present.check_view import check_json, check_lines
    from fanzha.services import check as service

    country = _country(arguments)
    if arguments.page:
        source = read_source(arguments.page)
        checked = service.check_page(source.name, source.content)
    elif arguments.picture:
        checked = service.check_picture(read_source(arguments.picture).content)
    else:
        checked = service.check_text(_text(arguments.text), advert=arguments.advert)
    return check_json(checked, lang, country), check_lines(checked, lang, country)


def stream(arguments: Arguments, lang: Lang, lines: Iterable[bytes], out: TextIO) -> int:
    """Answer each line with one of the same `id`; gives the number of lines that were refused."""
    from fanzha.present.check_view import check_json
    from fanzha.services.check import check_text

    country = _country(arguments)
    refused = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            said = _line(line)
            checked = check_text(said["text"], advert=arguments.advert)
            body = {"id": said["id"], **check_json(checked, lang, country)}
        except (ValueError, FanzhaError) as error:
            refused += 1
            body = {"id": None, "error": _error(error, lang)}
        out.write(json.dumps(body, ensure_ascii=False) + "\n")
        out.flush()
    return refused


def _error(error: Exception, lang: Lang) -> dict[str, str]:
    if isinstance(error, FanzhaError):
        return {"code": error.code, "text": explain(error, lang)}
    return {"code": "bad_line", "text": say("check.bad_line", lang)}


def _line(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError("too long")
    try:
        said = json.loads(line)
    except RecursionError as deep:
        raise ValueError("too deep") from deep
    if not isinstance(said, dict) or not isinstance(said.get("text"), str) or "id" not in said:
        raise ValueError("not an object with id and text")
    return said


def _text(given: str | None) -> str:
    """The text itself, or what stands in the file of that name or on standard input."""
    if given is None:
        raise UsageError("check_nothing")
    if given == STDIN or (len(given) < 256 and Path(given).is_file()):
        content = read_source(given).content
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("gb18030", "replace")
    return given


def _country(arguments: Arguments) -> str:
    country: str = arguments.country.lower()
    known = vocabulary("country")
    if country not in known:
        raise UsageError("country_unknown", country=arguments.country, known=", ".join(known))
    return country
