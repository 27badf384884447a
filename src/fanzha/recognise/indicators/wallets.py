"""Addresses of crypto wallets whose checksum is right. A hash of the same length is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.errors import UnreadableInput
from fanzha.model.values import Wallet
from fanzha.recognise.indicators.candidate import ADDRESS, Candidate

_WALLET = re.compile(
    r"(?<![A-Za-z0-9])(?:0x[0-9A-Fa-f]{40}|[13T][1-9A-HJ-NP-Za-km-z]{24,34}"
    r"|bc1[02-9ac-hj-np-z]{8,87}|BC1[02-9AC-HJ-NP-Z]{8,87})(?![A-Za-z0-9])"
)


def find_wallets(text: str) -> Iterator[Candidate]:
    """Bitcoin (Taproot too), Ethereum and its kin, TRON; the value is the chain and the address."""
    for match in _WALLET.finditer(text):
        try:
            wallet = Wallet.read(match[0])
        except UnreadableInput:
            continue
        yield Candidate(ADDRESS, match.start(), match.end(), "wallet", f"{wallet.chain}:{wallet}")
