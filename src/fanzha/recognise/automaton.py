"""Words into a machine that finds all of them in one pass (Aho and Corasick, 1975)."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fanzha.recognise.layout import GOLDEN, WORD

Codes = Sequence[int]


@dataclass(frozen=True, slots=True)
class Edges:
    """`state, character → state` as an open hash table: `keys` -1 where empty."""

    keys: array[int]
    targets: array[int]
    shift: int


class Trie:
    """States numbered from 0, the root; a word ends in the state that `add` gives back."""

    def __init__(self, words: Iterable[Codes] = ()) -> None:
        self.children: list[dict[int, int]] = [{}]
        for word in words:
            self.add(word)

    def add(self, word: Codes) -> int:
        state = 0
        for code in word:
            step = self.children[state].get(code)
            if step is None:
                step = len(self.children)
                self.children[state][code] = step
                self.children.append({})
            state = step
        return state

    def failures(self, ends: Sequence[int]) -> tuple[list[int], list[int]]:
        """For each state its longest proper suffix that is a state, and the next in which a
        word ends (0: none)."""
        fail = [0] * len(self.children)
        shorter = [0] * len(self.children)
        queue = deque(self.children[0].values())
        while queue:
            state = queue.popleft()
            shorter[state] = fail[state] if ends[fail[state]] else shorter[fail[state]]
            for code, child in self.children[state].items():
                back = fail[state]
                while back and code not in self.children[back]:
                    back = fail[back]
                onward = self.children[back].get(code, 0)
                fail[child] = onward if onward != child else 0
                queue.append(child)
        return fail, shorter

    def edges(self) -> Edges:
        """The table of steps, at most a third full, with room to walk on at its end."""
        count = sum(map(len, self.children))
        bits = max(4, (count * 3).bit_length())
        shift, size = 64 - bits, 1 << bits
        spare = 64 + count // 8
        keys = array("q", [-1]) * (size + spare)
        targets = array("i", [0]) * (size + spare)
        for state, steps in enumerate(self.children):
            for code, child in steps.items():
                key = (state << 21) | code
                place = ((key * GOLDEN) & WORD) >> shift
                while keys[place] >= 0:
                    place += 1
                keys[place], targets[place] = key, child
        return Edges(keys, targets, shift)
