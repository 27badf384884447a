"""A case's return: the rules side by side, the ledger step by step, and each victim's statement."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from fanzha.errors import FanzhaError, NotAllowed
from fanzha.model.vocabulary import vocabulary
from fanzha.money.restitution import ASIDE, DUE, Books, Tally
from fanzha.present import case_view
from fanzha.present.letterhead import LetterFacts
from fanzha.present.return_notice import return_notice_docx, return_notice_text
from fanzha.present.victim_statement import statement_html, statement_policy
from fanzha.services.centre import CASEBOOK_FILE, Centre
from fanzha.services.recorded import CaseRef
from fanzha.services.restitution import Desk, PlanRequest, StepRequest, act_in, plan_in
from fanzha.services.restitution.record import recorded_books
from fanzha.services.restitution.victim_statement import statements_in
from fanzha.services.result import CaseResult
from fanzha.web.guard import MIB
from fanzha.web.handed import handed, printed, refusal
from fanzha.web.paged import Turned, turned
from fanzha.web.pages.case import Reader, open_case
from fanzha.web.pages.case_holds import basis_of, remember
from fanzha.web.render import back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, Refused, needs, now, text

router = APIRouter()
BODY_LIMITS = {"/case/": 24 * MIB}  # papers that prove a payment or speak for a holder
SHOWN = 200  # lines of a table on one page
MOST_LISTED = 60  # options of a list; of more one writes the number, and is helped
STEPS = ("plan", "notice", "object", "dismiss", "claim", "pay", "release", "lapse")
FIELDS = ("rule", "method", "account", "theft", "amount", "basis", "note")
METHODS = ("fifo", "lifo", "pro_rata", "libr")  # poison is an upper bound, never a claim
_FIELD_OF = {
    "amount_unreadable": "amount",
    "amount_too_fine": "amount",
    "restitution_needs_basis": "basis",
    "restitution_proof_missing": "proof",
    "restitution_proof_used": "proof",
    "restitution_unknown_account": "account",
    "restitution_account_needed": "account",
    "unknown_theft": "theft",
    "return_rule_unknown": "rule",
}

Decider = Annotated[Member, needs("return.decide")]


@router.get("/case/{case_id}/returns")
def returns(
    request: Request, case_id: str, who: Reader, centre: Here, page: Turned = 1
) -> Response:
    """What every rule would give, and where every unit of held money is."""
    return _page(request, centre, who, case_id, number=page)


@router.post("/case/{case_id}/returns")
def step(request: Request, case_id: str, who: Decider, centre: Here, form: Posted) -> Response:
    """One step of the return, by a person, on a legal basis."""
    said = {name: text(form, name) for name in FIELDS}
    wanted, proof = text(form, "step", 20), form.get("proof")
    shown = proof.file.read() if isinstance(proof, UploadFile) else b""
    try:
        _take(request, centre, who, case_id, wanted, said, shown)
    except FanzhaError as error:
        field = _FIELD_OF.get(error.code, "")
        problems = {field: refusal(request, "web_returns", error)}
        return _page(request, centre, who, case_id, wanted, said, problems)
    remember(centre, who, said["basis"])
    return back(f"/case/{case_id}/returns", "web_returns.kept")


@router.get("/case/{case_id}/returns/notice.{kind}")
def notice(request: Request, case_id: str, kind: str, who: Reader, centre: Here) -> Response:  # noqa: ARG001 guards
    """The draft of the public notice: accounts by their last digits, no names."""
    result = _result(request, centre, case_id)
    plans, lang = _plans(request, centre, result)[0].returns, lang_of(request)
    facts = LetterFacts(
        case_id=case_id,
        tz=result.tz,
        as_of=result.as_of,
        method=result.plan.method,
        created_at=now(request),
        office=centre.name,
    )
    if kind == "txt":
        content = return_notice_text(plans, facts, lang).encode()
    elif kind == "docx":
        content = return_notice_docx(plans, facts, lang)
    else:
        raise Refused(404, "page_missing")
    return handed(content, f"{case_id}-return-notice.{kind}")


@router.get("/case/{case_id}/returns/statement/{name}")
def statement(
    request: Request,
    case_id: str,
    name: str,
    who: Decider,  # noqa: ARG001 guards
    centre: Here,
) -> Response:
    """What one victim is told of their own money, `2.html` or `2.pdf` for the second theft."""
    digits, _, kind = name.partition(".")
    number = int(digits) if digits.isdecimal() and len(digits) < 8 else 0
    thefts = case_view.thefts_of(_result(request, centre, case_id))
    if not 1 <= number <= len(thefts) or kind not in ("html", "pdf"):
        raise Refused(404, "page_missing")
    ref = _ref(centre, _result(request, centre, case_id))
    desk = Desk(case=case_id, now=now(request))
    wanted = thefts[number - 1].theft_id
    (said,) = statements_in(centre.casebook, ref, desk, None, wanted)
    page = statement_html(said, lang_of(request))
    if kind == "pdf":
        return handed(printed(request, page), f"{case_id}-{number}.pdf")
    return HTMLResponse(page, headers={"content-security-policy": statement_policy()})


def _result(request: Request, centre: Centre, case_id: str) -> CaseResult:
    result = open_case(request, centre, case_id).result
    if result is None:
        raise Refused(404, "page_missing")
    return result


def _ref(centre: Centre, result: CaseResult) -> CaseRef:
    return CaseRef(case_id=result.case_id, casebook=centre.folder / CASEBOOK_FILE, tz=result.tz)


def _take(
    request: Request,
    centre: Centre,
    who: Member,
    case_id: str,
    wanted: str,
    said: Mapping[str, str],
    proof: bytes,
) -> None:
    ref = _ref(centre, _result(request, centre, case_id))
    desk = Desk(
        case=case_id, now=now(request), who=who.login, basis=said["basis"], note=said["note"]
    )
    if wanted == "plan":
        if said["rule"] not in vocabulary("return_rule"):
            raise NotAllowed("restitution_no_split")
        method = said["method"] if said["method"] in METHODS else METHODS[0]
        plan_in(centre.casebook, ref, PlanRequest(desk=desk, rule=said["rule"], method=method))
    elif wanted in STEPS:
        asked = StepRequest(
            desk=desk,
            step=wanted,
            account=said["account"],
            theft_id=said["theft"],
            amount=said["amount"] or None,
            shown=proof,
        )
        act_in(centre.casebook, ref, asked)
    else:
        raise Refused(404, "page_missing")


def _plans(request: Request, centre: Centre, result: CaseResult) -> tuple[CaseResult, str]:
    """The result with plans of what is held and in the ledger now; of what is planned otherwise."""
    desk = Desk(case=result.case_id, now=now(request))
    method = recorded_books(centre.casebook, result.case_id).books.method or result.plan.method
    asked = PlanRequest(desk=desk, method=method.partition("/")[0])
    try:
        found = plan_in(centre.casebook, _ref(centre, result), asked)
    except NotAllowed:  # nothing is held yet
        return result, "planned"
    return dataclasses.replace(result, returns=found.plans), "held"


def _page(
    request: Request,
    centre: Centre,
    who: Member,
    case_id: str,
    tried: str = "",
    said: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    *,
    number: int = 1,
) -> Response:
    opened = open_case(request, centre, case_id)
    values: dict[str, Any] = {**opened.values(), "tab": "returns"}
    if opened.result is None:
        return render(request, "case_returns.html", **values)
    planned, based_on = _plans(request, centre, opened.result)
    books = recorded_books(centre.casebook, case_id).books
    splits = [split for split in case_view.splits(planned) if split.held]
    filled = {**dict.fromkeys(FIELDS, ""), "basis": basis_of(request, centre, who), **(said or {})}
    return render(
        request,
        "case_returns.html",
        400 if problems else 200,
        **values,
        splits=turned(splits, number, SHOWN, lambda split: 1 + len(split.theft_ids)),
        accounts=turned(sorted(books.by_account().items()), number, SHOWN),
        shares=turned(_shares(books), number, SHOWN),
        based_on=based_on,
        rules=vocabulary("return_rule"),
        methods=METHODS,
        books=books,
        entries=turned(books.entries[::-1], number, SHOWN // 2),
        total=_total(books),
        held_accounts=_accounts(books),
        due=_options({theft for _, theft in books.box(DUE)}),
        aside=_options({theft for _, theft in books.box(ASIDE)}),
        thefts=turned(case_view.thefts_of(opened.result), number, SHOWN // 2),
        most_listed=MOST_LISTED,
        names=case_view.names(opened.result),
        may_claim=_options(_may_claim(books, opened.result)),
        payable=books.notice_until is not None and books.notice_until <= now(request),
        tried=tried,
        values=filled,
        problems=problems or {},
    )


def _accounts(books: Books) -> list[tuple[str, str]]:
    """The held accounts as a form offers them: the currency where one number has several."""
    accounts = sorted(books.by_account())
    numbers = [account.number for account in accounts]
    return [
        (a.number, a.number)
        if numbers.count(a.number) == 1
        else (f"{a.number}:{a.currency}", f"{a.number} {a.currency}")
        for a in accounts
    ]


def _options(theft_ids: Iterable[str]) -> list[tuple[str, str]]:
    return [(theft_id, theft_id) for theft_id in sorted(theft_ids)]


def _may_claim(books: Books, result: CaseResult) -> list[str]:
    """Victims who are not in the split yet."""
    known = {*books.by_theft(), *books.late}
    return [t.theft_id for t in case_view.thefts_of(result) if t.theft_id not in known]


def _shares(books: Books) -> list[tuple[str, str, Tally]]:
    currency = {theft_id: account.currency for account, _, theft_id in books.boxes if theft_id}
    return [(t, currency[t], tally) for t, tally in sorted(books.by_theft().items())]


def _total(books: Books) -> dict[str, Tally]:
    """What became of everything, by currency."""
    found: dict[str, Tally] = {}
    for account, tally in books.by_account().items():
        before = found.get(account.currency, Tally())
        sums = {
            f.name: getattr(before, f.name) + getattr(tally, f.name)
            for f in dataclasses.fields(Tally)
        }
        found[account.currency] = Tally(**sums)
    return found
