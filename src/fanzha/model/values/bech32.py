"""Bitcoin's witness addresses: bech32 (BIP 173) for version 0, bech32m (BIP 350) for Taproot on.

Written out here because the packages at hand know only BIP 173 and refuse every Taproot address.
"""

from __future__ import annotations

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32, _BECH32M = 1, 0x2BC830A3
_PREFIX = "bc"
_CHECKSUM_CHARS = 6
_MAX_CHARS = 90


def is_bitcoin_witness(address: str) -> bool:
    """Whether this is a main net witness address whose checksum, version and length are right.

    >>> is_bitcoin_witness("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4")
    True
    """
    if len(address) > _MAX_CHARS or address not in (address.lower(), address.upper()):
        return False
    prefix, _, coded = address.lower().rpartition("1")
    if prefix != _PREFIX or len(coded) <= _CHECKSUM_CHARS or set(coded) - set(_ALPHABET):
        return False
    values = [_ALPHABET.index(c) for c in coded]
    version, program = values[0], _to_bytes(values[1:-_CHECKSUM_CHARS])
    if program is None or version > 16 or not 2 <= len(program) <= 40:
        return False
    if version == 0 and len(program) not in (20, 32):
        return False
    return _checksum(values) == (_BECH32 if version == 0 else _BECH32M)


def _checksum(values: list[int]) -> int:
    expanded = [*(ord(c) >> 5 for c in _PREFIX), 0, *(ord(c) & 31 for c in _PREFIX)]
    check = 1
    for value in (*expanded, *values):
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            check ^= term if top >> bit & 1 else 0
    return check


def _to_bytes(values: list[int]) -> bytes | None:
    """Groups of five bits as bytes; None where the padding is not what the standard demands."""
    number, bits = 0, 5 * len(values)
    for value in values:
        number = number << 5 | value
    padding = bits % 8
    if padding >= 5 or number & ((1 << padding) - 1):
        return None
    return (number >> padding).to_bytes(bits // 8, "big")
