"""Everything that can go wrong, in the field's words, as one tree.

    FanzhaError                 something Fanzha can name went wrong
    ├── UsageError              asked in a way that cannot be done; says what to do instead
    │   ├── NothingUsable       every input was refused, so there is nothing to work on
    │   ├── UnknownRecord       no such case, hold, account or record
    │   └── NotAllowed          the step is not allowed from here (a hold's state, a missing basis)
    ├── UnreadableInput         one file, row or value cannot be read; the rest can
    ├── VocabularyError         a vocabulary or mapping file does not say what it must
    ├── LedgerBroken            the ledger on disk is not what was committed; names the first file
    └── CasebookError           the append-only record cannot be used
        ├── CasebookBusy        another process held it for too long
        └── CasebookBroken      the chain does not verify; names the first broken record

An error carries a *code* of the catalogue and the values that fill its sentence, never a
finished sentence: the face that shows it (command line, page) speaks the user's language.
"""

from __future__ import annotations


class FanzhaError(Exception):
    """Something that Fanzha can name went wrong.

    `code` is a key of the catalogue under `error.`; `values` fill the sentence there.

    >>> UsageError("folder_missing", path="x").code
    'folder_missing'
    """

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{k}={v!r}" for k, v in self.values.items())])


class UsageError(FanzhaError):
    """What was asked cannot be done as asked; the sentence says what to do instead."""


class NothingUsable(UsageError):
    """Every input was refused, so there is nothing to work on."""


class UnknownRecord(UsageError):
    """No such case, hold, account or record."""


class NotAllowed(UsageError):
    """This step is not allowed from here, for the reason given."""


class UnreadableInput(FanzhaError):
    """One file, row or value cannot be read; whoever reads many turns this into a refusal."""


class VocabularyError(FanzhaError):
    """A vocabulary, catalogue or mapping file does not say what it must."""


class CasebookError(FanzhaError):
    """The append-only record cannot be used."""


class CasebookBusy(CasebookError):
    """Another process held the casebook for longer than we wait."""


class LedgerBroken(FanzhaError):
    """The ledger on disk is not what was committed; `values["name"]` is the first file at fault."""


class CasebookBroken(CasebookError):
    """The chain of records does not verify; `values["record"]` is the first broken one."""
