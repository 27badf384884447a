"""Floor 3: the one append-only record of facts, findings and actions."""

from fanzha.casebook.record import Record
from fanzha.casebook.store import Casebook, CaseView, open_casebook
from fanzha.casebook.verify import Verified

__all__ = ["CaseView", "Casebook", "Record", "Verified", "open_casebook"]
