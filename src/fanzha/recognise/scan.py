"""The kernel: one pass that undoes evasion, finds phrases, judges rules and adds learned weights.

Plain Python that `setup.py` compiles with the types in `scan.pxd`; where no compiler is, this very
file runs, some eighty times slower and with the same results. Everything is a flat array of code
points and small integers; `layout.py` and `tables.py` say what each means. Time is linear in the
text: every phrase, rule and window has a fixed bound, and hits beyond `HITS_PER_CHAR` for each
character are not recorded.
"""

from __future__ import annotations

from array import array
from typing import Any

from fanzha.recognise.layout import (
    BREAK,
    DROPPED,
    EXPANDS,
    FILLER,
    FILLERS,
    GOLDEN,
    GRAM,
    HAN,
    HITS_PER_CHAR,
    LETTER,
    NEGATION_REACH,
    PARTS,
    PHRASE_START,
    ROUNDS,
    SHORT,
    SPARE_HITS,
    SPELL_START,
    STOP,
    TABLE,
    WORD,
)

ZERO, NINE = 48, 57
LOWER_A, LOWER_Z, LETTERS_END = 97, 122, 0x600  # where Latin, Greek and Cyrillic end


class Reading:
    """What one text looks like to the kernel: its undone characters, hits and fired rules."""

    def __init__(self) -> None:
        self.codes: Any = None  # code points after undoing evasion
        self.origin: Any = None  # for each of them where it began in the text as given
        self.size = 0
        self.hits = 0
        self.hit_concept: Any = None
        self.hit_start: Any = None
        self.hit_end: Any = None
        self.room = 0
        self.latest: Any = None  # the last hit of each group, plus one
        self.gap_start: Any = None  # where each part of a phrase with gaps stood last
        self.gap_end: Any = None
        self.broke = -1  # the last end of a clause
        self.stopped = -1  # the last end of a sentence
        self.negated = -1  # the end of the last "do not"
        self.fired: Any = None  # for each rule: 1 when it speaks
        self.parts: Any = None  # for each rule: the hits that it joined
        self.rule_sum = 0.0
        self.gram_sum = 0.0
        self.grams = 0


class Scanner:
    """All tables of the kernel, and what it does with them to one text."""

    def __init__(self, t: Any) -> None:
        self.fold = t.fold
        self.expansions = t.expansions
        self.kind = t.kind
        self.twin = t.twin
        self.spell_keys = t.spell_keys
        self.spell_next = t.spell_next
        self.spell_shift = t.spell_shift
        self.spell_word = t.spell_word
        self.spell_from = t.spell_from
        self.spell_out = t.spell_out
        self.keys = t.keys
        self.next = t.next
        self.shift = t.shift
        self.fail = t.fail
        self.output = t.output
        self.shorter = t.shorter
        self.event_from = t.event_from
        self.event_code = t.event_code
        self.event_size = t.event_size
        self.event_edge = t.event_edge
        self.concepts = t.concepts
        self.negatable = t.negatable
        self.slot_concept = t.slot_concept
        self.slot_role = t.slot_role  # 1 the first part of a phrase with gaps, 2 its last
        self.gap_reach = t.gap_reach
        self.slots = t.slots
        self.group_from = t.group_from
        self.group_of = t.group_of
        self.groups = t.groups
        self.rule_from = t.rule_from
        self.rule_of = t.rule_of
        self.veto_from = t.veto_from
        self.veto_of = t.veto_of
        self.excuse_from = t.excuse_from
        self.excuse_of = t.excuse_of
        self.rules = t.rules
        self.rule_parts = t.rule_parts
        self.rule_window = t.rule_window
        self.rule_weight = t.rule_weight
        self.grams = t.grams
        self.gram_shift = t.gram_shift

    def normalise(self, codes: Any) -> Reading:
        """Folded, unmixed, respelled, gaps closed; with the way back for each character."""
        r = Reading()
        self.fold_all(codes, r)
        self.unmix(r)
        for _ in range(ROUNDS):
            changed = self.close_gaps(r)
            if self.respell(r):
                changed = 1
            if changed == 0:
                break
        return r

    def read(self, codes: Any) -> Reading:
        """Everything: undone characters, hits, fired rules, and the learned sum."""
        r = self.normalise(codes)
        self.search(r)
        self.add_grams(r)
        return r

    def fold_all(self, codes: Any, r: Reading) -> None:
        fold = self.fold
        expansions = self.expansions
        n = len(codes)
        size = 0
        for i in range(n):
            c = codes[i]
            f = fold[c] if c < TABLE else c
            if f >= EXPANDS:
                size += expansions[f - EXPANDS]
            elif f != DROPPED:
                size += 1
        out = array("I", bytes(4 * size))
        origin = array("i", bytes(4 * size))
        k = 0
        for i in range(n):
            c = codes[i]
            f = fold[c] if c < TABLE else c
            if f >= EXPANDS:
                for j in range(expansions[f - EXPANDS]):
                    out[k] = expansions[f - EXPANDS + 1 + j]
                    origin[k] = i
                    k += 1
            elif f != DROPPED:
                out[k] = f
                origin[k] = i
                k += 1
        r.codes = out
        r.origin = origin
        r.size = size

    def unmix(self, r: Reading) -> None:
        """Cyrillic and Greek letters that stand in a run with Latin ones become Latin."""
        codes = r.codes
        n = r.size
        i = 0
        while i < n:
            c = codes[i]
            if c >= LETTERS_END or (self.twin[c] == 0 and not (LOWER_A <= c <= LOWER_Z)):
                i += 1
                continue
            latin = 0
            foreign = 0
            j = i
            while (
                j < n
                and codes[j] < LETTERS_END
                and (self.twin[codes[j]] or LOWER_A <= codes[j] <= LOWER_Z)
            ):
                if codes[j] < 128:
                    latin = 1
                else:
                    foreign = 1
                j += 1
            if latin and foreign:
                for k in range(i, j):
                    if codes[k] >= 128:
                        codes[k] = self.twin[codes[k]]
            i = j

    def kind_of(self, c: int) -> int:
        return self.kind[c] if c < TABLE else 0

    def close_gaps(self, r: Reading) -> int:
        """Leave out one to three inserted symbols that stand between two Han characters."""
        codes = r.codes
        origin = r.origin
        n = r.size
        k = 0
        i = 0
        left = 0
        while i < n:
            kind = self.kind_of(codes[i])
            if kind & FILLER and left & (HAN | SHORT):
                j = i
                while j < n and j - i <= FILLERS and self.kind_of(codes[j]) & FILLER:
                    j += 1
                right = self.kind_of(codes[j]) if j < n else 0
                if j - i <= FILLERS and (
                    (left & HAN and right & (HAN | SHORT)) or (left & SHORT and right & HAN)
                ):
                    i = j
                    continue
                while i < j:
                    codes[k] = codes[i]
                    origin[k] = origin[i]
                    k += 1
                    i += 1
                left = 0
                continue
            codes[k] = codes[i]
            origin[k] = origin[i]
            left = kind
            k += 1
            i += 1
        r.size = k
        return 1 if k < n else 0

    def spelled(self, state: int, c: int) -> int:
        key = (state << 21) | c
        place = ((key * GOLDEN) & WORD) >> self.spell_shift
        while True:
            found = self.spell_keys[place]
            if found == key:
                return self.spell_next[place]  # type: ignore[no-any-return]
            if found < 0:
                return -1
            place += 1

    def respell(self, r: Reading) -> int:
        """Replace the longest known odd spelling at each place by the word that it stands for."""
        codes = r.codes
        n = r.size
        hits = 0
        for i in range(n):
            if self.kind_of(codes[i]) & SPELL_START and self.spelling_at(r, i) >= 0:
                hits += 1
        if hits == 0:
            return 0
        longest = self.spell_from[len(self.spell_from) - 1]
        out = array("I", bytes(4 * (n + hits * longest)))
        origin = array("i", bytes(4 * (n + hits * longest)))
        k = 0
        i = 0
        while i < n:
            word = self.spelling_at(r, i) if self.kind_of(codes[i]) & SPELL_START else -1
            if word < 0:
                out[k] = codes[i]
                origin[k] = r.origin[i]
                k += 1
                i += 1
                continue
            start = self.spell_from[word * 2]
            for j in range(self.spell_out[start]):
                out[k] = self.spell_out[start + 1 + j]
                origin[k] = r.origin[i]
                k += 1
            i += self.spell_from[word * 2 + 1]
        r.codes = out
        r.origin = origin
        r.size = k
        return 1

    def spelling_at(self, r: Reading, i: int) -> int:
        """The longest odd spelling that begins here, or -1; Latin ones only as whole words."""
        codes = r.codes
        n = r.size
        if i > 0 and self.kind_of(codes[i]) & LETTER and self.kind_of(codes[i - 1]) & LETTER:
            return -1
        state = 0
        best = -1
        j = i
        while j < n:
            state = self.spelled(state, codes[j])
            if state < 0:
                break
            j += 1
            word = self.spell_word[state]
            if word >= 0 and (
                j >= n
                or not (self.kind_of(codes[j - 1]) & LETTER and self.kind_of(codes[j]) & LETTER)
            ):
                best = word
        return best

    def step(self, state: int, c: int) -> int:
        while True:
            key = (state << 21) | c
            place = ((key * GOLDEN) & WORD) >> self.shift
            while True:
                found = self.keys[place]
                if found == key:
                    return self.next[place]  # type: ignore[no-any-return]
                if found < 0:
                    break
                place += 1
            if state == 0:
                return 0
            state = self.fail[state]

    def search(self, r: Reading) -> None:
        """Every phrase of the rules by one automaton; hits and fired rules go into the reading."""
        room = r.size * HITS_PER_CHAR + SPARE_HITS
        r.room = room
        r.hit_concept = array("i", bytes(4 * room))
        r.hit_start = array("i", bytes(4 * room))
        r.hit_end = array("i", bytes(4 * room))
        r.fired = array("B", bytes(self.rules))
        r.parts = array("i", bytes(4 * PARTS * self.rules))
        r.latest = array("i", bytes(4 * self.groups))
        r.gap_start = array("i", bytes(4 * self.slots))
        r.gap_end = array("i", bytes(4 * self.slots))
        r.broke = -1
        r.stopped = -1
        r.negated = -1
        codes = r.codes
        state = 0
        for i in range(r.size):
            c = codes[i]
            kind = self.kind[c] if c < TABLE else 0
            if kind & BREAK:
                r.broke = i
                if kind & STOP:
                    r.stopped = i
            if state == 0 and not kind & PHRASE_START:
                continue
            state = self.step(state, c)
            found = state if self.output[state] else self.shorter[state]
            while found:
                self.meet(r, found, i + 1)
                found = self.shorter[found]
        r.rule_sum = 0.0
        for rule in range(self.rules):
            if r.fired[rule]:
                r.rule_sum += self.rule_weight[rule]

    def meet(self, r: Reading, state: int, end: int) -> None:
        """One phrase ends here: as a hit of its concept, or as one part of a phrase with gaps."""
        for e in range(self.event_from[state], self.event_from[state + 1]):
            start = end - self.event_size[e]
            if self.event_edge[e] and not self.whole(r, start, end, self.event_edge[e]):
                continue
            code = self.event_code[e]
            if code < self.concepts:
                self.hit(r, code, start, end)
                continue
            slot = code - self.concepts
            if self.slot_role[slot] & 1:
                r.gap_start[slot] = start
                r.gap_end[slot] = end
                continue
            before = r.gap_end[slot - 1]
            if before == 0 or before > start or start - before > self.gap_reach:
                continue
            if r.stopped >= before:
                continue
            r.gap_start[slot] = r.gap_start[slot - 1]
            r.gap_end[slot] = end
            if self.slot_role[slot] & 2:
                self.hit(r, self.slot_concept[slot], r.gap_start[slot], end)

    def whole(self, r: Reading, start: int, end: int, edge: int) -> int:
        """Whether a Latin phrase is not a part of a longer word (1 left edge, 2 right edge)."""
        if edge & 1 and start > 0 and self.kind_of(r.codes[start - 1]) & LETTER:
            return 0
        if edge & 2 and end < r.size and self.kind_of(r.codes[end]) & LETTER:
            return 0
        return 1

    def hit(self, r: Reading, concept: int, start: int, end: int) -> None:
        """Note a concept, turned round where a "do not" governs it, and judge its rules."""
        if concept == 0:
            r.negated = end
        elif (
            self.negatable[concept]
            and 0 < r.negated <= start <= r.negated + NEGATION_REACH
            and r.broke < r.negated
        ):
            concept = 1
        if r.hits >= r.room:
            return
        r.hit_concept[r.hits] = concept
        r.hit_start[r.hits] = start
        r.hit_end[r.hits] = end
        r.hits += 1
        for g in range(self.group_from[concept], self.group_from[concept + 1]):
            group = self.group_of[g]
            r.latest[group] = r.hits
            for v in range(self.veto_from[group], self.veto_from[group + 1]):
                self.veto(r, self.veto_of[v], start)
            for k in range(self.rule_from[group], self.rule_from[group + 1]):
                if r.fired[self.rule_of[k]] == 0:
                    self.judge(r, self.rule_of[k], start)

    def veto(self, r: Reading, rule: int, start: int) -> None:
        """Take a fired rule back when a word that excuses it follows within its window."""
        if r.fired[rule] and start - r.hit_end[r.parts[rule * PARTS]] <= self.rule_window[rule]:
            r.fired[rule] = 0

    def judge(self, r: Reading, rule: int, start: int) -> None:
        """Fire the rule when all its groups were met within its window and no excuse was."""
        window = self.rule_window[rule]
        for p in range(PARTS):
            group = self.rule_parts[rule * PARTS + p]
            if group < 0:
                break
            seen = r.latest[group]
            if seen == 0 or start - r.hit_end[seen - 1] > window:
                return
        for v in range(self.excuse_from[rule], self.excuse_from[rule + 1]):
            seen = r.latest[self.excuse_of[v]]
            if seen and start - r.hit_end[seen - 1] <= window:
                return
        r.fired[rule] = 1
        for p in range(PARTS):
            group = self.rule_parts[rule * PARTS + p]
            r.parts[rule * PARTS + p] = -1 if group < 0 else r.latest[group] - 1

    def add_grams(self, r: Reading) -> None:
        """The learned weights of all runs of one to four characters, digits being alike."""
        codes = r.codes
        n = r.size
        total = 0
        count = 0
        for i in range(n):
            h = 0
            for j in range(i, n if n < i + GRAM else i + GRAM):
                c = codes[j]
                if ZERO <= c <= NINE:
                    c = ZERO
                h = ((h ^ c) * GOLDEN) & WORD
                total += self.grams[h >> self.gram_shift]
                count += 1
        r.grams = count
        r.gram_sum = total / count**0.5 if count else 0.0

    def gram_places(self, r: Reading) -> Any:
        """The place in the table of each run, in the order in which `add_grams` meets them."""
        codes = r.codes
        n = r.size
        places = array("i", bytes(4 * GRAM * n))
        k = 0
        for i in range(n):
            h = 0
            for j in range(i, n if n < i + GRAM else i + GRAM):
                c = codes[j]
                if ZERO <= c <= NINE:
                    c = ZERO
                h = ((h ^ c) * GOLDEN) & WORD
                places[k] = h >> self.gram_shift
                k += 1
        return places[:k]

    def gram_trace(self, r: Reading) -> Any:
        """What each character brings to the learned sum: of each run, its even share."""
        codes = r.codes
        n = r.size
        trace = array("d", bytes(8 * n))
        norm = r.grams**0.5 if r.grams else 1.0
        for i in range(n):
            h = 0
            for j in range(i, n if n < i + GRAM else i + GRAM):
                c = codes[j]
                if ZERO <= c <= NINE:
                    c = ZERO
                h = ((h ^ c) * GOLDEN) & WORD
                share = self.grams[h >> self.gram_shift] / norm / (j - i + 1)
                for k in range(i, j + 1):
                    trace[k] += share
        return trace
