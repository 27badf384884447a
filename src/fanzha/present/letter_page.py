"""A letter as a page of its own, to be printed: the same words as its text."""

from __future__ import annotations

from markupsafe import Markup, escape

from fanzha.model.catalogue import Lang

# Margins of official documents in China (GB/T 9704-2012), as the DOCX has them.
STYLE = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm; }
html { font: 12pt/1.6 "Times New Roman", "Noto Serif CJK SC", SimSun, serif; color: #000; }
:lang(zh-Hant) { font-family: "Times New Roman", "Noto Serif CJK TC", PMingLiU, serif; }
h1 { font-size: 17pt; text-align: center; margin: 0 0 8mm; }
p { margin: 0 0 2mm; white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def letter_page(text: str, lang: Lang) -> str:
    """The letter whose first line is its title, complete in itself: no script, no network.

    >>> "<h1>T</h1>" in letter_page("T\\n\\na < b\\n", "en")
    True
    """
    title, _, rest = text.partition("\n")
    lines = Markup("").join(Markup("<p>{}</p>\n").format(line) for line in rest.split("\n") if line)
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>\n{lines}</html>"
    )
