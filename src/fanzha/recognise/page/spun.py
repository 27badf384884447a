"""Spun text: readings and stray marks set behind every few characters, so that a copy looks new.

Schools do the same for children. So a page is spun only where readings stand in a text of law or
news, among characters that everybody can read, and where the page doesn't teach reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fanzha.recognise.page.lines import Line
from fanzha.recognise.page.rules import fold, words

MIN_NOTES = 5
MAX_SHARE = 0.6  # of the characters: with more it is an edition for learners
_VOWEL = "aeiouüvāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜêńňǹḿ"
_SYLLABLE = rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:[{_VOWEL}]{{1,3}}\u0300?(?:ng|n|r)?)[\u0300-\u036f]?(?:ng|n)?[1-5]?"  # noqa: E501
_ZHUYIN = r"[ˊˇˋ˙]?[\u3105-\u312f\u31a0-\u31bf]{1,3}[ˊˇˋ˙]?"
_LABEL = r"(?:(?:拼音|读音|讀音|注音|音)\s*[:：]\s*)?"
_NOTE = re.compile(
    rf"(?<=[\u3400-\u9fff])[（(【\[〔]\s*{_LABEL}(?:{_SYLLABLE}(?:[ '’]?{_SYLLABLE}){{0,3}}|{_ZHUYIN}(?:\s?{_ZHUYIN}){{0,3}})\s*[)）】\]〕]",  # noqa: E501
    re.IGNORECASE,
)
_TONED = re.compile(r"[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ\u0300-\u036f\u3105-\u312f1-5]|音\s*[:：]")
_MARKS = re.compile(r"(?<=[\u3400-\u9fff])[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Note:
    """A reading or stray mark: the characters `start:end` of a line."""

    line: Line
    start: int
    end: int
    why: str


def find_notes(lines: Sequence[Line]) -> list[Note]:
    """All readings and stray marks of the lines, in order."""
    notes = []
    for line in lines:
        found = [Note(line, *m.span(), "reading_note") for m in _NOTE.finditer(line.text)]
        found += [Note(line, *m.span(), "stray_marks") for m in _MARKS.finditer(line.text)]
        notes += sorted(found, key=lambda note: note.start)
    return notes


def is_spun(lines: Sequence[Line], notes: Sequence[Note]) -> bool:
    """Whether the notes are there to make a copy look new."""
    marked = sum(bool(_TONED.search(n.line.text[n.start : n.end])) for n in notes)
    if len(notes) < MIN_NOTES or marked < MIN_NOTES:
        return False
    whole = fold("\n".join(line.text for line in lines))
    if len(notes) > MAX_SHARE * len(_CHINESE.findall(whole)):
        return False
    learned = set(words().schooling.findall(whole))
    told = len(words().official.findall(whole))
    return told >= 3 and (len(learned) < 2 or told > 5 * len(learned))


def without(line: Line, notes: Sequence[Note]) -> str:
    """The text of a line without its notes."""
    parts, at = [], 0
    for note in notes:
        parts.append(line.text[at : note.start])
        at = max(at, note.end)
    return "".join([*parts, line.text[at:]])
