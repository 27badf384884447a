"""Value types: one class per kind of identifier that knows how to clean, compare and caption it.

Every class reads text with `read`, which refuses with `UnreadableInput` what is not of its kind
and never repairs what is. `str()` is the clean form, and reading it again gives an equal value.
`caption` is for a reader's eye; `repr` hides what is personal, so that a value may stand in a log.
"""

from fanzha.model.values.account import BankAccount, Iban
from fanzha.model.values.app import AppId
from fanzha.model.values.card import CardNumber
from fanzha.model.values.person import PersonName
from fanzha.model.values.phone import Phone
from fanzha.model.values.wallet import Wallet
from fanzha.model.values.web import Domain, Url

__all__ = [
    "AppId",
    "BankAccount",
    "CardNumber",
    "Domain",
    "Iban",
    "PersonName",
    "Phone",
    "Url",
    "Wallet",
]
