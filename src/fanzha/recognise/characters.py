"""What each character is and folds to: the tables behind `normalise`, built once from data."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from fanzha.recognise.automaton import Edges, Trie
from fanzha.recognise.layout import (
    BREAK,
    DROPPED,
    EXPANDS,
    FILLER,
    HAN,
    LETTER,
    SHORT,
    SPELL_START,
    STOP,
    TABLE,
)

LONGEST_EXPANSION = 4  # U+FDFA alone stands for 18 characters; nobody needs them
FOLDED = (  # where characters may change; elsewhere they stand for themselves
    (0, 0x3400),
    (0xA000, 0xAC00),
    (0xF900, 0x10000),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F200),
    (0x2F800, 0x2FA20),
)
DROPPED_MARKS = frozenset(
    chr(code)
    for codes in (
        range(0x300, 0x370),
        range(0x483, 0x48A),
        range(0x20D0, 0x2100),
        range(0xFE00, 0xFE10),
        (0x115F, 0x1160, 0x3164),
    )
    for code in codes
)
SYMBOLS = ((0x2190, 0x2C00), (0x2300, 0x2400), (0x1F300, 0x1FB00), (0x3004, 0x3005))
FILLERS = " *·・•-_|/\\~^=+#@&%.'\"`<>°…—–―←→「」『』〖〗"
BREAKS, STOPS = ",，。;；!！?？\n、", "。;；!！?？\n"
CIRCLED = ((0x1F150, 0x1F16A), (0x1F170, 0x1F18A), (0x1F1E6, 0x1F200))  # letters without NFKC
KEPT = "\u0e33\u0eb3"  # Thai and Lao AM, which NFKC would take apart
TWINS = {  # Cyrillic and Greek letters that look like a Latin one (from Unicode TR 39)
    **dict(zip("асԁеһіјӏорԛѕухѵԝв", "acdehijlopqsyxvwb", strict=True)),
    **dict(zip("мтнкгпя", "mthkrnr", strict=True)),
    **dict(zip("αβγεηικνορτυχωϲ", "abyenikvoptuxwc", strict=True)),
}


@dataclass(frozen=True, slots=True)
class Characters:
    """Tables by code point, and the trie of odd spellings with what each stands for."""

    fold: array[int]
    expansions: array[int]
    kind: bytearray
    twin: array[int]
    spell: Edges
    spell_word: array[int]
    spell_from: array[int]
    spell_out: array[int]


@cache
def characters() -> Characters:
    """Built at the first use, in about 50 ms."""
    spelling = _spelling()
    simplified = _pairs(_text("traditional.txt")) | _pairs(spelling["characters"])
    fold, expansions = _folds(simplified)
    kind = _kinds()
    words = dict(_words(spelling, fold))
    trie = Trie()
    ends = {trie.add([ord(c) for c in odd]): odd for odd in words}
    spell_word = array("i", [-1]) * len(trie.children)
    spell_from, spell_out = array("i"), array("I", [0])
    for number, (state, odd) in enumerate(sorted(ends.items())):
        spell_word[state] = number
        spell_from.extend((len(spell_out), len(odd)))
        spell_out.append(len(words[odd]))
        spell_out.extend(map(ord, words[odd]))
        if ord(odd[0]) < TABLE:
            kind[ord(odd[0])] |= SPELL_START
    spell_from.append(max(map(len, words.values())))
    twin = array("I", bytes(4 * 0x600))
    for odd, plain in TWINS.items():
        twin[ord(odd)] = ord(plain)
    return Characters(fold, expansions, kind, twin, trie.edges(), spell_word, spell_from, spell_out)


def _text(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")


def _spelling() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load(_text("spelling.yaml"), loader)
    return loaded


def _pairs(text: str) -> dict[str, str]:
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {pair[0]: pair[1] for pair in " ".join(lines).split() if pair[0] != pair[1]}


def _folds(simplified: dict[str, str]) -> tuple[array[int], array[int]]:
    fold = array("I", range(TABLE))
    expansions = array("I")
    for code in (code for start, end in FOLDED for code in range(start, end)):
        plain = _plain(chr(code), simplified)
        if len(plain) == 1:
            fold[code] = ord(plain)
        elif not plain:
            fold[code] = DROPPED
        else:
            fold[code] = EXPANDS + len(expansions)
            expansions.append(len(plain))
            expansions.extend(map(ord, plain))
    for odd in simplified:
        fold[ord(odd)] = ord(_plain(odd, simplified))
    return fold, expansions


def _plain(char: str, simplified: dict[str, str]) -> str:
    """The compatibility form in lower case and Simplified Chinese, until nothing changes."""
    if char in "\t\xa0\u2800\u2028\u2029\x85":
        return "\n" if char in "\u2028\u2029\x85" else " "
    if char in KEPT:
        return char
    for start, end in CIRCLED:
        if start <= ord(char) < end:
            return chr(ord("a") + ord(char) - start)
    while True:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).lower())
        if len(char) == 1 and _settled(char, folded, simplified):
            return char
        folded = "".join(simplified.get(c, c) for c in folded if not _dropped(c))
        if folded == char:
            return folded[:LONGEST_EXPANSION]
        char = folded


def _settled(char: str, folded: str, simplified: dict[str, str]) -> bool:
    return folded == char and char not in simplified and not _dropped(char)


def _dropped(char: str) -> bool:
    return char in DROPPED_MARKS or (char != "\n" and unicodedata.category(char) in ("Cf", "Cc"))


def _kinds() -> bytearray:
    kind = bytearray(TABLE)
    for start, end in ((0x3400, 0xA000), (0x20000, 0x2FA20), (0x3007, 0x3008)):
        kind[start:end] = bytes([HAN]) * (end - start)
    for start, end in SYMBOLS:
        kind[start:end] = bytes([FILLER]) * (end - start)
    for flag, chars in ((FILLER, FILLERS), (BREAK, BREAKS), (STOP, STOPS), (SHORT, "vqx")):
        for char in chars:
            kind[ord(char)] |= flag
    for code in (*range(0x600), *range(0x1E00, 0x1F00)):
        if chr(code).isalpha():
            kind[code] |= LETTER
    return kind


def _words(spelling: dict[str, Any], fold: array[int]) -> Iterator[tuple[str, str]]:
    """Odd spellings as they look after folding, each with its plain word."""
    for pair in spelling["split"].split():
        odd, plain = pair.split("=")
        yield odd, plain
    for plain, odds in spelling["words"].items():
        for odd in odds:
            folded = "".join(
                chr(fold[ord(c)]) if fold[ord(c)] < DROPPED else c for c in odd.replace("_", " ")
            )
            if folded != plain:
                yield folded, plain
