"""What cleaning a page gives back: the author's words, what was put among them, and how we know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from fanzha.model.chain import Finding

PageClass = Literal[
    "",
    "hidden_injection",
    "semantic_confusion",
    "pinyin_spun",
    "keyword_row",
    "sprinkled",
    "doorway",
    "parasite",
]


@dataclass(frozen=True, slots=True)
class Injected:
    """The characters `start:end` of the document that its author did not write.

    `cls` is a class of the catalogue under `page_class.`, `why` the trait under `page_why.` by
    which it was known; `quote` is exactly `document[start:end]`. It says how the words got there
    and never who put them: the owner of the page is most often its first victim.
    """

    start: int
    end: int
    cls: PageClass
    why: str
    quote: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PageFact:
    """Something that an analyst would note from a bulletin, and the characters that say it.

    `kind` is authority, place, date, suspects, victims, amount, tool, crime or operation. `value`
    is its clean form: a count in digits, a day as `2024-05-14` (`--05-14` where no year is said
    and the page has none), money as `500000 CNY` in whole units; else the words. It is what the
    bulletin *says*; bulletins round, and count the same arrests twice.
    """

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Link:
    """An address on another site, the words a reader sees on it, and whether he sees any."""

    url: str
    text: str
    hidden: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Official:
    """The official text that stands on the page.

    `similarity` is the share of the page's own words, from 0 to 1, that are word for word in the
    text; where Fanzha knows a text by its name only (`by` is `name`), it is the share of
    paragraphs that speak of it.
    """

    title: str
    similarity: float
    by: Literal["text", "name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Finding):
    """A web page as its author wrote it, with everything that was put into it set apart.

    Read `clean_text` and nothing else of a page that came from the open web: headline and body,
    one paragraph a line, without navigation, source, editor and copyright lines and without the
    injected words. An empty `verdict` means that nothing was found, never that the page is
    harmless or true. `borrowed` says that the official text was taken to dress up something
    else. Offsets are code points into the document as given (for bytes: as decoded by `encoding`,
    without a byte order mark). A `date` without an offset is read as Chinese time.
    """

    kind: ClassVar[str] = "page"
    verdict: PageClass
    title: str
    date: datetime | None
    source: str
    byline: str
    clean_text: str
    injected: tuple[Injected, ...]
    facts: tuple[PageFact, ...]
    links: tuple[Link, ...]
    borrowed: bool
    official: Official | None
    encoding: str
