"""What reading a picture gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

from fanzha.model.chain import Finding

Side = Literal["left", "right"]


class Box(NamedTuple):
    """An upright rectangle in pixels of the picture as shown, `right` and `bottom` outside it.

    >>> Box(0, 0, 10, 5).around(Box(8, 2, 20, 6))
    Box(left=0, top=0, right=20, bottom=6)
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def around(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One bubble of a chat: `left` is the other side, `right` whoever took the screenshot."""

    side: Side
    text: str = field(repr=False)
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureText(Finding):
    """The words of a picture, in reading order, and where each stands.

    `boxes` maps characters `start:end` of `text` to the picture. `turns` is empty where the picture
    shows no bubbles. The payload of every QR code is a line of `text` of its own, at its end.
    Characters that look alike (0 and O, 1 and l) may be swapped: read numbers back before anybody
    acts on them. `confidence` is the reader's own mean score and says little about photos.
    """

    kind: ClassVar[str] = "picture"
    text: str = field(repr=False)
    boxes: tuple[tuple[int, int, Box], ...] = field(repr=False)
    turns: tuple[Turn, ...]
    qr: tuple[tuple[str, Box], ...] = field(repr=False)
    width: int
    height: int

    def where(self, start: int, end: int) -> tuple[Box, ...]:
        """The rectangles behind `text[start:end]`, one for each line that it runs over."""
        found: list[Box] = []
        for first, last, box in self.boxes:
            if first >= end or last <= start:
                continue
            if found and _same_line(found[-1], box):
                found[-1] = found[-1].around(box)
            else:
                found.append(box)
        return tuple(found)


def _same_line(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return other.right > one.left and shared * 2 > min(one.height, other.height)
