"""One spelling for the rules, character by character, so that places stay the same."""

from __future__ import annotations

import unicodedata

from fanzha.intake.report.rules import rules

_MARKS = str.maketrans(
    {**dict.fromkeys("“”„‟「」『』‘’‚‹›«»＂＇《》【】", '"'), **dict.fromkeys("、﹑､", "、")}
    | {**dict.fromkeys("–—−‐‑‒", "-"), **dict.fromkeys("｡．﹒", "。"), "\u3000": " ", "\u00a0": " "}
    | {"\r": " ", "\t": " ", "￥": "¥", "○": "〇", "壱": "一", "弍": "二"}
)


def fold(text: str) -> str:
    """The text in simplified characters and plain punctuation, exactly as long as it was.

    For the words of the rules only: values are always cut from the text as it was given.

    >>> fold("轉帳５萬,戶名“陳志強”")
    '转账5万,户名"陈志强"'
    """
    marked = text.translate(_MARKS)
    if not marked.isascii():
        marked = "".join(c if c.isascii() else _plain(c) for c in marked)
    return marked.translate(rules().simplified)


def _plain(char: str) -> str:
    normal = unicodedata.normalize("NFKC", char)
    return normal if len(normal) == 1 and normal not in "\r\t" else char
