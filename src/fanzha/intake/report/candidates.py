"""Which scam types the words point to. Several may stand side by side; none is chosen here."""

from __future__ import annotations

from fanzha.intake.report.finding import Candidate, Inducement
from fanzha.intake.report.rules import rules
from fanzha.model.chain import Reason, Ref

MOST_PLACES = 5  # shown for one signal; the first ones are enough to judge it


def find_candidates(
    text: str, folded: str, source: str, inducements: list[Inducement]
) -> tuple[Candidate, ...]:
    """The types with at least one signal, the best supported first."""
    points: dict[str, int] = {}
    reasons: dict[str, list[Reason]] = {}
    for name, signal in rules().signals.items():
        if signal.words is None:
            spans = [(i.words.start, i.words.end) for i in inducements]
        else:
            spans = [m.span() for m in signal.words.finditer(folded)]
        if not spans:
            continue
        reason = _reason(text, source, name, spans[:MOST_PLACES])
        for code, weight in signal.points.items():
            points[code] = points.get(code, 0) + weight
            reasons.setdefault(code, []).append(reason)
    order = sorted(points, key=lambda code: -points[code])  # stable: the file's order breaks ties
    return tuple(Candidate(code, tuple(reasons[code])) for code in order)


def _reason(text: str, source: str, name: str, spans: list[tuple[int, int]]) -> Reason:
    refs = tuple(Ref(source, start=start, end=end) for start, end in spans)
    words = " · ".join(dict.fromkeys(text[start:end] for start, end in spans))
    return Reason(f"signal_{name}", refs, {"words": words})
