"""`fanzha serve`: the workbench of a centre, until it is told to stop."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator

from fanzha.cli.screen import DONE, Arguments, utc_now
from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang, say

# Between pages that are being made, the threads change that often: who waits for a lock that a
# thread holds while it looks into the database waits for all others at every statement.
SWITCH_SECONDS = 0.0005
GRACE_SECONDS = 5  # for answers under way when the server is told to stop


def serve(arguments: Arguments, lang: Lang) -> int:
    """Open the workbench of a centre until interrupted; requests are not logged, counts are."""
    try:
        import uvicorn

        from fanzha.web.app import make_app
    except ImportError as missing:
        raise UsageError("web_missing") from missing
    from fanzha.services.centre import first_link, open_centre

    with contextlib.ExitStack() as stack:
        door = stack.enter_context(_door(arguments.host, arguments.port))
        centre = stack.enter_context(open_centre(arguments.data))
        stack.enter_context(_stopped_cleanly())
        host = "127.0.0.1" if arguments.host in ("0.0.0.0", "::") else arguments.host
        address = f"http://{f'[{host}]' if ':' in host else host}:{arguments.port}"
        if arguments.demo:
            from fanzha.cli.demo import example

            stack.enter_context(example(centre, address, lang))
        secret = first_link(centre, utc_now())
        if secret:
            print(say("cli.first_link", lang, link=f"{address}/first/{secret}"), flush=True)
        else:
            print(say("cli.serving", lang, link=address), flush=True)
        sys.setswitchinterval(SWITCH_SECONDS)
        how = uvicorn.Config(
            make_app(centre, lang),
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        uvicorn.Server(how).run(sockets=[door])
    return DONE


def _door(host: str, port: int) -> socket.socket:
    """The address, taken before anything is filled or promised; it listens once there is a page."""
    door: socket.socket | None = None
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        door = socket.socket(family, kind, protocol)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((address[0], port, *address[2:]))
    except (OSError, OverflowError) as refused:
        if door is not None:
            door.close()
        why = getattr(refused, "strerror", None) or refused
        raise UsageError("address_taken", host=host, port=port, why=why) from refused
    return door


@contextlib.contextmanager
def _stopped_cleanly() -> Iterator[None]:
    """SIGTERM ends with 0 and everything closed, not with a signal."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(DONE))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
