"""Canonical bytes and leaf hashes: two people with the same record get the same sixty-four digits.

Sources: RFC 8785 (JSON Canonicalization Scheme) and RFC 9162 section 2.1.1 (leaf hash).
"""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

from fanzha.errors import UnreadableInput

LEAF_PREFIX = b"\x00"  # RFC 9162: keeps a leaf from ever being read as an inner node of the tree


def canonical(value: Any) -> bytes:
    """The one way to write `value` (JSON types only) as bytes, whoever writes it.

    Not for amounts beyond 2**53: RFC 8785 numbers are IEEE doubles, so such an integer is
    refused with `UnreadableInput`, as are NaN and text that is not Unicode.

    >>> canonical({"b": 1, "a": "反诈"}).decode()
    '{"a":"反诈","b":1}'
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as refused:
        raise UnreadableInput("not_canonical", why=str(refused)) from refused


def leaf_hash(entry: bytes) -> bytes:
    """The RFC 9162 leaf hash of an entry: what a later Merkle log is built over.

    It proves that the entry is unchanged, never that it is true.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(LEAF_PREFIX + entry).digest()
