"""A page as the lines that a reader sees, each character with its place in the document."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from html import unescape

from fanzha.recognise.page.markup import BLOCKS, Element, Markup
from fanzha.recognise.page.style import WEAK, mark_hidden

EDGE = " \t\r\n\f\v\u00a0\u3000\ufeff\u200b"
_RUN = re.compile(r"[ \t\r\n\f]+|&(?:#[xX]?[0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});?")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_OUTSIDE_LINES = re.compile(r"[^\r\n]+")


@dataclass(slots=True, eq=False)
class Line:
    """One line of a page; its character `i` stands at `where[i]:upto[i]` in the document."""

    text: str
    where: array[int]
    upto: array[int]
    elements: list[Element] = field(default_factory=list)  # whose text it is; none in a plain text
    hidden: str = ""
    hidden_by: Element | None = None
    link_chars: int = 0

    @property
    def start(self) -> int:
        """Where its first character stands in the document."""
        return self.where[0]

    @property
    def end(self) -> int:
        """Behind its last character in the document."""
        return self.upto[-1]

    @property
    def linked(self) -> float:
        """The share of its characters that belong to links."""
        return self.link_chars / len(self.text)

    @property
    def home(self) -> Element | None:
        """The innermost element in which all of it stands."""
        if not self.elements:
            return None
        home: Element | None = self.elements[0]
        while home and not all(e.within(home) for e in self.elements[1:]):
            home = home.parent
        return home

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters `start:end` of the line as characters of the document."""
        return self.where[start], self.upto[end - 1]


def plain_lines(document: str) -> list[Line]:
    """The lines of a plain text, without those that are empty."""
    lines = []
    for found in _OUTSIDE_LINES.finditer(document):
        body = found[0].strip(EDGE)
        if body:
            start = found.start() + len(found[0]) - len(found[0].lstrip(EDGE))
            end = start + len(body)
            lines.append(
                Line(body, array("I", range(start, end)), array("I", range(start + 1, end + 1)))
            )
    return lines


def page_lines(markup: Markup) -> list[Line]:
    """The lines of an HTML page in reading order; hidden ones stand apart and say how."""
    mark_hidden(markup)
    maker = _Maker(markup.document)
    for element, start, end in markup.pieces:
        if element is None:
            maker.edge()
        elif not element.unseen:
            maker.add(element, start, end)
    maker.edge()
    maker.hide(None)
    return sorted(maker.lines, key=lambda line: line.start)


class _Maker:
    """Gathers pieces of text into lines. Hidden text has a line of its own, so that a paragraph
    into which somebody hid words comes out whole.
    """

    def __init__(self, document: str) -> None:
        self.document = document
        self.lines: list[Line] = []
        self._seen = _Gathered()
        self._hidden = _Gathered()
        self._hidden_by: Element | None = None

    def add(self, element: Element, start: int, end: int) -> None:
        """One more piece of text."""
        apart = element.hidden_by if _counts(element.hidden_by) else None
        if apart is not self._hidden_by:
            self.hide(apart)
        gathered = self._hidden if apart else self._seen
        gathered.add(self.document, element, start, end)

    def hide(self, apart: Element | None) -> None:
        """From here on text stands in this hiding element, or in none."""
        self._flush(self._hidden)
        self._hidden_by = apart

    def edge(self) -> None:
        """The edge of a block: the line ends here; inside a hiding element only the hidden one."""
        self._flush(self._hidden)
        if self._hidden_by is None:
            self._flush(self._seen)

    def _flush(self, gathered: _Gathered) -> None:
        line = gathered.line()
        if line:
            if gathered is self._hidden and self._hidden_by:
                line.hidden, line.hidden_by = self._hidden_by.hidden, self._hidden_by
            self.lines.append(line)
        gathered.clear()


def _counts(hiding: Element | None) -> bool:
    """Whether to keep the words of a hiding element apart. An icon for the eye alone is no trick,
    and a coloured word in a sentence belongs to the sentence unless it is a link.
    """
    if hiding is None or hiding.hidden not in WEAK or hiding.tag in BLOCKS:
        return hiding is not None
    return hiding.hidden == "same_colour" and (hiding.tag == "a" or bool(hiding.children))


class _Gathered:
    """The characters of one line so far."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin a new line."""
        self.parts: list[str] = []
        self.where = array("I")
        self.upto = array("I")
        self.elements: list[Element] = []
        self.link_chars = 0
        self._gap: tuple[int, int, bool] | None = None

    def add(self, document: str, element: Element, start: int, end: int) -> None:
        """The characters `start:end`, white space drawn together and references resolved."""
        before = len(self.where)
        for run in _RUN.finditer(document, start, end):
            self._plain(document, start, run.start())
            start = run.end()
            if run[0][0] == "&":
                for char in unescape(run[0]):
                    self._put(char, run.start(), run.end())
            elif self.where and not self._gap:
                self._gap = (run.start(), run.end(), "\n" in run[0])
        self._plain(document, start, end)
        if len(self.where) > before:
            self.elements.append(element)
            self.link_chars += (len(self.where) - before) if element.link else 0

    def _plain(self, document: str, start: int, end: int) -> None:
        if start < end:
            self._close_gap(document[start])
            self.parts.append(document[start:end])
            self.where.extend(range(start, end))
            self.upto.extend(range(start + 1, end + 1))

    def _put(self, char: str, start: int, end: int) -> None:
        self._close_gap(char)
        self.parts.append(char)
        self.where.append(start)
        self.upto.append(end)

    def _close_gap(self, following: str) -> None:
        """White space is one space; a line break between two Chinese characters is none."""
        if not self._gap:
            return
        start, end, broken = self._gap
        self._gap = None
        if broken and _WIDE.match(following) and _WIDE.match(self.parts[-1][-1]):
            return
        self.parts.append(" ")
        self.where.append(start)
        self.upto.append(end)

    def line(self) -> Line | None:
        """The line, its edges trimmed, or nothing if nothing is left."""
        text = "".join(self.parts)
        body = text.strip(EDGE)
        if not body:
            return None
        left = len(text) - len(text.lstrip(EDGE))
        right = left + len(body)
        return Line(
            body,
            self.where[left:right],
            self.upto[left:right],
            self.elements,
            link_chars=min(self.link_chars, len(body)),
        )
