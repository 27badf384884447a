"""HTML as a tree in which every element knows where it stands in the document, to the character.

The usual parsers repair a page and forget where its parts stood; here the place *is* the evidence,
so the page is read once, from left to right, and repaired no more than needed to nest it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape

MAX_ELEMENTS = 200_000  # what stands behind is read as plain text; long pages have some 10,000
MAX_PIECES = 1_000_000
MAX_ATTRIBUTES = 64
MAX_DEPTH = 256  # deeper elements are read as children of this depth (Chromium cuts at 512)

_BLOCK_NAMES = (
    "address article aside blockquote body br caption center dd details dialog dir div dl "
    "dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html "
    "legend li main marquee menu nav noscript ol option p pre section select summary "
    "table tbody td tfoot th thead title tr ul"
)
BLOCKS = frozenset(_BLOCK_NAMES.split())
_VOID_NAMES = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_RAW_NAMES = "iframe noembed noframes script style textarea title xmp"
_RAW = frozenset(_RAW_NAMES.split())
_UNSEEN_NAMES = (
    "head iframe noembed noframes noscript option rp rt rtc script select style template "
    "textarea title xmp"
)
_UNSEEN = frozenset(_UNSEEN_NAMES.split())
# What an opening tag closes when the writer left the end tag out (HTML standard, section 13.1.2.4).
_CLOSES = {
    "li": ("li",),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "tr": ("tr", "td", "th"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "option": ("option",),
    "body": ("head",),
}
_CLOSE_P = BLOCKS - {"br", "option", "body", "html", "head", "noscript", "title", "select"}
_SCOPE_NAMES = "table td th ul ol div section article main body html"
_SCOPE = frozenset(_SCOPE_NAMES.split())
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_SPACE = re.compile(r"[\s/]+")
_ATTRIBUTE = re.compile(r"[^\s/>=]+")
_EQUALS = re.compile(r"\s*=\s*")
_BARE = re.compile(r"[^\s>]+")
_QUOTED = re.compile(r"=[ \t\r\n\f]*[\"']")
_NOT_SPACE = re.compile(r"[^\s\ufeff]")
_OPENS = re.compile(r"<[a-z!?]", re.I)
_CLOSES_USUAL = re.compile(r"</(?:html|body|div|p|a|span|td|li|article|h1)[ \t\r\n>]", re.I)


@dataclass(slots=True, eq=False)
class Element:
    """One element; `start:end` is from its `<` to behind its last `>`."""

    tag: str
    attrs: dict[str, str]
    start: int
    inner: int  # behind the opening tag
    end: int
    parent: Element | None
    depth: int
    children: list[Element] = field(default_factory=list)
    unseen: bool = False  # no browser ever shows its text: a script, the head, a reading aid
    link: Element | None = None  # the `a` that it is or stands in
    hidden: str = ""  # how it is hidden, itself or by an ancestor
    hidden_by: Element | None = None  # the outermost ancestor that hides it

    def within(self, other: Element) -> bool:
        """Whether it is `other` or stands inside it."""
        return other.start <= self.start and self.end <= other.end

    def ancestors(self) -> list[Element]:
        """Itself and all that it stands in, innermost first."""
        chain: list[Element] = []
        node: Element | None = self
        while node:
            chain.append(node)
            node = node.parent
        return chain


# A piece of the document in reading order: text `start:end` in an element, or (element None) the
# edge of a block.
Piece = tuple[Element | None, int, int]


def looks_like_html(document: str) -> bool:
    """Whether the document is markup: it begins with a tag or closes a usual one."""
    first = _NOT_SPACE.search(document)
    opens = first and _OPENS.match(document, first.start())
    return bool(opens or _CLOSES_USUAL.search(document))


class Markup:
    """A document read into elements and pieces; `root` stands around everything."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.root = Element("", {}, 0, 0, len(document), None, 0)
        self.elements: list[Element] = [self.root]
        self.pieces: list[Piece] = []
        self._open = [self.root]
        self._count: Counter[str] = Counter()  # of open elements, by tag
        self._missing_quotes: set[str] = set()
        self._read()

    def _read(self) -> None:
        document, text, at = self.document, 0, 0
        while len(self.elements) < MAX_ELEMENTS and len(self.pieces) < MAX_PIECES:
            mark = document.find("<", at)
            if mark < 0:
                break
            end = self._markup(mark)
            if end == mark:  # a bare "<" is text
                at = mark + 1
                continue
            self._text(text, mark)
            text = at = self._enter(mark, end)
        self._text(text, len(document))
        self._cut(1, len(document))

    def _text(self, start: int, end: int) -> None:
        if end > start:
            self.pieces.append((self._open[-1], start, end))

    def _break(self, at: int) -> None:
        if not self.pieces or self.pieces[-1][0]:
            self.pieces.append((None, at, at))

    def _markup(self, at: int) -> int:
        """Where the tag, comment or declaration that begins `at` ends; `at` if it is none."""
        document = self.document
        following = document[at + 1 : at + 2]
        if following.isalpha() and following.isascii():
            return self._tag_end(at)
        if document.startswith("<!--", at):
            return self._behind("-->", at + 4)
        if following in ("!", "?") or (following == "/" and _NAME.match(document, at)):
            return self._behind(">", at)
        return at

    def _behind(self, mark: str, at: int) -> int:
        found = self.document.find(mark, at)
        return len(self.document) if found < 0 else found + len(mark)

    def _tag_end(self, at: int) -> int:
        """Behind the `>` of an opening tag; one inside quotes does not count."""
        document = self.document
        while True:
            close = document.find(">", at)
            if close < 0:
                return len(document)
            opening = _QUOTED.search(document, at, close)
            quote = opening[0][-1] if opening else ""
            if not opening or quote in self._missing_quotes:
                return close + 1
            partner = document.find(quote, opening.end())
            if partner < 0:
                self._missing_quotes.add(quote)
                return close + 1
            at = partner + 1

    def _enter(self, start: int, end: int) -> int:
        """Take in the markup `start:end`; gives back where reading goes on."""
        named = _NAME.match(self.document, start)
        if not named:
            return end
        tag = named[1].lower()
        if tag in BLOCKS:
            self._break(start)
        if self.document[start + 1] == "/":
            self._close(tag, start, end)
            return end
        return self._opened(tag, start, named.end(), end)

    def _opened(self, tag: str, start: int, attributes: int, end: int) -> int:
        self._imply_ends(tag, start)
        parent = self._open[-1]
        attrs = _attributes(self.document, attributes, end)
        element = Element(tag, attrs, start, end, end, parent, parent.depth + 1)
        element.unseen = parent.unseen or tag in _UNSEEN
        element.link = element if tag == "a" else parent.link
        parent.children.append(element)
        self.elements.append(element)
        if tag in _RAW:
            element.end = self._behind_raw(tag, end)
        elif tag not in _VOID and len(self._open) < MAX_DEPTH:
            self._open.append(element)
            self._count[tag] += 1
        return element.end

    def _behind_raw(self, tag: str, at: int) -> int:
        closing = re.compile(f"</{tag}(?=[\\s/>])", re.I).search(self.document, at)
        return self._behind(">", closing.start()) if closing else len(self.document)

    def _imply_ends(self, tag: str, start: int) -> None:
        closes = (*_CLOSES.get(tag, ()), *(("p",) if tag in _CLOSE_P else ()))
        if not any(self._count[name] for name in closes):
            return
        for depth in range(len(self._open) - 1, 0, -1):
            name = self._open[depth].tag
            if name in closes:
                self._cut(depth, start)
            elif name in _SCOPE:
                return

    def _close(self, tag: str, start: int, end: int) -> None:
        if not self._count[tag]:
            return
        depth = next(d for d in range(len(self._open) - 1, 0, -1) if self._open[d].tag == tag)
        self._cut(depth + 1, start)
        self._open[depth].end = end
        self._count[self._open.pop().tag] -= 1

    def _cut(self, depth: int, at: int) -> None:
        for element in self._open[depth:]:
            element.end = at
            self._count[element.tag] -= 1
        del self._open[depth:]


def _attributes(document: str, at: int, end: int) -> dict[str, str]:
    """Names in lower case; the first of a name counts, as in a browser."""
    attrs: dict[str, str] = {}
    stop = end - 1 if document[end - 1 : end] == ">" else end
    while at < stop:
        at = _space_end(document, at, stop)
        found = _ATTRIBUTE.match(document, at, stop)
        if not found:
            at += 1
            continue
        value, at = _value(document, found.end(), stop)
        if len(attrs) < MAX_ATTRIBUTES:
            attrs.setdefault(found[0].lower(), unescape(value))
    return attrs


def _space_end(document: str, at: int, stop: int) -> int:
    space = _SPACE.match(document, at, stop)
    return space.end() if space else at


def _value(document: str, at: int, stop: int) -> tuple[str, int]:
    equals = _EQUALS.match(document, at, stop)
    if not equals:
        return "", at
    at = equals.end()
    quote = document[at : at + 1]
    if at < stop and quote in ("'", '"'):
        partner = document.find(quote, at + 1, stop)
        partner = stop if partner < 0 else partner
        return document[at + 1 : partner], partner + 1
    bare = _BARE.match(document, at, stop)
    return (bare[0], bare.end()) if bare else ("", at)
