"""`fanzha serve --demo`: an example centre is made, and more happens in it while it is open."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from fanzha.cli.screen import utc_now
from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang, say
from fanzha.people import role_label
from fanzha.services.centre import Centre

EVERY = 25  # cases between two lines of progress


@contextlib.contextmanager
def example(centre: Centre, address: str, lang: Lang) -> Iterator[None]:
    """Fill an empty centre, say who may sign in, and feed its watch while the block runs.

    Raises `NotAllowed` (`demo_not_empty`) where there are cases, `UsageError` (`ledger_extra`)
    without the parts for ledgers.
    """
    from fanzha.services.demo import load_demo

    try:
        from fanzha.services.demo.ledger import Feeder, fill_ledger
    except ImportError as missing:
        raise UsageError("ledger_extra") from missing
    from fanzha.services.demo.people import invite
    from fanzha.services.measures import count_measures
    from fanzha.services.queue import what_burns
    from fanzha.services.search import keep_up
    from fanzha.web.render import compile_pages

    started, now = time.monotonic(), utc_now()

    def tell(key: str, **values: object) -> None:
        print(say(f"cli.demo_{key}", lang, **values), file=sys.stderr, flush=True)

    def on_case(done: int, total: int) -> None:
        if done % EVERY == 0:
            tell("cases", done=done, total=total)

    load_demo(centre, now, on_case)
    tell("payments")
    feeder = Feeder(centre, fill_ledger(centre, now), now)
    tell("hits")
    feeder.catch_up()
    tell("index")
    keep_up(centre.casebook, centre.tz)
    count_measures(centre.casebook, now, centre.tz)
    what_burns(centre.casebook, now)
    compile_pages()
    print(say("cli.demo_ready", lang, seconds=round(time.monotonic() - started)))
    for user, secret in invite(centre, now):
        roles = ", ".join(role_label(code, lang) for code in user.roles)
        print(f"  {user.login:<10} {roles}\n             {address}/join/{secret}")
    sys.stdout.flush()
    with feeder:
        yield
