"""A page laid out for reading: its lines with what they are made of, seen ones and hidden ones."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from html import unescape

from fanzha.recognise.page.foreign import Traits, traits
from fanzha.recognise.page.frame import headline, in_zone, kind_of
from fanzha.recognise.page.lines import Line, page_lines, plain_lines
from fanzha.recognise.page.markup import Element, Markup, looks_like_html
from fanzha.recognise.page.style import WEAK

MOSTLY_HIDDEN = 0.7  # a page whose script shows everything later hides nothing


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters `start:end` of a line that don't belong to the author, and why not.

    `cls` is set where the trait alone decides the class; else the whole page decides.
    """

    line: Line
    start: int
    end: int
    why: str
    cls: str = ""

    @property
    def whole(self) -> bool:
        """Whether it takes the whole line."""
        return self.start == 0 and self.end == len(self.line.text)


def _start(mark: Mark) -> int:
    return mark.start


@dataclass(slots=True)
class Sheet:
    """The lines of one document and what each of them is."""

    document: str
    markup: Markup | None
    seen: list[Line]
    hidden: list[Line]
    traits: list[Traits]  # of the seen lines
    kinds: list[str]  # furniture, of the seen lines
    framed: list[bool]  # whether in a menu, footer, …; of the seen lines
    title: str = ""  # of the head of an HTML page
    marks: dict[int, list[Mark]] = field(default_factory=dict)  # by the identity of the line

    def mark(self, mark: Mark) -> None:
        """Set characters apart; what is already taken stays as it is."""
        if not self.overlaps(mark.line, mark.start, mark.end):
            insort(self.marks.setdefault(id(mark.line), []), mark, key=_start)

    def overlaps(self, line: Line, start: int, end: int) -> bool:
        """Whether any of these characters has been set apart."""
        marks = self.marks.get(id(line), [])
        at = bisect_left(marks, start, key=_start)
        before = at > 0 and marks[at - 1].end > start
        return before or (at < len(marks) and marks[at].start < end)

    def taken(self, line: Line) -> bool:
        """Whether the whole line has been set apart."""
        marks = self.marks.get(id(line), [])
        return len(marks) > 0 and marks[0].whole

    def words(self, line: Line) -> str:
        """What is left of a line without what has been set apart."""
        marks = self.marks.get(id(line))
        if not marks:
            return line.text
        parts, at = [], 0
        for mark in marks:
            parts.append(line.text[at : mark.start])
            at = mark.end
        return "".join([*parts, line.text[at:]])

    def renamed(self) -> None:
        """Find out anew what kind the lines are from which something has been set apart."""
        for n, line in enumerate(self.seen):
            if id(line) in self.marks and not self.taken(line):
                self.kinds[n] = kind_of(self.words(line))

    def headline(self) -> int:
        """Which of the seen lines is the headline, -1 for none; a line set apart is none."""
        kinds = [
            kind or ("taken" if self.taken(line) else "menu" if framed else "")
            for line, kind, framed in zip(self.seen, self.kinds, self.framed, strict=True)
        ]
        return headline(self.seen, kinds)


def laid_out(document: str) -> Sheet:
    """The document as lines: of its markup where it is a page, else of the text."""
    markup = Markup(document) if looks_like_html(document) else None
    lines = page_lines(markup) if markup else plain_lines(document)
    hidden = [line for line in lines if line.hidden and line.hidden not in WEAK]
    if sum(len(h.text) for h in hidden) > MOSTLY_HIDDEN * sum(len(x.text) for x in lines):
        hidden = []
    apart = {id(line) for line in hidden}
    seen = [line for line in lines if id(line) not in apart]
    zones: dict[int, bool] = {}
    return Sheet(
        document,
        markup,
        seen,
        hidden,
        [traits(line.text[:2000]) for line in seen],
        [kind_of(line.text) for line in seen],
        [in_zone(_first(line), zones) for line in seen],
        _title(markup),
    )


def _first(line: Line) -> Element | None:
    return line.elements[0] if line.elements else None


def _title(markup: Markup | None) -> str:
    for element in markup.elements if markup else ():
        if element.tag == "title" and markup:
            inner = markup.document[element.inner : element.end].rpartition("</")[0]
            return " ".join(unescape(inner).split())
    return ""
