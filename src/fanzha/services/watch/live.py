"""The watch itself: accounts and thefts by name over the kernel that knows them by number."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fanzha.errors import FanzhaError, UnreadableInput, UsageError
from fanzha.model.payment import Account, Theft
from fanzha.money import stream as built
from fanzha.money.kernel import kernel
from fanzha.money.movements import CASH
from fanzha.money.pots import METHODS
from fanzha.services.watch.lines import Lines, Paid, micros
from fanzha.services.watch.rules import Carrying, Decision, decide

FLOOR = "0.01"  # minor units: smaller shares under pro rata and LIBR are let go, and booked
POISON_HOURS = 72  # beyond, nearly every account has touched nearly every theft
HOUR = 3_600_000_000
_kernel = kernel(built)
TAINTED, TERMINAL, ROBBED = _kernel.MARKS


@dataclass(slots=True)
class Batch:
    """The payments of one step as columns, for the journal: all that a restart needs to repeat."""

    at: Any = field(default_factory=lambda: array("q"))
    debtor: Any = field(default_factory=lambda: array("i"))
    creditor: Any = field(default_factory=lambda: array("i"))
    amount: Any = field(default_factory=lambda: array("q"))
    accounts: list[tuple[str, list[str]]] = field(default_factory=list)  # new ones, by currency


Answer = tuple[int, Decision | UnreadableInput | None]  # a row, and None: it carries nothing


class Watch:
    """What every account holds now, the thefts looked for, and the row that was taken last.

    It advises and never blocks. What it says is as good as what it was told: money of accounts
    that nobody told it of counts as their own. Not safe for several threads at once.
    """

    def __init__(self, method: str, terminals: Mapping[str, str] | None = None) -> None:
        if method not in METHODS:
            raise UsageError("method_unknown", method=method, known=", ".join(METHODS))
        shares = method in ("pro_rata", "libr")
        horizon = POISON_HOURS * HOUR if method == "poison" else 0
        self.stream = _kernel.Stream(method, FLOOR if shares else 0, horizon)
        self.method = method
        self.terminals = {CASH: "cash", **(terminals or {})}
        self.numbers: dict[str, dict[str, int]] = {}  # currency, number of account: its id
        self.accounts = 0
        self.thefts: list[Theft] = []
        self.row = 0
        self.part = 0  # of a row of several payments
        self.batch = Batch()
        self.refused = 0
        self.noted: list[tuple[Decision, Paid]] | None = None  # hits, for whoever wants them

    def inside(self, account: Account) -> dict[str, int]:
        """Stolen money in an account now that can still move on, by theft id, in minor units."""
        at = self.numbers.get(account.currency, {}).get(account.number)
        return {} if at is None else self._inside(at)

    def balance(self, account: Account) -> int:
        """What is known to lie in an account now, stolen or not."""
        return int(self.stream.balance[self.number(*account)])

    def lying(self) -> Iterator[tuple[Account, dict[str, int]]]:
        """Every account with stolen money that can still move on, and what of which theft."""
        for currency, numbers in self.numbers.items():
            for number, at in numbers.items():
                if inside := self._inside(at):
                    yield Account(number, currency), inside

    def _inside(self, at: int) -> dict[str, int]:
        if self.stream.mark[at] & (TAINTED | TERMINAL) != TAINTED:
            return {}
        here = self.stream.inside(at).items()
        return {self.thefts[theft].theft_id: int(amount) for theft, amount in here if amount >= 1}

    def number(self, number: str, currency: str) -> int:
        """The id of an account, a new one where it was not met before."""
        known = self.numbers.get(currency)
        found = None if known is None else known.get(number)
        return self.number_all([number], currency)[0] if found is None else found

    def number_all(self, numbers: Sequence[str], currency: str) -> list[int]:
        """The ids of several accounts of one currency, each named once."""
        known = self.numbers.setdefault(currency, {})
        new = [number for number in numbers if number not in known]
        if new:
            known.update(zip(new, range(self.accounts, self.accounts + len(new)), strict=True))
            self.accounts += len(new)
            self.stream.grow(self.accounts)
            for number in self.terminals.keys() & set(new):
                self.stream.end(known[number])
            self.batch.accounts.append((currency, new))
        return [known[number] for number in numbers]

    def end(self, terminals: Mapping[str, str]) -> None:
        """Take over a list of terminals, also for accounts that are known already."""
        self.terminals.update(terminals)
        for known in self.numbers.values():
            for number in terminals.keys() & known.keys():
                self.stream.end(known[number])

    def open(self, openings: Mapping[Account, int]) -> None:
        """State what accounts hold before the first payment."""
        for (number, currency), amount in openings.items():
            self.stream.open(self.number(number, currency), amount)

    def look_for(self, thefts: Iterable[Theft]) -> list[Theft]:
        """Look out for thefts whose payments are still to come; those known by id are kept."""
        known = {theft.theft_id for theft in self.thefts}
        new = [theft for theft in thefts if theft.theft_id not in known]
        for theft in new:
            ends = (
                self.number(theft.debtor_account, theft.currency),
                self.number(theft.creditor_account, theft.currency),
            )
            self.stream.want(*ends, theft.amount, micros(theft.booked_at))
            self.thefts.append(theft)
        return new

    @property
    def waiting(self) -> int:
        """How many thefts' payments have not come yet."""
        return sum(len(waiting) for waiting in self.stream.wanted.values())

    def take_lines(
        self, lines: Lines, said: Sequence[bytes], rows: Sequence[int] | None = None
    ) -> list[Answer]:
        """One answer for each line, in order; a line that cannot be read stops nothing.

        Lines are counted on from the last row, unless `rows` numbers them or a line does so itself
        (`row`): one of a row that was taken already is passed over without an answer.
        """
        answers: list[Answer] = []
        for place, line in enumerate(said):
            row = self.row + 1 if rows is None else rows[place]
            if row <= self.row:
                continue
            quick = lines.quick(line)
            if quick is None:
                row = self._take_line(row, lines, line, answers)
            else:
                try:
                    hit = self.move(row, quick)
                    answers.append((row, None if hit is None else self.decide(row, quick, hit)))
                except UnreadableInput as bad:
                    answers.append(self.refuse(row, bad))
            if row > self.row:
                self.row = row
        return answers

    def _take_line(self, row: int, lines: Lines, line: bytes, answers: list[Answer]) -> int:
        """A line that is not of the plainest kind; gives its row, or 0 for one taken already."""
        if not line.strip():
            return row
        try:
            payments = lines.read(row, line)
            if lines.own_row:
                if lines.own_row <= self.row:
                    return 0
                row = lines.own_row
            answers += self.take(row, payments)
        except FanzhaError as bad:
            answers.append(self.refuse(row, bad))
        return row

    def take(self, row: int, payments: Sequence[Paid]) -> list[Answer]:
        """Move the money of one row's payments: usually one."""
        if len(payments) != 1:
            return self._take_several(row, payments)
        hit = self.move(row, payments[0])
        return [(row, None if hit is None else self.decide(row, payments[0], hit))]

    def move(self, row: int, paid: Sequence[Any]) -> Any:
        """Move the money of one payment; the kernel's hit, or None where it carries nothing."""
        at, debtor, creditor, amount, currency, _ = paid
        try:
            known = self.numbers[currency]
            payer, payee = known[debtor], known[creditor]
        except KeyError:
            payer, payee = self.number(debtor, currency), self.number(creditor, currency)
        try:
            hit = self.stream.pay(row, payer, payee, amount, at, -1)
        except OverflowError as full:
            raise UnreadableInput("watch_too_much", field="amount", value=amount) from full
        batch = self.batch
        batch.at.append(at)
        batch.debtor.append(payer)
        batch.creditor.append(payee)
        batch.amount.append(amount)
        return hit

    def _take_several(self, row: int, payments: Sequence[Paid]) -> list[Answer]:
        """A payment with its fee, or a whole message: told apart by `part`."""
        answers: list[Answer] = []
        for part, paid in enumerate(payments, 1):
            self.part = part
            answers += self.take(row, [paid])
        self.part = 0
        return answers or [(row, None)]

    def decide(self, row: int, said: Sequence[Any], hit: Any) -> Decision:
        """The advice on a payment that carries."""
        paid = Paid(*said)
        carrying = Carrying(
            row,
            self.part or 1,
            self.method,
            Account(paid.debtor, paid.currency),
            Account(paid.creditor, paid.currency),
            paid.amount,
            self.terminals.get(paid.creditor, ""),
            paid.details(),
        )
        decision = decide(carrying, hit, self.thefts)
        if self.noted is not None:
            self.noted.append((decision, paid))
        return decision

    def refuse(self, row: int, bad: FanzhaError) -> Answer:
        """Note a row that was not taken."""
        self.refused += 1
        if not isinstance(bad, UnreadableInput):
            bad = UnreadableInput(bad.code, **bad.values)
        return row, bad

    def done(self) -> Batch:
        """What was taken since the last time, to be written down; a new step begins."""
        batch, self.batch = self.batch, Batch()
        return batch
