"""Administration: staff and their roles, browsers, tokens, settings, restricted cases."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fanzha.errors import FanzhaError, UnknownRecord, UnreadableInput, UsageError
from fanzha.model.instant import zone
from fanzha.model.vocabulary import label, vocabulary
from fanzha.people import User, roles
from fanzha.services.centre import Centre
from fanzha.web.devices import device_name
from fanzha.web.paged import Turned, turned
from fanzha.web.pages.audit import place, visits
from fanzha.web.pages.signin import told
from fanzha.web.render import Nav, back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, Refused, hidden_cases, needs, now, text

router = APIRouter()
NAV = (Nav(name="admin", path="/admin", permission="people.manage", order=90, key="g a"),)
Manager = Annotated[Member, needs("people.manage")]
Settler = Annotated[Member, needs("settings.manage")]
Restrictor = Annotated[Member, needs("case.restrict")]
JOIN_LIFE = timedelta(days=3)
SHOWN = 100  # of a list on a page
MOST_TICKS = 60  # people as boxes to tick; where there are more, they are named
LATELY = 20  # pages on the page of a colleague


@router.get("/admin")
def people(
    request: Request,
    who: Manager,  # noqa: ARG001 guards
    centre: Here,
    q: str = "",
    page: Turned = 1,
) -> Response:
    """Everybody who may sign in, or whose name holds the words."""
    return _people(request, centre, q=q.strip()[:80], page=page)


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
def sessions(request: Request, who: Manager, centre: Here, page: Turned = 1) -> Response:
    """Who is signed in where."""
    found = turned(centre.people.sessions.of(), page, SHOWN)
    users = {user.user_id: user for user in centre.people.users.all()}
    return render(
        request,
        "admin_sessions.html",
        who=who,
        sessions=found,
        users=users,
        device=device_name,
    )


@router.post("/admin/sessions/end")
def end_session(who: Manager, centre: Here, form: Posted) -> Response:  # noqa: ARG001 guards
    """Sign somebody out."""
    centre.people.sessions.end(text(form, "session", 64))
    return back("/admin/sessions", said="web_admin.session_ended")


@router.get("/admin/tokens")
def tokens(
    request: Request,
    who: Manager,  # noqa: ARG001 guards
    centre: Here,
    page: Turned = 1,
) -> Response:
    """Every token ever made."""
    found = turned(centre.people.tokens.all(), page, SHOWN)
    users = {user.user_id: user for user in centre.people.users.all()}
    return render(request, "admin_tokens.html", tokens=found, users=users)


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
def restricted(
    request: Request, who: Restrictor, centre: Here, case: str = "", page: Turned = 1
) -> Response:
    """The cases that only named people may see; a case page links here with its number."""
    return _restricted(request, who, centre, case, page=page)


@router.post("/restricted")
def restrict(request: Request, who: Restrictor, centre: Here, form: Posted) -> Response:
    """Name the people of a case; nobody named opens it to everybody whose role permits."""
    case_id = text(form, "case", 200)
    if case_id in hidden_cases(request, who):
        raise Refused(404, "page_missing")
    by_login = {user.login: user.user_id for user in centre.people.users.all()}
    ticked = {int(str(u)) for u in form.getlist("users") if str(u).isdecimal()}
    named = text(form, "also", 4000).lower().replace(",", " ").split()
    try:
        centre.casebook.case(case_id)
        if unknown := next((login for login in named if login not in by_login), ""):
            raise UnknownRecord("unknown_user", value=unknown)
    except FanzhaError as error:
        field = "also" if error.code == "unknown_user" else "case"
        problems = {field: told(request, centre, error)}
        return _restricted(
            request, who, centre, case_id, 400, problems=problems, also=" ".join(named)
        )
    ids = [user_id for user_id in by_login.values() if user_id in ticked]
    centre.people.access.restrict(case_id, ids + [by_login[login] for login in named])
    return back("/restricted", said="web_admin.saved")


def _join(request: Request, centre: Centre, who: Member, user: User, kind: str) -> str:
    about = {"user_id": user.user_id}
    secret = centre.people.links.make(kind, about, who.login, now(request), JOIN_LIFE)
    return str(request.url_for("join", secret=secret))


def _people(request: Request, centre: Centre, status: int = 200, **values: Any) -> Response:
    values = {"form": {}, "problems": {}, "link": "", "about": None, "q": "", "page": 1, **values}
    words = values["q"].lower().split()
    found = [
        user
        for user in centre.people.users.all()
        if all(word in f"{user.login} {user.name} {user.email}".lower() for word in words)
    ]
    values["users"] = turned(found, values["page"], SHOWN)
    return render(request, "admin_people.html", status, codes=list(roles()), **values)


def _person(
    request: Request, centre: Centre, user: User, status: int = 200, **values: Any
) -> Response:
    values = {"problems": {}, "link": "", **values}
    lang = lang_of(request)
    return render(
        request,
        "admin_person.html",
        status,
        user=user,
        codes=list(roles()),
        seen=list(visits(centre.people.access.log(who=user.login)))[:LATELY],
        place=lambda what: place(what, lang),
        **values,
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
    **values: Any,
) -> Response:
    values = {"problems": {}, "page": 1, "also": "", **values}
    hidden = hidden_cases(request, who)
    named = centre.people.access.restricted()
    shown = {c: logins for c, logins in named.items() if c not in hidden}
    users = [u for u in centre.people.users.all() if not u.closed]
    if many := len(users) > MOST_TICKS:
        users = [u for u in users if u.login in shown.get(case, ())]
    return render(
        request,
        "admin_restricted.html",
        status,
        case=case,
        restrictions=turned(sorted(shown.items()), values.pop("page"), SHOWN),
        may_see=shown.get(case, ()),
        users=users,
        many=many,
        **values,
    )
