"""From the bytes of a picture to its text, with the way back from every character to its place."""

from __future__ import annotations

from fanzha.model.chain import Reason, Ref
from fanzha.recognise.picture.finding import Box, PictureText, Turn
from fanzha.recognise.picture.layout import Block, blocks, joined
from fanzha.recognise.picture.ocr import decode, read_lines, read_qr

METHOD = "picture/1"
READ, NOTHING = "read", "nothing_read"


class _Page:
    """The text as it grows, and the box of each character."""

    def __init__(self) -> None:
        self.text = ""
        self.boxes: list[tuple[int, int, Box]] = []

    def add(self, text: str, characters: tuple[Box, ...]) -> None:
        start = len(self.text)
        self.text += text
        self.boxes += [(start + i, start + i + 1, box) for i, box in enumerate(characters)]

    def end_block(self) -> None:
        self.text += "\n"


def read_picture(content: bytes) -> PictureText:
    """The words of a screenshot or photo in Simplified or Traditional Chinese or English.

    Bubbles of a chat come out as turns by side. PNG, JPEG, WebP, BMP and GIF, up to 20 MiB and
    20 million pixels; of a moving picture the first frame. Do not trust it on handwriting, on pages
    photographed from the side or upside down, nor on Thai, Khmer, Burmese and Lao.

    Raises `UnreadableInput` (`picture_unreadable`, `picture_too_large`) and `UsageError`
    (`ocr_missing`).

    >>> read_picture(b"no picture")
    Traceback (most recent call last):
    fanzha.errors.UnreadableInput: picture_unreadable
    """
    picture = decode(content)
    qr = tuple(read_qr(picture))
    lines = [line for line in read_lines(picture) if not any(_inside(line.box, b) for _, b in qr)]
    page, turns = _Page(), []
    for block in blocks(picture, lines):
        start = len(page.text)
        _write(page, block)
        if block.side is not None:
            turns.append(Turn(block.side, page.text[start:].rstrip("\n"), block.box))
    for payload, box in qr:
        page.add(payload, (box,) * len(payload))
        page.end_block()
    scores = [line.score for line in lines]
    return PictureText(
        method=METHOD,
        reasons=(Reason(READ if page.text else NOTHING, (Ref("picture"),), {"lines": len(lines)}),),
        confidence=sum(scores) / len(scores) if scores else None,
        text=page.text.removesuffix("\n"),
        boxes=tuple(page.boxes),
        turns=tuple(turns),
        qr=qr,
        width=picture.width,
        height=picture.height,
    )


def _write(page: _Page, block: Block) -> None:
    for line, glue in joined(block):
        page.add(line.text, line.characters)
        page.text += glue
    page.end_block()


def _inside(line: Box, code: Box) -> bool:
    """Whether a line lies in a QR code, whose pattern now and then reads as letters."""
    across, down = (line.left + line.right) // 2, (line.top + line.bottom) // 2
    return code.left <= across < code.right and code.top <= down < code.bottom
