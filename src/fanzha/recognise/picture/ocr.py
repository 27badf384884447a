"""The one module that knows how pictures are decoded and read: Pillow, RapidOCR and zxing-cpp.

All three come with the extra `ocr`. The models lie in RapidOCR's wheel and are named to it by path,
so that it never looks for them on the network.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fanzha.errors import UnreadableInput, UsageError
from fanzha.recognise.picture.finding import Box

MOST_BYTES = 20 * 2**20
MOST_PIXELS = 20_000_000  # a long screenshot of 1080 x 18000; about 25 s on two cores
MOST_SIDE = 30_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
STRIP, OVERLAP = (
    1500,
    160,
)  # pixels; longer pictures are read in strips, or their words get too small
SHRUNK_ABOVE = 2000  # pixels of the longer side, above which RapidOCR shrinks a picture
LEAST_SCORE = 0.6  # of a line; below it patterns are taken for letters
_SPACE = re.compile(r"\s")


class Line(NamedTuple):
    """A line as it was read, with the box of each of its characters."""

    text: str
    box: Box
    characters: tuple[Box, ...]
    score: float


def decode(content: bytes) -> Any:
    """The picture as an upright RGB image of Pillow, refused before anything large is unpacked.

    Raises `UsageError` (`ocr_missing`) and `UnreadableInput` (`picture_unreadable`,
    `picture_too_large`).
    """
    image = _module("PIL.Image")
    if len(content) > MOST_BYTES:
        raise UnreadableInput("picture_too_large", limit=f"{MOST_BYTES // 2**20} MiB")
    too_large = (image.DecompressionBombError, image.DecompressionBombWarning)
    try:
        opened = image.open(io.BytesIO(content), formats=FORMATS)
        _bounded(opened.size)
        upright = _module("PIL.ImageOps").exif_transpose(opened)
        return _on_white(image, upright)
    except too_large as error:
        raise UnreadableInput("picture_too_large", limit=f"{MOST_PIXELS:,} px") from error
    except UnreadableInput:
        raise
    except Exception as error:  # decoders of hostile files raise nearly anything
        raise UnreadableInput("picture_unreadable") from error


def read_lines(picture: Any) -> list[Line]:
    """The lines of the picture, from top to bottom."""
    lines = [
        line for top, bottom in _strips(*picture.size) for line in _strip(picture, top, bottom)
    ]
    return sorted(lines, key=lambda line: (line.box.top, line.box.left))


def read_qr(picture: Any) -> list[tuple[str, Box]]:
    """The payloads of the QR codes, from top to bottom."""
    zxing = _module("zxingcpp")
    found = zxing.read_barcodes(picture, text_mode=zxing.TextMode.Plain)
    codes = [(code.text, _corners(code.position)) for code in found if "QR" in str(code.format)]
    return sorted(codes, key=lambda code: (code[1].top, code[1].left, code[0]))


def _bounded(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS or max(size) > MOST_SIDE:
        raise UnreadableInput("picture_too_large", limit=f"{MOST_PIXELS:,} px")


def _on_white(image: Any, picture: Any) -> Any:
    """Its first frame in RGB; what is transparent shows white, as viewers have it."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        page = image.new("RGBA", picture.size, "white")
        page.alpha_composite(picture)
        picture = page
    return picture.convert("RGB")


def _strips(width: int, height: int) -> Iterator[tuple[int, int]]:
    if height <= max(SHRUNK_ABOVE, width):
        yield 0, height
        return
    for top in range(0, height, STRIP):
        yield top, min(height, top + STRIP)


def _strip(picture: Any, top: int, bottom: int) -> Iterator[Line]:
    """The lines whose middle lies between these rows; read with a margin, so that none is cut."""
    first, last = max(0, top - OVERLAP), min(picture.height, bottom + OVERLAP)
    read = _engine()(picture.crop((0, first, picture.width, last)))
    if read.txts is None:
        return
    for corners, text, score, letters in zip(
        read.boxes, read.txts, read.scores, read.word_results, strict=True
    ):
        box = _around(corners, first)
        if top * 2 <= box.top + box.bottom < bottom * 2:
            yield Line(text, box, _characters(text, box, letters, first), float(score))


def _characters(text: str, box: Box, letters: Any, down: int) -> tuple[Box, ...]:
    """The box of each character; where the reader has none, the place it must have in the line."""
    boxes = iter([_around(corners, down) for _, _, corners in letters])
    solid = len(_SPACE.sub("", text))
    if len(letters) != solid:
        step = (box.right - box.left) / len(text)
        return tuple(
            box._replace(left=round(box.left + i * step), right=round(box.left + (i + 1) * step))
            for i in range(len(text))
        )
    found: list[Box] = []
    for character in text:
        found.append(found[-1] if character.isspace() and found else next(boxes, box))
    return tuple(found)


def _around(corners: Any, down: int) -> Box:
    xs, ys = [p[0] for p in corners], [p[1] for p in corners]
    return Box(int(min(xs)), int(min(ys)) + down, int(max(xs)) + 1, int(max(ys)) + 1 + down)


def _corners(position: Any) -> Box:
    corners = (position.top_left, position.top_right, position.bottom_left, position.bottom_right)
    return _around([(corner.x, corner.y) for corner in corners], 0)


@cache
def _engine() -> Any:
    """RapidOCR with the models of its wheel; Simplified, Traditional and English are one model."""
    package = _module("rapidocr")
    _module("onnxruntime")
    models = Path(package.__file__).parent / "models"
    named = {"Det": "*det*.onnx", "Cls": "*cls*.onnx", "Rec": "*rec*.onnx"}
    found = {part: sorted(models.glob(pattern)) for part, pattern in named.items()}
    if not all(found.values()):
        raise UsageError("ocr_missing")
    return package.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": LEAST_SCORE,
            "Global.return_word_box": True,
            "Global.return_single_char_box": True,
            **{f"{part}.model_path": str(paths[0]) for part, paths in found.items()},
        }
    )


def _module(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as missing:
        raise UsageError("ocr_missing") from missing
