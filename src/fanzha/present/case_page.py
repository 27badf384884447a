"""The case report: one HTML file that an investigator hands on, complete without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

import orjson
from markupsafe import Markup

import fanzha
from fanzha.intake.report import Report
from fanzha.model.catalogue import LANGS, Lang, has, say
from fanzha.model.payment import Refusal
from fanzha.money.appeal import Appeal
from fanzha.present import case_view as view
from fanzha.present import words
from fanzha.present.appeal import appeal_json
from fanzha.present.flow import Drawing, Rows, draw, row_text
from fanzha.present.letterhead import LetterFacts
from fanzha.present.page import asset, csp_hash, template
from fanzha.present.report_view import report_json
from fanzha.present.timeline import Mark, timeline_svg
from fanzha.services.result import CaseResult

MAX_REFUSALS = 50
MAX_HOLDS = 100
MAX_SPLITS = 40
MAX_EVIDENCE = 200
MAX_GAPS = 60
NOTES = ("theft", "opening", "order", "level", "exact", "colour")


def render_case(result: CaseResult, lang: Lang) -> str:
    """The page in all three languages, opened in `lang`; every figure is the result's own.

    It needs no network and no script: a script only switches language, method and theft, and
    shows the rows behind a band of the picture. Personal names are masked, accounts are not.
    """
    rows = Rows(result.tz)
    drawings: dict[str, list[Drawing]] = {}
    first = 0
    for rule, trace in result.traces.items():
        drawings[rule] = draw(trace, result.movements, rows, first)
        first += sum(len(d.entries) for d in drawings[rule])
    style = "\n".join(asset(name) for name in ("colours.css", "flow.css", "case.css"))
    script = asset("case.js")
    return template("case.html").render(
        r=result,
        lang=lang,
        langs=LANGS,
        v=view,
        w=words,
        say=say,
        used=result.plan.method.partition("/")[0],
        drawings=drawings,
        style=Markup(style),
        script=Markup(script),
        csp=f"default-src 'none'; style-src {csp_hash(style)}; script-src {csp_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        data=_data(drawings, rows),
        thefts=view.thefts_of(result),
        known=view.names(result),
        looks=_looks(drawings),
        evidence=_evidence(result),
        timeline=case_timeline(result),
        at=lambda instant: words.clock(instant, result.tz, day=True),
        offset=_offset(result.as_of.astimezone(result.tz)),
        gap=lambda g: words.in_all(lambda n: words.gap_text(g, n)),
        reason=lambda g: words.in_all(words.first_known(("reason", "reading"), g.code, g.values)),
        refusal=_refusal,
        words_of=_words_of,
        limits={
            "refusals": MAX_REFUSALS,
            "holds": MAX_HOLDS,
            "splits": MAX_SPLITS,
            "gaps": MAX_GAPS,
        },
        reports=_reports(result),
        appeals=[(appeal, _answer(appeal, result)) for appeal in result.appeals],
        notes=NOTES,
        version=fanzha.__version__,
    )


def _reports(result: CaseResult) -> list[tuple[Report, dict[str, list[Markup]]]]:
    """Each report with its sentences (`script`, `missing`, `warnings`), names masked."""
    return [(report, _sentences(_masked(report))) for report in result.reports]


def _sentences(report: Report) -> dict[str, list[Markup]]:
    forms = [report_json(report, lang) for lang in LANGS]
    return {
        "script": _in_all([form["script"] for form in forms]),
        "missing": _in_all([[m["prompt"] for m in form["missing"]] for form in forms]),
        "warnings": _in_all([[w["text"] for w in form["warnings"]] for form in forms]),
    }


def _answer(appeal: Appeal, result: CaseResult) -> dict[str, list[Markup]]:
    """What was found about an appeal, as sentences; files of evidence stand behind their check."""
    facts = LetterFacts(
        case_id=result.case_id,
        tz=result.tz,
        as_of=result.as_of,
        method=appeal.method,
        created_at=appeal.at,
    )
    forms = [appeal_json(appeal, facts, lang) for lang in LANGS]
    parts = ("checklist", "clocks", "defects")
    return {
        "recommendation": _in_all([[form["recommendation"]] for form in forms]),
        **{part: _in_all([[x["text"] for x in form[part]] for form in forms]) for part in parts},
        "comparator": _in_all([[form["comparator"]["text"]] for form in forms]),
    }


def _in_all(by_lang: Sequence[Sequence[str]]) -> list[Markup]:
    """Lines that every language has, one in all of them."""
    return [
        words.in_all(dict(zip(LANGS, line, strict=True)).__getitem__)
        for line in zip(*by_lang, strict=True)
    ]


def _masked(report: Report) -> Report:
    return replace(
        report,
        transfers=tuple(
            replace(t, payee_name=words.masked(t.payee_name)) for t in report.transfers
        ),
        warnings=tuple(
            replace(w, value=words.masked(w.value)) if w.field == "payee_name" else w
            for w in report.warnings
        ),
    )


def _words_of(key: str, after: str = "") -> Markup:
    """Attributes with the words of every language, where an element can hold no others."""
    return Markup("").join(
        Markup(' data-say{}="{}{}"').format(lang.replace("-", "").lower(), say(key, lang), after)
        for lang in LANGS
    )


def _offset(local: datetime) -> str:
    text = f"{local:%z}"
    return f"{text[:3]}:{text[3:5]}".replace("-", "−")


def _looks(drawings: Mapping[str, list[Drawing]]) -> list[str]:
    found = {look for listed in drawings.values() for d in listed for look in d.looks}
    order = ("resting", "last_seen", "cash", "merchant", "offramp", "abroad", "disputed")
    return [x for x in (*order, "own", "alternative", "bound") if x in found]


def _data(drawings: Mapping[str, list[Drawing]], rows: Rows) -> Markup:
    """What the script shows for a band, as JSON that cannot end its own element."""
    entries = [
        [e.title, e.rows, e.more] for listed in drawings.values() for d in listed for e in d.entries
    ]
    text = orjson.dumps({"rows": rows.texts, "entries": entries}).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def case_timeline(result: CaseResult) -> str:
    """When the money moved by the plan's method, with the reports and the hold; an SVG."""
    trace = view.plan_trace(result)
    marks = [Mark(r.received_at, "mark_report") for r in result.reports]
    marks += [Mark(result.confirmed_at, "mark_confirmed"), Mark(result.hold_at, "mark_hold")]
    return timeline_svg(trace, result.movements, result.tz, marks) if trace else ""


def _evidence(result: CaseResult) -> tuple[list[tuple[tuple[str, ...], str, str]], int]:
    """The payments that carried stolen money by the plan's method, oldest first."""
    trace = view.plan_trace(result)
    carried = trace.carried if trace else ()
    listed = [
        (
            row_text(c.payment, result.tz),
            words.visible(c.theft_id, 40),
            words.major(c.amount, c.payment.currency),
        )
        for c in islice(carried, MAX_EVIDENCE)
    ]
    return listed, len(carried) - len(listed)


def _refusal(refusal: Refusal, part: str) -> Markup:
    """Why a row was refused (`refusal`) or what to do about it (`remedy`)."""
    values = {"value": refusal.value, "field": refusal.field, **refusal.values}
    ready = words.spoken(values)
    key = f"{part}.{refusal.code}"
    return words.in_all(lambda lang: say(key, lang, **ready) if has(key) else refusal.code)
