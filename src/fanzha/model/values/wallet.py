"""Addresses of crypto wallets, with the checksum that tells a mistyped one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from fanzha.model.values.bech32 import is_bitcoin_witness
from fanzha.model.values.cleaning import cleaned, refused

_ETHEREUM = re.compile(r"0x[0-9a-fA-F]{40}")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{25,35}")
# The version byte of the address says the chain: Bitcoin P2PKH and P2SH; TRON main net.
_VERSIONS = {0x00: "bitcoin", 0x05: "bitcoin", 0x41: "tron"}
_HASH_BYTES = 20


@dataclass(frozen=True, slots=True)
class Wallet:
    """An address on a chain; `ethereum` stands for every chain that shares its addresses.

    A wrong checksum is refused (`wallet_checksum`), never repaired. An address says nothing about
    who holds its key, and one of an exchange is shared by its customers. Test nets are refused.

    >>> Wallet.read("0x" + "0" * 40).chain
    'ethereum'
    """

    chain: str  # bitcoin, ethereum, tron
    address: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From an address of Bitcoin (Taproot too), Ethereum and its kin, or TRON."""
        address = cleaned(text, "wallet_unreadable")
        if _ETHEREUM.fullmatch(address):
            return cls("ethereum", _ethereum(address))
        if address[:3].lower() == "bc1":
            if not is_bitcoin_witness(address):
                raise refused("wallet_checksum", text)
            return cls("bitcoin", address.lower())
        if _BASE58.fullmatch(address):
            return cls(_base58_chain(address), address)
        raise refused("wallet_unreadable", text)

    def caption(self) -> str:
        """Both ends of the address, which is what people compare, and the chain."""
        return f"{self.address[:6]}…{self.address[-4:]} ({self.chain})"

    def __str__(self) -> str:
        return self.address


def _ethereum(address: str) -> str:
    """The EIP-55 form; mixed case that does not fit it is a wrong checksum."""
    from eth_hash.auto import keccak  # lazily: it looks for its backend when imported

    plain = address[2:].lower()
    marks = keccak(plain.encode()).hex()
    mixed = (c.upper() if int(mark, 16) >= 8 else c for c, mark in zip(plain, marks, strict=False))
    checked = "0x" + "".join(mixed)
    if address[2:] not in (plain, plain.upper(), checked[2:]):
        raise refused("wallet_checksum", address)
    return checked


def _base58_chain(address: str) -> str:
    import base58

    try:
        payload = base58.b58decode_check(address)
    except ValueError as wrong:
        raise refused("wallet_checksum", address) from wrong
    chain = _VERSIONS.get(payload[0]) if len(payload) == 1 + _HASH_BYTES else None
    if chain is None:
        raise refused("wallet_unreadable", address)
    return chain
