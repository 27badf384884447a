"""Use case: where in the whole casebook does this stand?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import chain

from fanzha.casebook import Casebook
from fanzha.casebook.grams import plain, reading
from fanzha.casebook.search import Hit
from fanzha.services.search.reader import reader, version
from fanzha.services.search.terms import Term, read_query

CASES = 20  # of one page of answers
PLACES = 4  # shown of one case
ASKED = 40  # places read from either end of a shown case for each word, to find the best
# A place whose kind stands earlier answers better.
ORDER = ("caller", "transfer", "hold", "payment", "appeal", "traced", "return", "action", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """What is looked for, in which zone days are days, and which cases must stay out of sight."""

    query: str
    tz: tzinfo
    hidden: frozenset[str] = frozenset()
    page: int = 1


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A line that answers: the record it is of, and the spans of its text that were asked for."""

    seq: int
    what: str
    text: str = field(repr=False)
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case that has every word; `places` are the best few of `count`."""

    case_id: str
    count: int
    places: tuple[FoundPlace, ...]
    spans: tuple[tuple[int, int], ...]  # in the case's own number


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The answer: how the question was understood, and one page of the cases that fit.

    A case fits when every word stands somewhere in it, or in its number. Hidden cases are neither
    shown nor counted.
    """

    terms: tuple[Term, ...]
    cases: tuple[FoundCase, ...]
    total: int
    page: int
    pages: int


def search(casebook: Casebook, request: SearchRequest) -> SearchResult:
    """Find every case in which all words stand, the latest at work first.

    What was recorded a moment ago is found: the index catches up first. What was erased is not.
    Payments are found where a trace, hold or report names them, not in whole statements.
    """
    tips = casebook.tips()
    keep_up(casebook, request.tz, max(tips.values(), default=0))
    readings = read_query(request.query)
    terms: tuple[Term, ...] = readings[0] if readings else ()
    fitting: dict[str, list[Sequence[int]]] = {}
    for reading_ in readings:
        fitting = _fitting(casebook, reading_, tips, request.hidden)
        if fitting:
            terms = reading_
            break
    ordered = sorted(fitting, key=lambda case_id: -tips[case_id])
    pages = -(-len(ordered) // CASES)
    page = min(max(1, request.page), max(pages, 1))
    shown = ordered[(page - 1) * CASES : page * CASES]
    found = {case_id: Counter(chain(*fitting[case_id])) for case_id in shown}
    best = _best(casebook, terms, found)
    return SearchResult(
        terms=terms,
        cases=tuple(
            FoundCase(c, len(found[c]), best.get(c, ()), _in_name(terms, c)) for c in shown
        ),
        total=len(ordered),
        page=page,
        pages=pages,
    )


def keep_up(casebook: Casebook, tz: tzinfo, tip: int | None = None) -> None:
    """Read into the index what was recorded since; after a large import, before people search.

    The first time it reads the whole casebook: about a second for 10,000 lines.
    """
    newest = max(casebook.tips().values(), default=0) if tip is None else tip
    casebook.search.catch_up(reader(tz), version(tz), newest)


_Found = Mapping[str, Mapping[int, int]]  # by case and place: how many of the words stand there


def _fitting(
    casebook: Casebook, terms: Sequence[Term], tips: Mapping[str, int], hidden: frozenset[str]
) -> dict[str, list[Sequence[int]]]:
    """The visible cases that have every word, and where each word stands in them."""
    names = {case_id: plain(case_id) for case_id in tips if case_id not in hidden}
    found: dict[str, list[Sequence[int]]] = {case_id: [] for case_id in names} if terms else {}
    for term in terms:
        here = casebook.search.find(term.asked)
        for case_id in list(found):
            if case_id in here:
                found[case_id].append(here[case_id])
            elif not any(needle in names[case_id] for needle in term.needles):
                del found[case_id]
    return found


def _in_name(terms: Sequence[Term], case_id: str) -> tuple[tuple[int, int], ...]:
    read = reading(case_id)
    return _merged([s for term in terms for n in term.needles for s in read.find(n)])


def _best(
    casebook: Casebook, terms: Sequence[Term], found: _Found
) -> dict[str, tuple[FoundPlace, ...]]:
    """The best places of each case: with most of the words, then by kind, then the newest."""
    likely = {place: c for c, counts in found.items() for place in _likely(counts)}
    marks = [mark for term in terms for mark in term.asked.marks]
    hits = casebook.search.places(likely, marks)
    hits.sort(key=lambda h: (-found[h.case_id][h.id], _rank(h), -h.id))
    best: dict[str, dict[str, FoundPlace]] = {}  # by text: a line of two records is shown once
    for hit in hits:
        shown = best.setdefault(hit.case_id, {})
        if len(shown) < PLACES and hit.text not in shown:
            shown[hit.text] = _shown(hit, terms)
    return {case_id: tuple(shown.values()) for case_id, shown in best.items()}


def _likely(counts: Mapping[int, int]) -> list[int]:
    """Those with most words; of many alike, the first recorded (reports) and the newest."""
    most = max(counts.values(), default=0)
    alike = [place for place, count in counts.items() if count == most]
    rest = [place for place, count in counts.items() if count < most][:ASKED]
    return list(dict.fromkeys((*alike[:ASKED], *alike[-ASKED:], *rest)))


def _rank(hit: Hit) -> int:
    return ORDER.index(hit.what) if hit.what in ORDER else len(ORDER)


def _shown(hit: Hit, terms: Sequence[Term]) -> FoundPlace:
    read = reading(hit.text)
    found = [s for term in terms for needle in term.needles for s in read.find(needle)]
    return FoundPlace(hit.seq, hit.what, hit.text, _merged([*hit.spans, *found]))


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, those that touch made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
