"""Write the bundled fictional case: five scam stories hidden in a day of ordinary payments.

    python examples/generate.py OUT_FOLDER [--payments 100000] [--seed 20240514] [--thefts 3]

The same arguments give the same bytes. The folder gets the statements of four banks in four
shapes for the 24 hours up to 14:20 on 14 May 2024 (+08:00), the victim's report, and the lists
that an investigator adds. Nothing in it is real; examples/README.md says what to find.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path

if not __package__:  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from examples.statements import BANKS, Bank, Leg, write_statement

STORY = Path(__file__).parent / "story"
START = datetime.fromisoformat("2024-05-13T14:20:00+08:00")
DAY = 86_400  # the last instant, 14:20:00, is in: it is when the banks were asked
FIRST_HOUR = 14 * 3600 + 20 * 60
PUBLIC_TEST_CARD = "6205500000000000004"  # UnionPay's own; A1 of the story

BUSY = (1, 0.5, 0.3, 0.2, 0.2, 0.5, 1.5, 4, 6, 8, 8, 8, 9, 7, 6, 6, 6, 7, 8, 8, 7, 5, 3, 2)
SHARE_OF_BANK = (46, 32, 6, 16)
# kind, share of the day, median in yuan, spread of the log-normal
KINDS = (
    ("wage", 8, 6500, 0.45),
    ("shop", 46, 42, 0.9),
    ("peer", 26, 220, 1.1),
    ("bill", 9, 130, 0.6),
    ("cash", 9, 900, 0.6),
    ("paid_in", 2, 1500, 0.6),
)
BILLERS = ("U-POWER", "U-WATER", "U-GAS", "U-PHONE")


@dataclass(slots=True)
class Transfer:
    """One transfer as it happened; `at` counts seconds from `START`."""

    at: int
    debtor: str
    creditor: str
    minor: int
    kind: str
    note: str = ""
    skew: int = 0  # by how much the creditor's bank is late


@dataclass(slots=True)
class Town:
    """Who banks where: `bank_of` knows only customers of the four banks."""

    bank_of: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    shops: list[str] = field(default_factory=list)
    employers: list[str] = field(default_factory=list)


# The story's accounts: holder, and which of the four banks (None: elsewhere, no statement).
CAST: Mapping[str, tuple[str, int | None]] = {
    "V1": ("林芳", 0),
    "V2": ("王示例", 2),
    "V3": ("郑示例", 1),
    PUBLIC_TEST_CARD: ("陈志强", 1),
    "B1": ("李样本", 2),
    "B2": ("赵样本", 0),
    "B3": ("钱样本", 1),
    "B4": ("孙样本", 3),
    "C1": ("周样本", 3),
    "C2": ("吴样本", 1),
    "C3": ("冯样本", 2),
    "C4": ("", 0),  # the paying bank left the name out: no letter can be drafted
    "SUPPLIER": ("供货商样本", 2),
    "D1": ("何样本", 3),
    "HK-778812": ("SAMPLE TRADING (FICTIONAL) LTD", None),
    "OUT-55": ("许样本", None),
}
ELSEWHERE = {"HK-778812": "Harbour Bank correspondent, Hong Kong", "OUT-55": "丁银行"}
OPENINGS = {"V1": 31_230_000, "V2": 6_410_050, "V3": 912_000, "B1": 1_500_000, "B3": 8_350_000}
# The third theft: most of it leaves the country, some goes to a bank that was not asked yet.
THIRD = (
    ("2024-05-14T13:40:20+08:00", "V3", "D1", 800_000),
    ("2024-05-14T13:52:45+08:00", "D1", "HK-778812", 700_000),
    ("2024-05-14T13:58:10+08:00", "D1", "OUT-55", 90_000),
)


@dataclass(frozen=True, slots=True)
class Written:
    """What the folder holds: `rows` over all statements, `bad` of them damaged on purpose."""

    payments: int
    rows: int
    bad: int
    thefts: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments, write the folder, say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--payments", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20_240_514)
    parser.add_argument("--thefts", type=int, default=3, help="3 of the story, the rest planted")
    asked = parser.parse_args(arguments)
    if asked.thefts < 3 or asked.payments < 200 + 10 * asked.thefts:
        parser.error("at least 3 thefts, and 200 + 10 payments for each theft")
    print(f"writing {asked.payments} payments to {asked.folder} …", file=sys.stderr)
    done = write_case(asked.folder, asked.payments, asked.seed, asked.thefts)
    print(
        f"{asked.folder}: {done.payments} payments in {done.rows} rows of {len(BANKS)} banks, "
        f"{done.bad} of them damaged on purpose; {done.thefts} thefts; seed {asked.seed}"
    )
    return 0


def write_case(folder: Path, payments: int, seed: int, thefts: int = 3) -> Written:
    """Write the whole case folder."""
    rnd = random.Random(seed)
    story = list(story_transfers())
    town = build_town(rnd, payments // 5)
    planted: list[list[Transfer]] = [plant(rnd, town) for _ in range(thefts - 3)]
    hidden = story + [t for chain in planted for t in chain]
    ordinary = ordinary_day(rnd, town, payments - len(hidden))
    transfers = sorted(hidden + ordinary, key=lambda t: t.at)
    folder.mkdir(parents=True, exist_ok=True)
    rows = 0
    for bank, legs in zip(BANKS, legs_by_bank(transfers, town), strict=True):
        rows += write_statement(folder, bank, with_balances(bank, legs, rnd), START)
    write_lists(folder, story, planted)
    return Written(len(transfers), rows, len(BANKS) - 1, thefts)


def story_transfers() -> Iterator[Transfer]:
    """The story's ledger with A1's card number, and the third theft."""
    with (STORY / "ledger.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            note = "" if row["note"] == "victim payment" else row["note"]
            minor = int(row["amount"].replace(".", ""))
            kind = "cash" if row["creditor_account"] == "CASH" else "peer"
            at = seconds(row["booked_at"])
            yield Transfer(
                at, card(row["debtor_account"]), card(row["creditor_account"]), minor, kind, note
            )
    for when, debtor, creditor, minor in THIRD:
        yield Transfer(seconds(when), debtor, creditor, minor, "peer")


def card(account: str) -> str:
    """The account's number in the statements."""
    return PUBLIC_TEST_CARD if account == "A1" else account


def seconds(instant: str) -> int:
    """Seconds from `START`."""
    return int((datetime.fromisoformat(instant) - START).total_seconds())


def build_town(rnd: random.Random, size: int) -> Town:
    """About `size` fictional accounts, and the story's."""
    town = Town()
    for letter, share, listed in (
        ("N", 1.0, town.people),
        ("S", 0.04, town.shops),
        ("E", 0.01, town.employers),
    ):
        numbers = [f"{letter}{i:06d}" for i in range(1, max(8, int(size * share)) + 1)]
        listed.extend(numbers)
        banks = rnd.choices(range(len(BANKS)), SHARE_OF_BANK, k=len(numbers))
        town.bank_of.update(zip(numbers, banks, strict=True))
        label = {"N": "虚构客户", "S": "虚构商户", "E": "虚构公司"}[letter]
        town.names.update((n, f"{label}{n[1:]}") for n in numbers)
    for number, (name, bank) in CAST.items():
        town.names[number] = name
        if bank is not None:
            town.bank_of[number] = bank
    town.names.update((b, f"虚构公用事业 {b}") for b in BILLERS)
    return town


def ordinary_day(rnd: random.Random, town: Town, count: int) -> list[Transfer]:
    """Payments that have nothing to do with any theft; none touches an account of the story."""
    made: list[Transfer] = []
    total = sum(share for _, share, _, _ in KINDS)
    popularity = list(accumulate((k + 1) ** -0.7 for k in range(len(town.shops))))
    for kind, share, median, spread in KINDS:
        number = count - len(made) if kind == KINDS[-1][0] else count * share // total
        people = rnd.choices(town.people, k=number)
        others = counterparties(rnd, town, kind, number, popularity)
        hours = rnd.choices(range(24), BUSY if kind != "wage" else pay_hours(), k=number)
        for person, other, hour in zip(people, others, hours, strict=True):
            minor = amount(rnd, kind, median, spread)
            if other == person:
                other = BILLERS[0]
            paid = (other, person) if kind in ("wage", "paid_in") else (person, other)
            local = hour * 3600 + int(rnd.random() * 3600)
            at = (local - FIRST_HOUR) % DAY
            made.append(Transfer(at, *paid, minor, kind, skew=int(rnd.random() * 6)))
    made[-1].at = DAY
    return made


def pay_hours() -> tuple[float, ...]:
    """Wages come in the morning."""
    return tuple({8: 2.0, 9: 8.0, 10: 5.0, 11: 1.0}.get(hour, 0.0) for hour in range(24))


def counterparties(
    rnd: random.Random, town: Town, kind: str, number: int, popularity: list[float]
) -> list[str]:
    """The other side of each payment; `""` is a shop of which only the name is printed."""
    if kind in ("cash", "paid_in"):
        return ["CASH"] * number
    if kind == "wage":
        return rnd.choices(town.employers, k=number)
    if kind == "bill":
        return rnd.choices(BILLERS, k=number)
    if kind == "peer":
        return rnd.choices(town.people, k=number)
    shops = rnd.choices(town.shops, cum_weights=popularity, k=number)
    return [shop if rnd.random() > 0.35 else "" for shop in shops]


def amount(rnd: random.Random, kind: str, median: int, spread: float) -> int:
    """Minor units; cash in hundreds of yuan, friends mostly in whole yuan."""
    yuan = median * rnd.lognormvariate(0.0, spread)
    if kind in ("cash", "paid_in"):
        return max(1, round(yuan / 100)) * 10_000
    if kind == "peer" and rnd.random() < 0.7:
        return max(1, round(yuan)) * 100
    return max(1, round(yuan * 100))


def plant(rnd: random.Random, town: Town) -> list[Transfer]:
    """A small theft among ordinary accounts: split in minutes, passed on, partly drawn as cash."""
    victim, first, *mules = rnd.sample(town.people, 8)
    at = seconds("2024-05-14T08:00:00+08:00") + int(rnd.random() * 5 * 3600)
    minor = round(9000 * rnd.lognormvariate(0.0, 0.8)) * 100
    chain = [Transfer(at, victim, first, minor, "peer")]
    left = minor
    for mule, further in zip(mules[:3], mules[3:], strict=True):
        at += 40 + int(rnd.random() * 120)
        part = int(left * (0.3 + 0.3 * rnd.random()))
        left -= part
        chain.append(Transfer(at, first, mule, part, "peer", skew=int(rnd.random() * 6)))
        later = at + 60 + int(rnd.random() * 500)
        passed = part - part // 20
        chain.append(Transfer(later, mule, further, passed, "peer", skew=int(rnd.random() * 6)))
        if rnd.random() < 0.5:
            cash = passed // 20_000 * 10_000
            chain.append(Transfer(later + 300, further, "CASH", cash, "cash"))
    return [t for t in chain if t.minor]


def legs_by_bank(transfers: Iterable[Transfer], town: Town) -> list[list[Leg]]:
    """What each bank saw: the debit side, the credit side, or both (with one serial number)."""
    seen: list[list[Leg]] = [[] for _ in BANKS]
    for number, t in enumerate(transfers):
        here, there = town.bank_of.get(t.debtor), town.bank_of.get(t.creditor)
        skew = 0 if here == there or here is None else min(t.skew, DAY - t.at)
        for bank, own, other, signed, at in (
            (here, t.debtor, t.creditor, -t.minor, t.at),
            (there, t.creditor, t.debtor, t.minor, t.at + skew),
        ):
            if bank is not None:
                elsewhere = town.bank_of.get(other)
                agent = ELSEWHERE.get(other, "") if elsewhere is None else BANKS[elsewhere].name
                name = town.names.get(other, "" if other == "CASH" else "虚构扫码商户")
                seen[bank].append(Leg(at, number, own, other, name, agent, signed, t.kind, t.note))
    return seen


def with_balances(bank: Bank, legs: list[Leg], rnd: random.Random) -> list[Leg]:
    """The legs in the bank's order, each with its serial number and the balance after it."""
    legs.sort(key=lambda leg: (leg.at, leg.transfer, leg.signed))
    lowest: dict[str, int] = {}
    running: dict[str, int] = {}
    for leg in legs:
        left = running[leg.own] = running.get(leg.own, 0) + leg.signed
        lowest[leg.own] = min(left, lowest.get(leg.own, 0))
    balance = {
        own: OPENINGS.get(own, 0) if own in CAST else round(rnd.lognormvariate(12.0, 1.0)) - low
        for own, low in lowest.items()
    }
    serials: dict[int, str] = {}
    done = []
    for leg in legs:
        balance[leg.own] += leg.signed
        serial = serials.setdefault(leg.transfer, f"{bank.prefix}{len(serials) + 1:08d}")
        done.append(replace(leg, serial=serial, balance=balance[leg.own]))
    return done


def write_lists(folder: Path, story: Sequence[Transfer], planted: list[list[Transfer]]) -> None:
    """The report and the lists beside the statements."""
    report = (STORY / "report.txt").read_text(encoding="utf-8")
    (folder / "report.txt").write_text(report, encoding="utf-8", newline="\n")
    stolen = [(t.debtor, t) for t in story if t.debtor in ("V1", "V2", "V3")]
    stolen.sort(key=lambda item: item[0])
    stolen += [(f"T{n:02d}", chain[0]) for n, chain in enumerate(planted, 4)]
    write_table(
        folder / "thefts.csv",
        "theft_id,debtor_account,creditor_account,amount,currency,booked_at",
        (
            f"{name},{t.debtor},{t.creditor},{t.minor / 100:.2f},CNY,"
            f"{(START + timedelta(seconds=t.at)).isoformat()}"
            for name, t in stolen
        ),
    )
    write_table(folder / "terminals.csv", "account,kind", ["HK-778812,abroad"])
    write_table(
        folder / "institutions.csv",
        "account,acts_in_time,good_faith,institution",
        (institution(number) for number in CAST if not number.startswith("V")),
    )
    carriers = (STORY / "carriers.csv").read_text(encoding="utf-8").splitlines()
    write_table(folder / "carriers.csv", carriers[0], carriers[1:])


def institution(account: str) -> str:
    """One line of institutions.csv: where to send a hold, and what an analyst knows of it."""
    acts, good_faith = {"C1": "0.60"}.get(account, ""), {"B3": "0.7"}.get(account, "")
    bank = CAST[account][1]
    name = ELSEWHERE[account] if bank is None else BANKS[bank].name
    return f'{account},{acts},{good_faith},"{name}"'


def write_table(path: Path, header: str, lines: Iterable[str]) -> None:
    """One CSV file."""
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
