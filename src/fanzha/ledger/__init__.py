"""Floor 3: the ledger, every payment of a centre in order on disk, ready to be traced.

Three files to start with: `store.py` (open and read), `append.py` (one writer's transaction),
`segment.py` (what lies on disk). What only a writer needs is imported from its own module, so that
a trace starts fast.
"""

from fanzha.errors import LedgerBroken
from fanzha.ledger.store import Ledger, create, open_ledger

__all__ = ["Ledger", "LedgerBroken", "create", "open_ledger"]
