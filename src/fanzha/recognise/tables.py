"""Characters, rules and weights as the flat arrays that the kernel walks."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from fanzha.recognise.automaton import Trie
from fanzha.recognise.characters import Characters
from fanzha.recognise.layout import LETTER, PARTS, PHRASE_START, TABLE
from fanzha.recognise.rules import Rules

GAP_REACH = 12  # characters between the parts of a phrase, which stand in one sentence
ANY_TAIL = "*"  # at a phrase's end: the word may go on


@dataclass(slots=True)
class Tables:
    """See `scan.Scanner`, which keeps each under the same name."""

    fold: Any = None
    expansions: Any = None
    kind: Any = None
    twin: Any = None
    spell_keys: Any = None
    spell_next: Any = None
    spell_shift: int = 0
    spell_word: Any = None
    spell_from: Any = None
    spell_out: Any = None
    keys: Any = None
    next: Any = None
    shift: int = 0
    fail: Any = None
    output: Any = None
    shorter: Any = None
    event_from: Any = None
    event_code: Any = None
    event_size: Any = None
    event_edge: Any = None
    concepts: int = 0
    negatable: Any = None
    slot_concept: Any = None
    slot_role: Any = None
    gap_reach: int = GAP_REACH
    slots: int = 0
    group_from: Any = None
    group_of: Any = None
    groups: int = 0
    rule_from: Any = None
    rule_of: Any = None
    veto_from: Any = None
    veto_of: Any = None
    excuse_from: Any = None
    excuse_of: Any = None
    rules: int = 0
    rule_parts: Any = None
    rule_window: Any = None
    rule_weight: Any = None
    grams: Any = None
    gram_shift: int = 0


def tables(chars: Characters, rules: Rules, weights: bytes, gram_shift: int) -> Tables:
    """All arrays for one set of rules and weights."""
    t = Tables(
        fold=chars.fold,
        expansions=chars.expansions,
        twin=chars.twin,
        spell_keys=chars.spell.keys,
        spell_next=chars.spell.targets,
        spell_shift=chars.spell.shift,
        spell_word=chars.spell_word,
        spell_from=chars.spell_from,
        spell_out=chars.spell_out,
        grams=memoryview(weights).cast("b"),
        gram_shift=gram_shift,
    )
    kind = bytearray(chars.kind)
    _phrases(t, kind, rules)
    t.kind = bytes(kind)
    _groups(t, rules)
    for field in fields(t):
        if getattr(t, field.name) is None:
            raise AssertionError(field.name)
    return t


def _phrases(t: Tables, kind: bytearray, rules: Rules) -> None:
    """The automaton, and for each of its final states what is met there."""
    trie = Trie()
    events: dict[int, list[tuple[int, int, int]]] = {}
    slots: list[tuple[int, int]] = []  # concept, role
    for number, concept in enumerate(rules.concepts):
        for phrase in concept.phrases:
            for place, words in enumerate(phrase):
                code = number
                if len(phrase) > 1:
                    code = len(rules.concepts) + len(slots)
                    slots.append((number, (place == 0) + 2 * (place == len(phrase) - 1)))
                for spelt in words:
                    word = spelt.removesuffix(ANY_TAIL)
                    edge = _edge(word, kind, spelt.endswith(ANY_TAIL))
                    state = trie.add([ord(c) for c in word])
                    events.setdefault(state, []).append((code, len(word), edge))
                    kind[ord(word[0])] |= PHRASE_START
    _machine(t, trie, events)
    t.concepts, t.slots = len(rules.concepts), len(slots) + 1
    t.slot_concept = array("i", [*(concept for concept, _ in slots), 0])
    t.slot_role = array("i", [*(role for _, role in slots), 0])
    t.negatable = bytes([*(c.negatable for c in rules.concepts), 0])


def _machine(t: Tables, trie: Trie, events: dict[int, list[tuple[int, int, int]]]) -> None:
    count = len(trie.children)
    ends = bytes(state in events for state in range(count))
    fail, shorter = trie.failures(ends)
    edges = trie.edges()
    t.keys, t.next, t.shift = edges.keys, edges.targets, edges.shift
    t.fail, t.shorter, t.output = array("i", fail), array("i", shorter), ends
    rows = [sorted(set(events.get(state, []))) for state in range(count)]
    t.event_from = _starts(rows)
    flat = [event for row in rows for event in row] or [(0, 0, 0)]
    t.event_code = array("i", [code for code, _, _ in flat])
    t.event_size = array("i", [size for _, size, _ in flat])
    t.event_edge = bytes(edge for _, _, edge in flat)


def _edge(word: str, kind: bytearray, open_end: bool) -> int:
    left = ord(word[0]) < TABLE and kind[ord(word[0])] & LETTER
    right = ord(word[-1]) < TABLE and kind[ord(word[-1])] & LETTER and not open_end
    return bool(left) + 2 * bool(right)


def _groups(t: Tables, rules: Rules) -> None:
    """Concepts into groups, groups into rules and into their excuses."""
    number = {concept.name: i for i, concept in enumerate(rules.concepts)}
    groups: dict[tuple[str, ...], int] = {}
    for rule in rules.rules:
        for part in (*rule.parts, *([rule.unless] if rule.unless else [])):
            groups.setdefault(part, len(groups))
    of_concept: list[list[int]] = [[] for _ in number]
    for part, group in groups.items():
        for name in part:
            of_concept[number[name]].append(group)
    speaks: list[list[int]] = [[] for _ in groups]
    excuses: list[list[int]] = [[] for _ in groups]
    own: list[list[int]] = []
    parts = array("i")
    for index, rule in enumerate(rules.rules):
        mine = [groups[part] for part in rule.parts]
        parts.extend((mine + [-1] * PARTS)[:PARTS])
        for group in set(mine):
            speaks[group].append(index)
        own.append([groups[rule.unless]] if rule.unless else [])
        for group in own[-1]:
            excuses[group].append(index)
    t.groups, t.rules = len(groups) + 1, len(rules.rules)
    t.group_from, t.group_of = _starts(of_concept), _flat(of_concept)
    t.rule_from, t.rule_of = _starts(speaks), _flat(speaks)
    t.veto_from, t.veto_of = _starts(excuses), _flat(excuses)
    t.excuse_from, t.excuse_of = _starts(own), _flat(own)
    t.rule_parts = array("i", [*parts, -1])
    t.rule_window = array("i", [*(rule.window for rule in rules.rules), 0])
    t.rule_weight = array("d", [*(rule.weight for rule in rules.rules), 0.0])


def _starts(rows: Sequence[Sequence[Any]]) -> array[int]:
    starts = array("i", [0])
    for row in rows:
        starts.append(starts[-1] + len(row))
    return starts


def _flat(rows: Iterable[Iterable[int]]) -> array[int]:
    return array("i", [*(value for row in rows for value in row), 0])
