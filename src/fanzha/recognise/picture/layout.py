"""Which lines stand in one bubble or paragraph, and on which side of a chat the bubble lies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fanzha.recognise.picture.finding import Box, Side
from fanzha.recognise.picture.ocr import Line

ALIKE = 30  # summed difference of red, green and blue within one surface (JPEG is noisy)
FLECKS = 6  # pixels of another colour that may follow each other within one surface
CENTRED = 0.05  # of the width: margins that differ by less belong to a time or notice
NARROWEST = 0.97  # of the width: a surface as wide as that is the page, not a bubble
LEADING = 1.1  # line heights that may lie between two lines of one paragraph
WRAPPED = 2.2  # line heights from the right edge, within which a line was wrapped


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together; `side` is None outside bubbles."""

    side: Side | None
    box: Box
    lines: tuple[Line, ...]


def blocks(picture: Any, lines: Iterable[Line]) -> list[Block]:
    """The lines of each bubble or paragraph, in reading order."""
    pixels = picture.load()
    grouped: list[Block] = []
    for line in in_rows(lines):
        surface = _surface(pixels, picture.size, line.box)
        side = _side(surface, picture.width)
        fitting = next((i for i, b in enumerate(grouped) if _joins(b, surface, side, line)), None)
        if fitting is None:
            grouped.append(Block(side, surface if side else line.box, (line,)))
        else:
            known = grouped[fitting]
            box = known.box.around(surface if side else line.box)
            grouped[fitting] = Block(side, box, (*known.lines, line))
    return grouped


def joined(block: Block) -> list[tuple[Line, str]]:
    """The lines of a block, each with what stands between it and the next: nothing or a blank where
    it was only wrapped, else a new line."""
    edge = max(line.box.right for line in block.lines)
    ends = []
    for line in block.lines:
        wrapped = edge - line.box.right < WRAPPED * line.box.height
        ends.append((line, _glue(line.text[-1]) if wrapped and len(block.lines) > 1 else "\n"))
    return [*ends[:-1], (block.lines[-1], "")]


def in_rows(lines: Iterable[Line]) -> list[Line]:
    """Reading order: rows from top to bottom, and within a row from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda found: found.box.top + found.box.bottom):
        row = rows[-1] if rows else []
        if row and _overlap(row[-1].box, line.box) * 2 > min(row[-1].box.height, line.box.height):
            row.append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda found: found.box.left)]


def _joins(block: Block, surface: Box, side: Side | None, line: Line) -> bool:
    last = block.lines[-1].box
    near = -last.height // 2 < line.box.top - last.bottom < LEADING * last.height
    if block.side != side or not near:
        return False
    if side is None:
        return abs(last.left - line.box.left) < last.height and _like(last.height, line.box.height)
    return abs(block.box.left - surface.left) <= last.height // 2 and (
        abs(block.box.right - surface.right) <= last.height // 2
    )


def _like(one: int, other: int) -> bool:
    return max(one, other) < 1.4 * min(one, other)


def _glue(last: str) -> str:
    """Chinese goes on without a blank; a Latin word does not."""
    return " " if last.isascii() and not last.isspace() else ""


def _overlap(one: Box, other: Box) -> int:
    return min(one.bottom, other.bottom) - max(one.top, other.top)


def _side(surface: Box, width: int) -> Side | None:
    left, right = surface.left, width - surface.right
    if right + left < (1 - NARROWEST) * width or abs(left - right) < CENTRED * width:
        return None
    return "left" if left < right else "right"


def _surface(pixels: Any, size: tuple[int, int], line: Box) -> Box:
    """How far the colour right above a line reaches to both sides: the bubble it stands in."""
    row = max(0, line.top - max(1, line.height // 12))
    first, last = max(0, line.left), min(size[0], line.right) - 1
    colour = pixels[first, row]
    left, right = first, last
    while (step := _next(pixels, left, -1, row, size[0], colour)) is not None:
        left = step
    while (step := _next(pixels, right, 1, row, size[0], colour)) is not None:
        right = step
    return Box(left, line.top, right + 1, line.bottom)


def _next(pixels: Any, at: int, way: int, row: int, width: int, colour: Any) -> int | None:
    """The next place in this direction that has the colour, over a fleck at most."""
    for step in range(1, FLECKS + 1):
        place = at + way * step
        if not 0 <= place < width:
            return None
        if sum(abs(a - b) for a, b in zip(pixels[place, row], colour, strict=True)) <= ALIKE:
            return place
    return None
