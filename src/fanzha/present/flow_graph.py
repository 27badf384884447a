"""What the drawing of money flow is made of: accounts in columns and the payments between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fanzha.model.payment import Account
from fanzha.money.movements import Movements
from fanzha.money.trace import Trace
from fanzha.present.fate import Leg, fate_in, legs

MAX_ACCOUNTS = 40  # beyond this a picture is read by nobody; the smallest are drawn together
MAX_PAYMENTS = 120  # beyond this the payments between two accounts are drawn as one ribbon
MAX_STARTS = 20
MAX_RIBBONS = 160
MAX_BANDS = 300  # beyond this a ribbon's bands of several thefts are drawn as one

Key = tuple[str, str]  # an account, or ("\0others", column) for many drawn together
OTHERS = "\0others"
ALTERNATIVE = "alternative"


@dataclass(slots=True, kw_only=True)
class Node:
    """An account in one currency, or several drawn together.

    `own` is money that is not stolen as far as this trace says; `held` and `disputed` are by
    theft; `exit` marks a terminal account, which stands in the last column.
    """

    key: Key
    currency: str
    column: int
    fate: str
    first_at: datetime
    levels: dict[str, int] = field(default_factory=dict)
    brought: dict[str, int] = field(default_factory=dict)
    came_in: int = 0
    own: int = 0
    held: dict[str, int] = field(default_factory=dict)
    disputed: dict[str, int] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    accounts: int = 1
    bound: int | None = None  # under poison: the balance, which no sum of upper bounds may exceed
    name: str = field(default="", repr=False)

    @property
    def there(self) -> int:
        """Stolen money there now, of all thefts."""
        whole = sum(self.held.values())
        return whole if self.bound is None else min(whole, self.bound)

    @property
    def look(self) -> str:
        """How what stays here is drawn."""
        return self.fate if self.bound is None else "bound"

    @property
    def others(self) -> bool:
        """Whether it stands for many."""
        return self.key[0] == OTHERS


@dataclass(slots=True, kw_only=True)
class Ribbon:
    """One payment, or all between two accounts, with the stolen and the own money in it."""

    source: Node
    target: Node
    at: datetime
    bands: dict[tuple[str, str], float] = field(default_factory=dict)  # (theft, fate)
    own: int = 0
    legs: list[Leg] = field(default_factory=list, repr=False)
    payments: int = 0

    @property
    def carried(self) -> int:
        """The stolen money in it."""
        return sum(leg.amount for leg in self.legs)


@dataclass(frozen=True, slots=True)
class Graph:
    """One currency's part of a trace.

    `grouped` counts accounts that are drawn together; `beside` are alternative carriers: the same
    value in another form, linked to the account and never added to it. `thinner` ribbons are not
    drawn, none of which carries more than `thinnest`. `carried` is everything that moved, drawn or
    not, and `drawn` says as which node an account is drawn.
    """

    nodes: list[Node]
    ribbons: list[Ribbon]
    thefts: list[str]
    grouped: int
    beside: list[tuple[Node, Node]]
    carried: Sequence[Leg] = field(default=(), repr=False)
    drawn: Mapping[Account, Node] = field(default_factory=dict, repr=False)
    thinner: int = 0
    thinnest: int = 0


def graphs(found: Trace, movements: Movements) -> list[Graph]:
    """One graph for each currency, for money of two currencies is never on one scale."""
    carried = legs(found, movements)
    currencies = dict.fromkeys(leg.payment.currency for leg in carried)
    return [
        _graph(found, movements, [leg for leg in carried if leg.payment.currency == c])
        for c in currencies
    ]


def _graph(found: Trace, movements: Movements, carried: Sequence[Leg]) -> Graph:
    nodes = _accounts(movements, carried)
    bound = found.rule == "poison"
    for h in found.holdings:
        if h.account in nodes:
            nodes[h.account].held[h.theft_id] = h.amount
            nodes[h.account].bound = found.balances[h.account] if bound else None
    _disputed(found, nodes, carried)
    beside = _alternatives(found, nodes)
    exit_column = 1 + max((n.column for n in nodes.values() if not _exits(n)), default=0)
    exit_column = max([exit_column, *(other.column + 1 for _, other in beside)])
    for node in nodes.values():
        if _exits(node):
            node.column = exit_column
    drawn = _together(nodes)
    ribbons = _ribbons(drawn, carried)
    _own_money(movements, drawn, ribbons)
    ribbons.sort(key=lambda r: -r.carried)
    kept_ribbons, thin = ribbons[:MAX_RIBBONS], ribbons[MAX_RIBBONS:]
    _plainer(kept_ribbons)
    kept = list({id(n): n for n in [*drawn.values(), *(b for _, b in beside)]}.values())
    thefts = list(dict.fromkeys(leg.theft_id for leg in carried if leg.theft))
    grouped = sum(n.accounts for n in kept if n.others)
    return Graph(
        nodes=kept,
        ribbons=kept_ribbons,
        thefts=thefts,
        grouped=grouped,
        beside=[(drawn[a], other) for a, other in beside],
        carried=carried,
        drawn=drawn,
        thinner=len(thin),
        thinnest=thin[0].carried if thin else 0,
    )


def _alternatives(found: Trace, nodes: Mapping[Account, Node]) -> list[tuple[Account, Node]]:
    beside = []
    for alternative in found.alternatives:
        carrier = alternative.carrier
        account = Account(carrier.account, carrier.currency)
        if account in nodes:
            other = Node(
                key=(carrier.carrier, carrier.carrier_currency),
                currency=carrier.carrier_currency,
                column=nodes[account].column + 1,
                fate=ALTERNATIVE,
                first_at=carrier.booked_at,
                came_in=carrier.carrier_amount,
            )
            beside.append((account, other))
    return beside


def _exits(node: Node) -> bool:
    return node.fate not in ("resting", "last_seen") and not node.starts


def _accounts(movements: Movements, carried: Sequence[Leg]) -> dict[Account, Node]:
    nodes: dict[Account, Node] = {}

    def node(account: Account, leg: Leg) -> Node:
        if account not in nodes:
            nodes[account] = Node(
                key=account,
                currency=account.currency,
                column=0,
                fate=fate_in(movements, account),
                first_at=leg.payment.booked_at,
            )
        return nodes[account]

    for leg in carried:
        source, target = node(leg.source, leg), node(leg.target, leg)
        level = 1 if leg.theft else source.levels.get(leg.theft_id, 0) + 1
        target.levels[leg.theft_id] = min(level, target.levels.get(leg.theft_id, level))
        target.brought[leg.theft_id] = target.brought.get(leg.theft_id, 0) + leg.amount
        target.came_in += leg.amount
        target.name = target.name or leg.payment.creditor_name
        source.name = source.name or leg.payment.debtor_name
        if leg.theft and leg.theft_id not in source.starts:
            source.starts.append(leg.theft_id)
    for reached in nodes.values():
        if reached.brought:  # it stands where the theft that brought most reached it
            most = max(reached.brought, key=lambda t: (reached.brought[t], reached.levels[t]))
            reached.column = reached.levels[most]
    return nodes


def _disputed(found: Trace, nodes: Mapping[Account, Node], carried: Sequence[Leg]) -> None:
    """Disputed money is shown where it was when the later theft took it along."""
    left = {leg.theft_id: leg.source for leg in carried if leg.theft}
    for d in found.disputed:
        node = nodes.get(left.get(d.by, d.account))
        if node:
            node.disputed[d.theft_id] = node.disputed.get(d.theft_id, 0) + d.amount


def _together(nodes: Mapping[Account, Node]) -> dict[Account, Node]:
    """The accounts that are drawn, the smallest of many as one for each column."""

    def weight(item: tuple[Account, Node]) -> tuple[int, int, Account]:
        account, node = item
        return -sum(node.held.values()), -node.came_in, account

    starts = [i for i in nodes.items() if i[1].column == 0]
    rest = sorted((i for i in nodes.items() if i[1].column), key=weight)
    flow = sorted(rest, key=lambda i: (-i[1].came_in, i[0]))
    kept = {a for a, _ in rest[: MAX_ACCOUNTS // 2]}
    for account, _ in flow:
        if len(kept) >= MAX_ACCOUNTS:
            break
        kept.add(account)
    starts.sort(key=lambda i: (len(i[1].starts) == 0, i[1].first_at))
    kept |= {a for a, _ in starts[:MAX_STARTS]}
    drawn: dict[Account, Node] = {}
    many: dict[tuple[int, str], list[tuple[Account, Node]]] = defaultdict(list)
    for account, node in nodes.items():
        if account in kept:
            drawn[account] = node
        else:
            many[node.column, node.fate].append((account, node))
    for (column, fate), members in many.items():
        if len(members) == 1:
            drawn[members[0][0]] = members[0][1]
            continue
        one = _merged(column, fate, [n for _, n in members])
        drawn.update((account, one) for account, _ in members)
    return drawn


def _merged(column: int, fate: str, members: Sequence[Node]) -> Node:
    one = Node(
        key=(OTHERS, f"{column}/{fate}"),
        currency=members[0].currency,
        column=column,
        fate=fate,
        first_at=min(n.first_at for n in members),
        accounts=len(members),
        came_in=sum(n.came_in for n in members),
    )
    if any(n.bound is not None for n in members):
        one.bound = sum(n.bound or 0 for n in members)
    for member in members:
        one.starts += member.starts
        for ours, theirs in ((one.held, member.held), (one.disputed, member.disputed)):
            for theft_id, amount in theirs.items():
                ours[theft_id] = ours.get(theft_id, 0) + amount
    return one


def _ribbons(drawn: Mapping[Account, Node], carried: Sequence[Leg]) -> list[Ribbon]:
    single = len({id(leg.payment) for leg in carried}) <= MAX_PAYMENTS
    found: dict[tuple[int, int, int], Ribbon] = {}
    last: dict[tuple[int, int, int], int] = {}
    for leg in carried:
        source, target = drawn[leg.source], drawn[leg.target]
        if source is target:
            continue
        key = (id(source), id(target), id(leg.payment) if single else 0)
        ribbon = found.get(key)
        if ribbon is None:
            ribbon = found[key] = Ribbon(source=source, target=target, at=leg.payment.booked_at)
        ribbon.legs.append(leg)
        if last.get(key) != id(leg.payment):
            ribbon.own += leg.payment.amount
            ribbon.payments += 1
        last[key] = id(leg.payment)
        ribbon.own = max(0, ribbon.own - leg.amount)
        for fate, size in leg.parts:
            band = leg.theft_id, fate
            ribbon.bands[band] = ribbon.bands.get(band, 0) + size
    return list(found.values())


def _plainer(ribbons: Sequence[Ribbon]) -> None:
    """Too many bands are no picture: then a ribbon shows where money ended, not whose it is."""
    if sum(len(r.bands) for r in ribbons) <= MAX_BANDS:
        return
    for ribbon in ribbons:
        bands: dict[tuple[str, str], float] = {}
        for (_, fate), size in ribbon.bands.items():
            bands["", fate] = bands.get(("", fate), 0) + size
        ribbon.bands = bands


def _own_money(
    movements: Movements, drawn: Mapping[Account, Node], ribbons: Sequence[Ribbon]
) -> None:
    """Own money in an account: what it had or got besides, and at least what left or is there."""
    brought: dict[int, int] = defaultdict(int)
    taken: dict[int, int] = defaultdict(int)
    for ribbon in ribbons:
        brought[id(ribbon.target)] += ribbon.own
        taken[id(ribbon.source)] += ribbon.own
    for account, node in drawn.items():
        if node.others or node.fate not in ("resting", "last_seen") or node.starts:
            continue
        had = movements.openings[account].amount if account in movements.openings else 0
        there = movements.balances.get(account, 0) - sum(node.held.values())
        node.own = max(had + brought[id(node)], taken[id(node)] + max(0, there), 0)
