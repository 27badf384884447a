"""Statements and payments in: files of any known shape to payments, with every refusal named.

Three files to start with: `reading.py` (the whole way), `mapping.py` (shapes as data),
`one_sided.py` (what a statement's row means). `tables.py` beside this package reads the small
tables of a case: thefts, opening balances, terminals, institutions, carriers.
"""

from fanzha.intake.statement.reading import read_statements
from fanzha.intake.statement.source import (
    BalanceSeen,
    FileRead,
    Opening,
    SourceFile,
    Statements,
)

__all__ = ["BalanceSeen", "FileRead", "Opening", "SourceFile", "Statements", "read_statements"]
