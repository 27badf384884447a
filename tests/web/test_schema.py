"""What the OpenAPI describes, asked with all that a fuzzer thinks of: never our fault, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from tests.web.workbench import session_of, workbench

ENDLESS = ("live", "stream", "events")  # pages that never end
FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> bytes:
    """What the fuzzer thought of, as the lines of a batch."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def test_nothing_that_is_asked_is_our_fault(tmp_path: Path) -> None:
    with workbench(tmp_path) as (centre, app):
        app.state.limiter.hit = lambda *_: True  # the limit would hide what lies behind it
        cookie = {"cookie": f"fanzha={session_of(centre, 'investigator')}"}
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        asked: set[str] = set()
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            if any(word in operation.path for word in ENDLESS):
                continue

            @FEW
            @given(case=operation.as_strategy())
            def ask(case: Any) -> None:
                status = case.call(headers=cookie).status_code
                assert status < 500, f"{case.method} {case.formatted_path} {case.query}"
                asked.add(case.path)

            ask()
        assert {"/v1/check", "/check", "/v1/me", "/v/{secret}"} <= asked
