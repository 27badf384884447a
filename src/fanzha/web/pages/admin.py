"""Administration: staff and their roles, browsers, tokens, settings, restricted cases."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fanzha.errors import FanzhaError, UnreadableInput, UsageError
from fanzha.model.instant import zone
from fanzha.model.vocabulary import label, vocabulary
from fanzha.people import User, roles
from fanzha.services.centre import Centre
from fanzha.web.pages.signin import told
from fanzha.web.render import Nav, back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, Refused, hidden_cases, needs, now, text

router = APIRouter()
NAV = (Nav(name="admin", path="/admin", permission="people.manage", order=90, key="g a"),)
Manager = Annotated[Member, needs("people.manage")]
Settler = Annotated[Member, needs("settings.manage")]
Restrictor = Annotated[Member, needs("case.restrict")]
JOIN_LIFE = timedelta(days=3)


@router.get("/admin")
def people(request: Request, who: Manager, centre: Here) -> Response:  # noqa: ARG001 guards
    """Everybody who may sign in."""
    return _people(request, centre)


@router.post("/admin/people")
def invite(request: Request, who: Manager, centre: Here, form: Posted) -> Response:
    """A new user, and the link by which they set their password, shown once."""
    wanted = [str(code) for code in form.getlist("roles")]
    login, name = text(form, "login", 80), text(form, "name", 80)
    try:
        user = centre.people.users.add(login, name, wanted, now(request), text(form, "email", 200))
    except UsageError as error:
        fields = {"login_unfit": "login", "login_taken": "login", "name_missing": "name"}
        problems = {fields.get(error.code, "roles"): told(request, centre, error)}
        return _people(request, centre, 400, form=form, problems=problems)
    return _people(request, centre, link=_join(request, centre, who, user, "join"), about=user)


@router.get("/admin/people/{user_id}")
def person(request: Request, user_id: int, who: Manager, centre: Here) -> Response:  # noqa: ARG001 guards
    """One user."""
    return _person(request, centre, centre.people.users.by_id(user_id))


@router.post("/admin/people/{user_id}")
def change(request: Request, user_id: int, who: Manager, centre: Here, form: Posted) -> Response:  # noqa: ARG001 guards
    """Roles, and the address by which a provider knows this person."""
    users = centre.people.users
    user = users.by_id(user_id)
    try:
        users.set_roles(user_id, [str(code) for code in form.getlist("roles")])
    except UsageError as error:
        problems = {"roles": told(request, centre, error)}
        return _person(request, centre, user, 400, problems=problems)
    email = text(form, "email", 200).lower()
    if email != user.email:
        users.set_email(user_id, email)
    return back(f"/admin/people/{user_id}", said="web_admin.saved")


@router.post("/admin/people/{user_id}/reset")
def reset(request: Request, user_id: int, who: Manager, centre: Here) -> Response:
    """A link by which the user sets a new password."""
    user = centre.people.users.by_id(user_id)
    return _person(request, centre, user, link=_join(request, centre, who, user, "reset"))


@router.post("/admin/people/{user_id}/phone")
def drop_phone(user_id: int, who: Manager, centre: Here) -> Response:  # noqa: ARG001 guards
    """Forget a lost phone and end the user's sessions."""
    centre.people.users.drop_totp(user_id)
    centre.people.sessions.end_all(user_id)
    return back(f"/admin/people/{user_id}", said="web_admin.saved")


@router.post("/admin/people/{user_id}/closed")
def close(request: Request, user_id: int, who: Manager, centre: Here, form: Posted) -> Response:  # noqa: ARG001 guards
    """Close an account or open it again."""
    try:
        centre.people.users.set_closed(user_id, text(form, "closed") == "yes")
    except UsageError as error:
        user = centre.people.users.by_id(user_id)
        problems = {"": told(request, centre, error)}
        return _person(request, centre, user, 400, problems=problems)
    return back(f"/admin/people/{user_id}", said="web_admin.saved")


@router.get("/admin/sessions")
def sessions(request: Request, who: Manager, centre: Here) -> Response:
    """Who is signed in where."""
    found = centre.people.sessions.of()
    users = {user.user_id: user for user in centre.people.users.all()}
    return render(request, "admin_sessions.html", who=who, sessions=found, users=users)


@router.post("/admin/sessions/end")
def end_session(who: Manager, centre: Here, form: Posted) -> Response:  # noqa: ARG001 guards
    """Sign somebody out."""
    centre.people.sessions.end(text(form, "session", 64))
    return back("/admin/sessions", said="web_admin.session_ended")


@router.get("/admin/tokens")
def tokens(request: Request, who: Manager, centre: Here) -> Response:  # noqa: ARG001 guards
    """Every token ever made."""
    users = {user.user_id: user for user in centre.people.users.all()}
    return render(request, "admin_tokens.html", tokens=centre.people.tokens.all(), users=users)


@router.post("/admin/tokens/revoke")
def revoke(request: Request, who: Manager, centre: Here, form: Posted) -> Response:  # noqa: ARG001 guards
    """Make anybody's token void."""
    wanted = text(form, "token", 12)
    if wanted.isdecimal() and wanted.isascii():
        centre.people.tokens.revoke(int(wanted), now(request))
    return back("/admin/tokens", said="web_signin.token_revoked")


@router.get("/admin/settings")
def settings(request: Request, who: Settler, centre: Here) -> Response:  # noqa: ARG001 guards
    """What holds for the whole centre."""
    return _settings(request, centre, {})


@router.post("/admin/settings")
def keep_settings(request: Request, who: Settler, centre: Here, form: Posted) -> Response:  # noqa: ARG001 guards
    """Keep the settings."""
    problems: dict[str, str] = {}
    try:
        zone(text(form, "tz", 60))
    except (UsageError, UnreadableInput) as error:
        problems["tz"] = told(request, centre, error)
    if not text(form, "name", 60):
        problems["name"] = told(request, centre, UsageError("name_missing"))
    if text(form, "country") not in vocabulary("country"):
        known = ", ".join(vocabulary("country"))
        wrong = UsageError("country_unknown", country=text(form, "country", 20), known=known)
        problems["country"] = told(request, centre, wrong)
    if problems:
        return _settings(request, centre, problems, 400)
    step = "optional" if text(form, "second_step") == "optional" else "required"
    for key in ("name", "country", "tz"):
        centre.people.preferences.set(key, text(form, key, 60))
    centre.people.preferences.set("second_step", step)
    return back("/admin/settings", said="web_admin.saved")


@router.get("/restricted")
def restricted(request: Request, who: Restrictor, centre: Here, case: str = "") -> Response:
    """The cases that only named people may see; a case page links here with its number."""
    return _restricted(request, who, centre, case)


@router.post("/restricted")
def restrict(request: Request, who: Restrictor, centre: Here, form: Posted) -> Response:
    """Name the people of a case; nobody named opens it to everybody whose role permits."""
    case_id = text(form, "case", 200)
    if case_id in hidden_cases(request, who):
        raise Refused(404, "page_missing")
    known = {user.user_id for user in centre.people.users.all()}
    chosen = [int(str(u)) for u in form.getlist("users") if str(u).isdecimal()]
    try:
        centre.casebook.case(case_id)
    except FanzhaError as error:
        problems = {"case": told(request, centre, error)}
        return _restricted(request, who, centre, case_id, 400, problems)
    centre.people.access.restrict(case_id, [u for u in chosen if u in known])
    return back("/restricted", said="web_admin.saved")


def _join(request: Request, centre: Centre, who: Member, user: User, kind: str) -> str:
    about = {"user_id": user.user_id}
    secret = centre.people.links.make(kind, about, who.login, now(request), JOIN_LIFE)
    return str(request.url_for("join", secret=secret))


def _people(request: Request, centre: Centre, status: int = 200, **values: Any) -> Response:
    values = {"form": {}, "problems": {}, "link": "", "about": None, **values}
    users = centre.people.users.all()
    return render(request, "admin_people.html", status, users=users, codes=list(roles()), **values)


def _person(
    request: Request, centre: Centre, user: User, status: int = 200, **values: Any
) -> Response:
    values = {"problems": {}, "link": "", **values}
    seen = centre.people.access.log(who=user.login)[:20]
    return render(
        request, "admin_person.html", status, user=user, codes=list(roles()), seen=seen, **values
    )


def _settings(
    request: Request, centre: Centre, problems: dict[str, str], status: int = 200
) -> Response:
    lang = lang_of(request)
    countries = [(code, label("country", code, lang)) for code in vocabulary("country")]
    return render(
        request,
        "admin_settings.html",
        status,
        problems=problems,
        countries=countries,
        centre=centre,
    )


def _restricted(
    request: Request,
    who: Member,
    centre: Centre,
    case: str,
    status: int = 200,
    problems: dict[str, str] | None = None,
) -> Response:
    hidden = hidden_cases(request, who)
    named = centre.people.access.restricted()
    shown = {c: logins for c, logins in named.items() if c not in hidden}
    return render(
        request,
        "admin_restricted.html",
        status,
        case=case,
        restrictions=shown,
        users=[u for u in centre.people.users.all() if not u.closed],
        problems=problems or {},
    )
