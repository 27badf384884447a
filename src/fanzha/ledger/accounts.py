"""The account dictionary: a number and a currency on disk, a dense id everywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanzha.errors import UsageError
from fanzha.ledger.border import longs, words
from fanzha.model.payment import Account

SCHEMA = pa.schema([("number", pa.string()), ("currency", pa.int16())])
MOST_ACCOUNTS = (1 << 31) - 1


class Accounts(Sequence[Account]):
    """Every account by its id, mapped from disk: nothing is read until it is asked for."""

    def __init__(self, table: Any, currencies: Sequence[str]) -> None:
        self.table = table
        self.currencies = tuple(currencies)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @overload
    def __getitem__(self, at: int) -> Account: ...
    @overload
    def __getitem__(self, at: slice) -> list[Account]: ...
    def __getitem__(self, at: int | slice) -> Account | list[Account]:
        if isinstance(at, slice):
            return self.named(range(*at.indices(len(self))))
        number, currency = self.table["number"][at], self.table["currency"][at]
        return Account(number.as_py(), self.currencies[currency.as_py()])

    def named(self, ids: Iterable[int]) -> list[Account]:
        """Several accounts at once."""
        found = self.table.take(longs(list(ids)))
        pairs = zip(found["number"].to_pylist(), found["currency"].to_pylist(), strict=True)
        return [Account(number, self.currencies[code]) for number, code in pairs]

    def ids(self, wanted: Iterable[Account]) -> dict[Account, int]:
        """The ids of those accounts that the ledger knows: one scan, however many are asked for."""
        asked = set(wanted)
        found = self.numbered({account.number for account in asked})
        return {account: at for account, at in found.items() if account in asked}

    def numbered(self, numbers: Iterable[str]) -> dict[Account, int]:
        """The accounts of these numbers in any currency, with their ids."""
        asked = words(sorted(numbers))
        if not len(asked) or not len(self):
            return {}
        places = pc.indices_nonzero(pc.is_in(self.table["number"], value_set=asked)).to_pylist()
        return dict(zip(self.named(places), places, strict=True))


class Growing:
    """The dictionary while a writer adds to it: known accounts keep their ids, new ones follow."""

    def __init__(self, known: Accounts) -> None:
        self.known = len(known)
        self.currencies = list(known.currencies)
        self._table = known.table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def currency(self, code: str) -> int:
        """The small number that stands for a currency."""
        if code not in self.currencies:
            self.currencies.append(code)
        return self.currencies.index(code)

    def encode(self, columns: Sequence[tuple[Any, Any]]) -> list[Any]:
        """Ids of columns of (numbers, small numbers of currencies), as int32 arrays.

        Numbers are Arrow strings, or dictionaries of strings, of which each is looked up once.
        One hash table over the known numbers and the new ones: first come, first numbered.
        """
        texts = [_texts(numbers) for numbers, _ in columns]
        chunks = [*self._table["number"].chunks, *(t for each in texts for t in each)]
        coded = pa.chunked_array(chunks, pa.string()).dictionary_encode()
        if not len(coded):
            return [np.zeros(0, np.int32) for _ in columns]
        codes = np.concatenate([np.asarray(chunk.indices) for chunk in coded.chunks])
        names = coded.chunks[-1].dictionary
        edges = np.cumsum([len(self), *(sum(map(len, each)) for each in texts)])
        old, *new = np.split(codes, edges[:-1])
        new = [_by_row(numbers, each) for (numbers, _), each in zip(columns, new, strict=True)]
        kinds = len(self.currencies)
        keys = [_key(code, kind, kinds) for code, (_, kind) in zip(new, columns, strict=True)]
        before = _key(old, np.asarray(self._table["currency"]), kinds)
        ids, fresh = _numbered(before, keys, len(names) * kinds)
        if len(fresh):
            self._add(names.take(pa.array(fresh // kinds)), (fresh % kinds).astype(np.int16))
        return ids

    def accounts(self) -> Accounts:
        """What it knows by now."""
        return Accounts(self._table, self.currencies)

    def added(self) -> Any:
        """The accounts that are new, as a table."""
        return self._table.slice(self.known)

    def _add(self, numbers: Any, currencies: Any) -> None:
        if len(self) + len(numbers) > MOST_ACCOUNTS:
            raise UsageError("ledger_full", limit=MOST_ACCOUNTS)
        more = pa.table([numbers, pa.array(currencies, pa.int16())], schema=SCHEMA)
        self._table = pa.concat_tables([self._table, more])


def _texts(numbers: Any) -> list[Any]:
    """The strings to look up: of a dictionary its words, of a plain column its rows."""
    chunks = numbers.chunks if isinstance(numbers, pa.ChunkedArray) else [numbers]
    words = [c.dictionary if pa.types.is_dictionary(c.type) else c for c in chunks]
    return [word.cast(pa.string()) for word in words]


def _by_row(numbers: Any, codes: Any) -> Any:
    """The code of every row, from those of the words."""
    if not pa.types.is_dictionary(numbers.type):
        return codes
    chunks = numbers.chunks if isinstance(numbers, pa.ChunkedArray) else [numbers]
    starts = np.cumsum([0, *(len(chunk.dictionary) for chunk in chunks)])
    parts = [codes[start:][np.asarray(chunk.indices)] for start, chunk in zip(starts, chunks)]  # noqa: B905
    return np.concatenate(parts)


def _key(codes: Any, currency: Any, kinds: int) -> Any:
    """One number for an account's number and currency; its number alone where there is one."""
    return codes if kinds == 1 else codes.astype(np.int64) * kinds + currency


def _numbered(known: Any, keys: Sequence[Any], size: int) -> tuple[list[Any], Any]:
    """Dense ids of keys below `size`: known ones first, then in order of first sight."""
    if size <= 4 * (len(known) + sum(map(len, keys))) + 1024:  # a table is cheaper than hashing
        ids = np.full(size, -1, np.int32)
        ids[known] = np.arange(len(known), dtype=np.int32)
        fresh = _first_seen([key[ids[key] < 0] for key in keys])
        ids[fresh] = np.arange(len(known), len(known) + len(fresh), dtype=np.int32)
        return [ids[key] for key in keys], fresh
    chunks = pa.chunked_array([pa.array(known), *map(pa.array, keys)]).dictionary_encode().chunks
    fresh = np.asarray(chunks[-1].dictionary)[len(known) :]
    return [np.asarray(chunk.indices).astype(np.int32) for chunk in chunks[1:]], fresh


def _first_seen(keys: Sequence[Any]) -> Any:
    return np.asarray(pc.unique(pa.chunked_array([pa.array(k, pa.int64()) for k in keys])))
