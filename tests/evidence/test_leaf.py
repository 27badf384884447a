"""Canonical bytes and leaf hashes."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.errors import UnreadableInput
from fanzha.evidence.leaf import canonical, leaf_hash

UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | UNICODE,
    lambda inner: st.lists(inner) | st.dictionaries(UNICODE, inner),
)


def test_rfc_8785_example_of_sorting_by_utf16() -> None:
    """Section 3.2.3 of the RFC: keys sort as UTF-16, not as code points."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\xf6"]
    expected = ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical(dict.fromkeys(keys, 0)))) == expected


def test_leaf_hash_of_rfc_9162_has_its_prefix() -> None:
    assert leaf_hash(b"L123456").hex() == hashlib.sha256(b"\x00L123456").hexdigest()


@given(VALUES)
def test_canonical_bytes_read_back_and_do_not_depend_on_the_writer(value: object) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@pytest.mark.parametrize("value", [2**53, float("nan"), "\udcff", {"\udcff": 1}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(UnreadableInput, match="not_canonical"):
        canonical(value)
