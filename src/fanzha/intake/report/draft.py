"""A transfer while it is being put together from the words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from fanzha.intake.report.finding import Found, ReportedTransfer
from fanzha.intake.report.times import Moment

PAYEE = ("payee_name", "payee_acct", "payee_bank")


@dataclass(slots=True)
class Draft:
    """What is known of one transfer so far: values by field, and the words of each."""

    values: dict[str, object] = field(default_factory=dict)
    words: dict[str, Found] = field(default_factory=dict)
    moment: Moment | None = None
    at: datetime | None = None
    precision_seconds: int = 0
    count: int = 1
    weak_name: bool = False
    by_card: bool = False
    paid: bool = False  # a payment was told, with or without its sum
    follows: bool = False  # told as one more of the same
    same: bool = False  # and expressly to the same payee
    remarks: list[tuple[str, str]] = field(default_factory=list)  # (field, warning code)

    def put(self, name: str, value: object, words: Found) -> None:
        """Set a field and its words."""
        self.values[name], self.words[name] = value, words

    def has(self, name: str) -> bool:
        """Whether the field was said."""
        return name in self.values

    def take_payee(self, other: Draft) -> None:
        """Take over what is not known of the payee from another draft."""
        for name in PAYEE:
            if name in other.values and name not in self.values:
                self.put(name, other.values[name], other.words[name])
                if name == "payee_acct":
                    self.by_card = other.by_card

    def remark(self, name: str, code: str) -> None:
        """Note a warning, once."""
        if (name, code) not in self.remarks:
            self.remarks.append((name, code))

    def settle(self, name: str) -> None:
        """Forget the warnings about a field whose value was replaced."""
        self.remarks = [r for r in self.remarks if r[0] != name]

    def finish(self) -> ReportedTransfer:
        """The transfer as it is reported."""
        text = {
            key: str(self.values.get(name, ""))
            for key, name in (
                ("payee_name", "payee_name"),
                ("payee_account", "payee_acct"),
                ("payee_bank", "payee_bank"),
                ("victim_bank", "victim_bank"),
                ("victim_account", "victim_acct"),
                ("channel", "channel"),
                ("reference", "reference"),
                ("currency", "currency"),
            )
        }
        amount = self.values.get("amount")
        return ReportedTransfer(
            **text,
            amount=amount if isinstance(amount, int) else None,
            at=self.at,
            precision_seconds=self.precision_seconds,
            by_card=self.by_card,
            words=dict(sorted(self.words.items())),
        )
