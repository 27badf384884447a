"""Cases that want the same money: who may hold how much, and who gave way and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fanzha.model.payment import Account
from fanzha.money.shares import Pot, share_pots

BALANCE, LOSS = "balance", "loss"  # why a claim gave way

Key = tuple[Account, str]  # an account and a theft


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """One theft's money in one account, as one case or several see it.

    `theft` names the stolen payment the same way in every case; `cases` are (case, theft id) as
    people know them. `worth` is how likely the institution is to act in time less the weighted
    chance that the holder gave something for the money: what an analyst entered, no score.
    """

    theft: str
    victim: str
    account: Account
    amount: int
    credited_at: datetime
    cases: tuple[tuple[str, str], ...]
    worth: float = 0.0

    @property
    def key(self) -> Key:
        """What names this stake."""
        return self.account, self.theft


@dataclass(frozen=True, slots=True)
class Loss:
    """What a victim lost over all thefts: `gross` is the weight of a share, `net` is its limit."""

    gross: int
    net: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveWay:
    """A claim that was cut, and by what: the account's `balance`, the victim's `loss`, or both."""

    stake: Stake
    given: int
    why: tuple[str, ...]


def settle(
    stakes: Iterable[Stake], balances: Mapping[Account, int], losses: Mapping[str, Loss]
) -> dict[Key, int]:
    """How much of each stake may be held.

    Two limits always stand: what is held in an account is at most its balance, and what is held
    for a victim is at most that victim's loss net of refunds. Where they bind,

    1. a victim's own stakes give way first where least is to be won (worth, then age of money);
    2. victims in one account share its balance in proportion to their gross losses;
    3. what is then left anywhere goes to whoever still wants it, best stake first.

    No stake could be given more without breaking a limit, and the order of the input is nothing.
    """
    ordered = sorted(stakes, key=_best_first)
    wanted = _within_losses(ordered, losses)
    given = _within_balances(ordered, wanted, balances, losses)
    in_account, for_victim = _sums(ordered, given)
    for stake in ordered:
        more = min(
            stake.amount - given[stake.key],
            max(0, balances[stake.account]) - in_account[stake.account],
            losses[stake.victim].net - for_victim[stake.victim],
        )
        if more > 0:
            given[stake.key] += more
            in_account[stake.account] += more
            for_victim[stake.victim] += more
    return given


def gave_way(
    stakes: Iterable[Stake],
    given: Mapping[Key, int],
    balances: Mapping[Account, int],
    losses: Mapping[str, Loss],
) -> tuple[GaveWay, ...]:
    """Which of these stakes got less than was traced, and which limit they met."""
    stakes = sorted(stakes, key=_best_first)
    in_account, for_victim = _sums(stakes, given)
    cut = []
    for stake in stakes:
        if given[stake.key] < stake.amount:
            met = (
                in_account[stake.account] >= max(0, balances[stake.account]),
                for_victim[stake.victim] >= losses[stake.victim].net,
            )
            why = tuple(w for w, true in zip((BALANCE, LOSS), met, strict=True) if true)
            cut.append(GaveWay(stake=stake, given=given[stake.key], why=why))
    return tuple(cut)


def _best_first(stake: Stake) -> tuple[float, float, Account, str]:
    """The best chance first, then the newest money; names settle what is still equal."""
    return -stake.worth, -stake.credited_at.timestamp(), stake.account, stake.theft


def _within_losses(ordered: Sequence[Stake], losses: Mapping[str, Loss]) -> dict[Key, int]:
    room = {victim: loss.net for victim, loss in losses.items()}
    wanted: dict[Key, int] = {}
    for stake in ordered:
        wanted[stake.key] = take = min(stake.amount, room[stake.victim])
        room[stake.victim] -= take
    return wanted


def _within_balances(
    ordered: Sequence[Stake],
    wanted: Mapping[Key, int],
    balances: Mapping[Account, int],
    losses: Mapping[str, Loss],
) -> dict[Key, int]:
    given = dict(wanted)
    by_account: dict[Account, list[Stake]] = defaultdict(list)
    for stake in ordered:
        by_account[stake.account].append(stake)
    for account, here in by_account.items():
        balance = max(0, balances[account])
        caps = {s.theft: wanted[s.key] for s in here}
        if sum(caps.values()) > balance:
            weights = {s.theft: losses[s.victim].gross for s in here}
            (shares,) = share_pots([Pot(total=balance, weights=weights, caps=caps)], caps)
            given.update(((account, theft), share) for theft, share in shares.items())
    return given


def _sums(
    stakes: Iterable[Stake], given: Mapping[Key, int]
) -> tuple[dict[Account, int], dict[str, int]]:
    in_account: dict[Account, int] = defaultdict(int)
    for_victim: dict[str, int] = defaultdict(int)
    for stake in stakes:
        in_account[stake.account] += given[stake.key]
        for_victim[stake.victim] += given[stake.key]
    return in_account, for_victim
