"""What the centre publishes: its figures, the data behind them, and the monthly report."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from fanzha.money.measures import Measures
from fanzha.present.monthly_report import (
    Ways,
    data_csv,
    figures_html,
    monthly_report_html,
    report_policy,
)
from fanzha.services.centre import Centre
from fanzha.services.measures import count_measures
from fanzha.services.monthly_report import check_month
from fanzha.services.print_pdf import print_pdf
from fanzha.web.render import Nav, lang_of, render
from fanzha.web.rights import Here, Member, Refused, limited, needs, now

router = APIRouter()
NAV = (Nav(name="measures", path="/measures", permission="measures.read", order=50, key="g m"),)
Reader = Annotated[Member, needs("measures.read")]
ALL = "all"  # the name of all months together in an address
TABS = 12  # months that have a link of their own; older ones stand in a list
CSV, PDF = ".csv", ".pdf"
PRINTS = "6/minute"  # a browser starts for each


@router.get("/measures")
def measures(request: Request, who: Reader, centre: Here, month: str = "") -> Response:  # noqa: ARG001 guards
    """The figures of a month, or of all of them."""
    found = _count(request, centre)
    asked = _month(month or ALL)
    months = [cohort.month for cohort in reversed(found.cohorts)]
    known = not asked or asked in months
    ways = Ways(
        month=lambda name: f"/measures?month={name}",
        data=lambda kind: f"/measures/{asked or ALL}/{kind}.csv",
    )
    figures = figures_html(found, asked, centre.tz, lang_of(request), ways) if known else ""
    return render(
        request,
        "measures.html",
        month=asked,
        months=months,
        tabs=months[:TABS],
        known=known,
        figures=figures if months else "",
    )


@router.get("/measures/{name}")
def money_csv(request: Request, name: str, who: Reader, centre: Here) -> Response:  # noqa: ARG001 guards
    """Money by month of report, until the month in `2024-05.csv`, or all of it: `all.csv`."""
    return _csv(request, centre, _stem(name, CSV), "money")


@router.get("/measures/{month}/{name}")
def table_csv(request: Request, month: str, name: str, who: Reader, centre: Here) -> Response:  # noqa: ARG001 guards
    """The data behind one picture."""
    return _csv(request, centre, month, _stem(name, CSV))


@router.get("/report/{name}")
def report(request: Request, name: str, who: Reader, centre: Here) -> Response:  # noqa: ARG001 guards
    """The report of a month as one page that can be handed on, or as `2024-05.pdf`."""
    month = _stem(name, PDF) if name.endswith(PDF) else name
    lang, found = lang_of(request), _count(request, centre)
    page = monthly_report_html(found, check_month(month), centre.tz, lang, centre.name)
    if month == name:
        return HTMLResponse(page, headers={"content-security-policy": report_policy()})
    limited(request, "pdf", PRINTS)
    return _file(print_pdf(page), "application/pdf", f"report-{name}")


def _stem(name: str, ending: str) -> str:
    if not name.endswith(ending):
        raise Refused(404, "page_missing")
    return name.removesuffix(ending)


def _month(text: str) -> str:
    """The month that an address names; empty for all of them."""
    return "" if text == ALL else check_month(text)


def _count(request: Request, centre: Centre) -> Measures:
    return count_measures(centre.casebook, now(request), centre.tz)


def _csv(request: Request, centre: Centre, month: str, kind: str) -> Response:
    content = data_csv(_count(request, centre), _month(month), kind)
    return _file(content, "text/csv; charset=utf-8", f"fanzha-{month}-{kind}.csv")


def _file(content: bytes, media: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media, headers=headers)
