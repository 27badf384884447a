"""The drawing of money flow: what it is made of, what it merges, and that it stays legible."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.present.stories import W1, ZONE, at, moves

from fanzha.model.payment import Account, Payment, Sighting, Theft
from fanzha.money.movements import Known, Movements, gather
from fanzha.money.trace import trace
from fanzha.present.fate import Leg, fate_in, legs
from fanzha.present.flow import Rows, draw, flow_svg
from fanzha.present.flow_graph import MAX_ACCOUNTS, MAX_RIBBONS, Graph, Node, graphs
from fanzha.present.flow_layout import lay_out

SVG = "{http://www.w3.org/2000/svg}"


def the_graph(method: str = "fifo", movements: Movements | None = None) -> Graph:
    movements = movements or moves()
    (graph,) = graphs(trace(movements, method, (W1,)), movements)
    return graph


def node(graph: Graph, number: str) -> Node:
    (found,) = [n for n in graph.nodes if n.key[0] == number]
    return found


def leg(found: list[Leg], debtor: str, creditor: str, theft_id: str = "V1") -> Leg:
    (one,) = [
        x
        for x in found
        if (x.source.number, x.target.number, x.theft_id) == (debtor, creditor, theft_id)
    ]
    return one


def test_what_became_of_each_payment_by_fifo() -> None:
    movements = moves()
    found = legs(trace(movements, "fifo"), movements)
    assert dict(leg(found, "A1", "B1").parts) == {"resting": 7_900_000, "cash": 2_000_000}
    assert dict(leg(found, "V1", "A1").parts) == {"resting": 25_600_000, "cash": 4_400_000}
    assert dict(leg(found, "B1", "CASH").parts) == {"cash": 2_000_000}


def test_lifo_takes_the_newest_and_keeps_the_oldest() -> None:
    paid = [
        pay(1, "V", "M", 100),
        pay(2, "M", "X", 60),
        pay(3, "X", "M", 60),
        pay(4, "M", "CASH", 60),
    ]
    movements = gather(paid, [stolen("T", "V", "M", 100)])
    by = {m: legs(trace(movements, m), movements) for m in ("fifo", "lifo")}
    assert dict(leg(by["lifo"], "X", "M", "T").parts) == {"cash": 60}
    assert dict(leg(by["fifo"], "X", "M", "T").parts) == {"resting": 40, "cash": 20}
    assert dict(leg(by["lifo"], "V", "M", "T").parts) == {"cash": 60, "resting": 40}


def pay(second: int, debtor: str, creditor: str, amount: int) -> Payment:
    return Payment(
        booked_at=at("10:00:00") + timedelta(seconds=second),
        debtor_account=debtor,
        creditor_account=creditor,
        amount=amount,
        currency="CNY",
        sightings=(Sighting(file="p.csv", row=second),),
    )


def stolen(theft_id: str, debtor: str, creditor: str, amount: int, second: int = 1) -> Theft:
    return Theft(
        theft_id=theft_id,
        debtor_account=debtor,
        creditor_account=creditor,
        amount=amount,
        currency="CNY",
        booked_at=at("10:00:00") + timedelta(seconds=second),
    )


ACCOUNTS = ("A", "B", "C", "D", "CASH", "ABROAD")


@st.composite
def cases(choose: st.DrawFn) -> Movements:
    ends = st.permutations(ACCOUNTS).map(lambda p: (p[0], p[1]))
    rows = st.lists(st.tuples(ends, st.integers(1, 200)), max_size=14)
    moved: list[tuple[tuple[str, str], int]] = choose(rows)
    payments = [pay(1, "V", "A", 150), pay(2, "W", "B", 90)]
    payments += [pay(i, *ends, amount) for i, (ends, amount) in enumerate(moved, 3)]
    thefts = [stolen("T1", "V", "A", 150), stolen("T2", "W", "B", 90, 2)]
    late: bool = choose(st.booleans())
    if moved and late:  # a later theft that takes earlier stolen money along
        (debtor, creditor), amount = moved[-1]
        thefts.append(stolen("T3", debtor, creditor, amount, len(payments)))
    seen = {Account(a, "CNY") for a in ("A", "B", "V", "W")}
    return gather(payments, thefts, Known(terminals={"ABROAD": "abroad"}, seen=seen))


@given(cases(), st.sampled_from(["fifo", "lifo", "pro_rata", "libr"]))
@settings(max_examples=150, deadline=None)
def test_the_first_payment_s_fates_are_where_the_theft_ended(
    movements: Movements, method: str
) -> None:
    """What became of a theft's own payment is what the trace says of the whole theft."""
    found = trace(movements, method)
    for start in (x for x in legs(found, movements) if x.theft):
        ended: dict[str, float] = {}
        for h in found.holdings:
            if h.theft_id == start.theft_id:
                fate = fate_in(movements, h.account)
                ended[fate] = ended.get(fate, 0) + h.amount
        for d in found.disputed:
            if d.theft_id == start.theft_id:
                ended["disputed"] = ended.get("disputed", 0) + d.amount
        near = 0 if method in ("fifo", "lifo") else len(found.carried) + 1
        became = dict(start.parts)
        for fate in ended.keys() | became.keys():
            assert abs(ended.get(fate, 0) - became.get(fate, 0)) <= near


def test_own_money_is_in_the_picture() -> None:
    graph = the_graph()
    assert node(graph, "B1").own == 1_500_000
    assert node(graph, "B3").own == 8_350_000
    assert node(graph, "A1").own == 0
    (mixed,) = [r for r in graph.ribbons if r.source.key[0] == "B1" and r.target.key[0] == "C1"]
    assert mixed.own == 1_500_000
    assert sum(mixed.bands.values()) == 4_500_000


def test_level_belongs_to_theft_and_account() -> None:
    graph = the_graph()
    assert node(graph, "B2").levels == {"V2": 1, "V1": 2}
    assert [node(graph, a).column for a in ("V1", "A1", "B2", "C2")] == [0, 1, 2, 3]
    assert node(graph, "CASH").column == max(n.column for n in graph.nodes)


def test_an_alternative_carrier_is_linked_and_never_added() -> None:
    graph = the_graph()
    ((account, wallet),) = graph.beside
    assert (account.key[0], wallet.key, wallet.came_in) == (
        "C2",
        ("W1", "USDT"),
        16_550_000_000,
    )
    assert sum(n.there for n in graph.nodes) == 35_000_000


def test_bars_of_a_column_never_overlap_and_stand_in_the_order_of_first_credit() -> None:
    for method in ("fifo", "lifo", "pro_rata", "libr", "poison"):
        layout = lay_out(the_graph(method))
        columns: dict[float, list[tuple[float, float, object]]] = {}
        for placed in layout.nodes:
            column = columns.setdefault(placed.x, [])
            column.append((placed.y, placed.y + placed.height, placed.node.first_at))
            assert placed.y + placed.height <= layout.height
        for column in columns.values():
            assert all(a[1] < b[0] and a[2] <= b[2] for a, b in pairwise(column))  # type: ignore[operator]


def test_the_picture_is_well_formed_and_names_the_rows_behind_each_band() -> None:
    movements = moves()
    root = etree.fromstring(f"<x>{svg_of(movements)}</x>")
    titles = [t.text or "" for t in root.iter(f"{SVG}title", "title")]
    assert any(
        "B1 李** → C1" in t and "V1 45,000.00" in t and "ledger_s2.csv:8" in t for t in titles
    )
    focusable = root.findall(".//*[@tabindex='0']")
    assert len(focusable) == 13 - 1  # every payment but B3's to its supplier


def svg_of(movements: Movements, method: str = "fifo") -> str:
    return flow_svg(trace(movements, method), movements, ZONE)


def test_nothing_stolen_is_an_empty_picture() -> None:
    assert flow_svg(trace(moves(()), "fifo"), moves(()), ZONE) == ""


def test_two_currencies_are_two_pictures() -> None:
    paid = [pay(1, "V", "A", 100), pay(2, "W", "B", 90)]
    paid[1] = replace(paid[1], currency="USD")
    thefts = [stolen("T1", "V", "A", 100), replace(stolen("T2", "W", "B", 90, 2), currency="USD")]
    movements = gather(paid, thefts)
    assert len(draw(trace(movements, "fifo"), movements, Rows(ZONE))) == 2


@pytest.fixture(scope="module")
def crowd() -> Movements:
    """One theft that is spread over 600 accounts in three steps."""
    paid = [pay(1, "V", "M", 9_000_000)]
    paid += [pay(2 + i, "M", f"P{i:03}", 40_000 + i) for i in range(200)]
    paid += [pay(300 + i, f"P{i % 200:03}", f"Q{i:03}", 15_000 + i) for i in range(400)]
    return gather(paid, [stolen("T", "V", "M", 9_000_000)])


@pytest.mark.parametrize("method", ["fifo", "pro_rata", "poison"])
def test_a_crowd_is_merged_and_counted_never_hidden(crowd: Movements, method: str) -> None:
    graph = the_graph(method, crowd)
    found = trace(crowd, method)
    accounts = {c.payment.creditor for c in found.carried} | {Account("V", "CNY")}
    assert len(graph.nodes) <= MAX_ACCOUNTS + 10
    assert sum(n.accounts for n in graph.nodes) == len(accounts)
    assert sum(sum(n.held.values()) for n in graph.nodes) == sum(found.total().values())
    assert graph.grouped == sum(n.accounts for n in graph.nodes if n.others) > 500
    assert len(graph.ribbons) <= MAX_RIBBONS
    (drawing,) = draw(found, crowd, Rows(ZONE))
    assert (
        f"{graph.nodes[-1].accounts} other accounts" in drawing.svg
        or "other accounts" in drawing.svg
    )


def test_thin_ribbons_that_are_left_out_are_counted() -> None:
    many = range(30)
    paid = [pay(1, "V", "M", 9_000_000)]
    paid += [pay(2 + i, "M", f"P{i:02}", 250_000) for i in many]
    paid += [
        pay(100 + 30 * i + j, f"P{i:02}", f"P{j:02}", 100 + i) for i in many for j in many if i < j
    ]
    graph = the_graph("fifo", gather(paid, [stolen("T", "V", "M", 9_000_000)]))
    assert len(graph.ribbons) == MAX_RIBBONS
    assert graph.thinner == 1 + 30 + 435 - MAX_RIBBONS
    assert graph.thinnest <= min(r.carried for r in graph.ribbons)
