"""The ranking of a watch as a file: written anew, whole, when stolen money has moved."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from fanzha.errors import UsageError
from fanzha.money.holds import Desk, Terms
from fanzha.services.rerank import Ranking, ranking_of
from fanzha.services.watch.live import Watch
from fanzha.services.watch.plan import LivePlan, each_theft, moment_of
from fanzha.services.whole_file import write_whole

EVERY = 1.0  # seconds between two writings, at least
ROWS = 100  # accounts in the file: more than a desk can ask about before it is written again

Render = Callable[[Ranking, int], bytes]  # with the row that was taken last


class PlanFile:
    """Follows a watch; `step` after everything that it took, and while nothing comes."""

    def __init__(
        self, path: Path, watch: Watch, terms: Mapping[str, Terms], how: tuple[Desk, Render]
    ) -> None:
        desk, self._render = how
        if watch.method == "poison":
            raise UsageError("poison_not_for_plans")
        self.path, self._watch = path, watch
        self._curves = desk.curves
        self.plan = LivePlan(desk)
        for name, told in each_theft(watch.thefts, terms):
            self.plan.tell(name, told)
        watch.noted = []
        self._written = 0.0

    def step(self, *, last: bool = False) -> None:
        """Write the ranking where it has changed and the last writing is long enough ago."""
        noted = self._watch.noted
        if noted:
            self.plan.saw(noted)
            noted.clear()
        if self.plan.changed and (last or time.monotonic() - self._written >= EVERY):
            self._write()
            self._written = time.monotonic()

    def _write(self) -> None:
        moment = moment_of(self._watch, self._curves)
        if moment is None:
            return
        board = self.plan.board(self.plan.views(self._watch), moment)
        content = self._render(ranking_of(board, moment, most=ROWS), self._watch.row)
        try:
            write_whole(self.path, content, 0o600)
        except OSError as refused:
            raise UsageError(
                "watch_plan_unwritable", path=str(self.path), why=str(refused)
            ) from refused
