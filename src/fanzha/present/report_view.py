"""A hotline report made visible: the JSON form and the lines that an operator reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fanzha.intake.report import Missing, Report, ReportedTransfer, Warning_
from fanzha.model.catalogue import Lang, say
from fanzha.model.money import show
from fanzha.model.vocabulary import vocabulary

MINUTE, HOUR = 60, 3600
_FIELDS = {  # JSON name → attribute, in the order in which an operator reads them
    "payee_name": "payee_name",
    "payee_acct": "payee_account",
    "payee_bank": "payee_bank",
    "amount": "amount",
    "currency": "currency",
    "time": "at",
    "victim_bank": "victim_bank",
    "victim_acct": "victim_account",
    "channel": "channel",
    "reference": "reference",
}


def report_json(report: Report, lang: Lang = "en") -> dict[str, Any]:
    """The report as JSON: integer minor units, times to the precision that was said."""
    return {
        "received_at": _iso(report.received_at, 1),
        "caller": {
            "name": report.caller_name,
            "phone": report.caller_phone,
            "locality": report.locality,
        },
        "transfers": [_transfer(transfer) for transfer in report.transfers],
        "inducements": [{"amount": i.amount, "currency": i.currency} for i in report.inducements],
        "net_loss": [
            {"amount": amount, "currency": currency} for currency, amount in report.net_loss.items()
        ],
        "candidates": _candidates(report, lang),
        "tier": report.tier,
        "still_connected": report.still_connected,
        "missing": [
            {"transfer": m.transfer, "field": m.field, "prompt": _prompt(m, lang)}
            for m in report.missing
        ],
        "warnings": [
            {
                "transfer": w.transfer,
                "field": w.field,
                "code": w.code,
                "value": w.value,
                "text": _warning(w, lang),
            }
            for w in report.warnings
        ],
        "script": _script(report, lang),
        "report_delay_seconds": report.report_delay_seconds,
    }


def report_lines(report: Report, lang: Lang = "en") -> list[str]:
    """The report as plain lines for a terminal, most urgent first."""
    lines = [
        say(f"intake.tier_{report.tier}", lang),
        say("intake.view_title", lang, source=report.source, received=_iso(report.received_at, 1)),
        say(
            "intake.view_caller",
            lang,
            name=report.caller_name or say("intake.view_unknown", lang),
            phone=report.caller_phone,
            locality=report.locality,
        ).rstrip(),
    ]
    if report.report_delay_seconds is not None:
        minutes = report.report_delay_seconds // MINUTE
        lines.append(say("intake.view_delay", lang, minutes=minutes))
    lines += _script_lines(report, lang)
    lines += _transfer_lines(report, lang)
    lines += [
        say("intake.view_inducement", lang, amount=show(i.amount, i.currency))
        for i in report.inducements
    ]
    lines += [
        say("intake.view_net_loss", lang, amount=show(amount, currency))
        for currency, amount in report.net_loss.items()
    ]
    if report.candidates:
        labels = " / ".join(_label(c.code, lang) for c in report.candidates)
        lines.append(say("intake.view_candidates", lang, labels=labels))
    return lines


def _transfer(transfer: ReportedTransfer) -> dict[str, Any]:
    fields = {name: getattr(transfer, attribute) for name, attribute in _FIELDS.items()}
    at = transfer.at
    fields["time"] = _iso(at, transfer.precision_seconds) if at else None
    words = {
        name: {"value": found.value, "start": found.start, "end": found.end}
        for name, found in transfer.words.items()
    }
    return {**fields, "order_allowed": transfer.order_allowed, "words": words}


def _iso(at: datetime, precision_seconds: int) -> str:
    """ISO 8601 no finer than the words were: to the second, the minute, the hour or the day."""
    if precision_seconds > HOUR:
        return at.date().isoformat()
    if precision_seconds == HOUR:
        return at.isoformat(timespec="hours")
    return at.isoformat(timespec="minutes" if precision_seconds >= MINUTE else "seconds")


def _candidates(report: Report, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "code": candidate.code,
            "label": _label(candidate.code, lang),
            "reasons": [say(f"intake.{r.code}", lang, **r.values) for r in candidate.reasons],
        }
        for candidate in report.candidates
    ]


def _label(code: str, lang: Lang) -> str:
    return vocabulary("scam_type")[code].label[lang]


def _prompt(missing: Missing, lang: Lang) -> str:
    return say(f"intake.ask_{missing.field}", lang, number=missing.transfer + 1)


def _warning(warning: Warning_, lang: Lang) -> str:
    return say(f"intake.warn_{warning.code}", lang, value=warning.value)


def _script(report: Report, lang: Lang) -> list[str]:
    return [
        say(
            f"intake.say_{step}",
            lang,
            fields=say("intake.view_next", lang).join(_spoken(t, lang) for t in report.transfers),
            warnings=" ".join(_warning(w, lang) for w in report.warnings),
            prompts=" ".join(_prompt(m, lang) for m in report.missing),
        )
        for step in report.script
    ]


def _script_lines(report: Report, lang: Lang) -> list[str]:
    steps = enumerate(_script(report, lang), start=1)
    return [say("intake.view_script", lang), *(f"  {n}. {text}" for n, text in steps)]


def _transfer_lines(report: Report, lang: Lang) -> list[str]:
    lines = [] if report.transfers else [say("intake.view_none", lang)]
    for number, transfer in enumerate(report.transfers, start=1):
        fields = _spoken(transfer, lang)
        lines.append(say("intake.view_transfer", lang, number=number, fields=fields))
        order = "order_yes" if transfer.order_allowed else "order_no"
        lines.append(say(f"intake.view_{order}", lang))
    return lines


def _spoken(transfer: ReportedTransfer, lang: Lang) -> str:
    """The fields that were said, as a line."""
    shown = dict(_transfer(transfer))
    if transfer.amount is not None:
        shown["amount"] = show(transfer.amount, transfer.currency)
    shown.pop("currency")
    if transfer.at and transfer.precision_seconds != HOUR:
        shown["time"] = _iso(transfer.at.replace(tzinfo=None), transfer.precision_seconds)
        shown["time"] = shown["time"].replace("T", " ")
    if transfer.channel:
        shown["channel"] = say(f"intake.channel_{transfer.channel}", lang)
    names = [name for name in _FIELDS if shown.get(name)]
    said = (f"{say(f'intake.field_{name}', lang)} {shown[name]}" for name in names)
    return say("intake.view_and", lang).join(said)
