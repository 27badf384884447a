"""Golden reports: blocks of plain text, read as tests/golden/reports/README.md says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.intake.report import Report, ReportedTransfer, read_report
from fanzha.model.money import to_major
from fanzha.present.report_view import report_json

FOLDER = Path(__file__).parents[2] / "golden" / "reports"


@dataclass(slots=True)
class Golden:
    """One block: what was said, and the lines of what must be read."""

    title: str
    received_at: datetime
    tz: ZoneInfo
    text: str
    transfers: list[list[str]] = field(default_factory=list)
    inducements: list[str] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)

    def read(self) -> Report:
        """The report that the rules make of it."""
        return read_report(self.text, received_at=self.received_at, tz=self.tz)


def load(paths: list[Path] | None = None) -> Iterator[Golden]:
    """Every block of every file."""
    for path in paths or sorted(FOLDER.glob("*.txt")):
        for block in path.read_text("utf-8").split("=== ")[1:]:
            yield _block(path.stem, block)


def _block(stem: str, block: str) -> Golden:
    said, _, wanted = block.partition("\n---")
    title, *lines = said.split("\n")
    head = {}
    while lines and lines[0].startswith(("received_at:", "tz:")):
        key, _, value = lines.pop(0).partition(":")
        head[key] = value.strip()
    golden = Golden(
        f"{stem}: {title.strip()}",
        datetime.fromisoformat(head["received_at"]),
        ZoneInfo(head.get("tz", "Asia/Shanghai")),
        "\n".join(lines),
    )
    for line in filter(None, map(str.strip, wanted.split("\n"))):
        if line.startswith(">"):
            golden.transfers.append([part.strip() for part in line[1:].split("|")])
        elif line.startswith("<"):
            golden.inducements.append(line[1:].strip())
        else:
            key, _, value = line.partition(":")
            golden.others[key] = value.strip()
    return golden


def differences(golden: Golden) -> list[str]:
    """Where the reading differs from what is wanted; empty when it is right."""
    report = golden.read()
    got = [_line(report, n, t) for n, t in enumerate(report.transfers)]
    wanted = [parts[:4] for parts in golden.transfers]
    wrong = [] if got == wanted else [f"transfers: {got} instead of {wanted}"]
    back = [f"{to_major(i.amount, i.currency)} {i.currency}" for i in report.inducements]
    if back != golden.inducements:
        wrong.append(f"inducements: {back} instead of {golden.inducements}")
    if not wrong:
        for parts, transfer in zip(golden.transfers, report.transfers, strict=True):
            wrong += [
                f"{name}: {_field(transfer, name)} instead of {value}"
                for name, _, value in (part.partition("=") for part in parts[4:])
                if _field(transfer, name) != value
            ]
    return wrong + [
        f"{key}: {_other(report, key)} instead of {value}"
        for key, value in golden.others.items()
        if not _agrees(key, _other(report, key), value)
    ]


def _line(report: Report, number: int, transfer: ReportedTransfer) -> list[str]:
    amount = transfer.amount
    time = report_json(report)["transfers"][number]["time"]
    return [
        "-" if amount is None else f"{to_major(amount, transfer.currency)} {transfer.currency}",
        transfer.payee_account or "-",
        transfer.payee_name or "-",
        "-" if time is None else time[:19].split("+")[0] if "T" not in time else _local(time),
    ]


def _local(time: str) -> str:
    """A time without its offset."""
    day, _, clock = time.partition("T")
    return f"{day}T{clock.partition('+')[0].partition('-')[0]}"


def _field(transfer: ReportedTransfer, name: str) -> str:
    if name == "order":
        return "yes" if transfer.order_allowed else "no"
    attribute = {"victim_acct": "victim_account"}.get(name, name)
    return str(getattr(transfer, attribute)) or "-"


def _other(report: Report, key: str) -> str:
    return {
        "caller": report.caller_name,
        "phone": report.caller_phone,
        "place": report.locality,
        "tier": report.tier,
        "connected": "yes" if report.still_connected else "no",
        "types": " ".join(c.code for c in report.candidates),
        "warn": " ".join(sorted({w.code for w in report.warnings})) or "-",
        "ask": " ".join(m.field for m in report.missing) or "-",
        "first": report.script[0],
    }[key]


def _agrees(key: str, got: str, wanted: str) -> bool:
    if key == "types":
        return set(wanted.split()) <= set(got.split())
    return got == wanted
