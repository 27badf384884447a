"""Pictures drawn for the tests: chats with bubbles, a short message, a photo of a notice."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
)
SC, TC = 2, 3  # faces of the collection
WIDTH = 750
Bubble = tuple[str, Sequence[str]]


def font(size: int, face: int = SC) -> Any:
    from PIL import ImageFont

    path = next((path for path in FONTS if path.exists()), None)
    if path is None:
        pytest.skip("no CJK font: apt-get install fonts-noto-cjk")
    return ImageFont.truetype(str(path), size, index=face)


def chat(bubbles: Sequence[Bubble], *, face: int = SC, dark: bool = False) -> Any:
    """A chat as messengers show it: a title, a time in the middle, portraits and bubbles."""
    from PIL import Image, ImageDraw

    page, theirs, mine, ink = ("#111111", "#2c2c2c", "#2ba245", "white") if dark else DAY
    height = 200 + sum(len(lines) * 44 + 80 for _, lines in bubbles)
    picture = Image.new("RGB", (WIDTH, height), page)
    draw = ImageDraw.Draw(picture)
    draw.text((WIDTH // 2, 40), "小王", font=font(32, face), fill=ink, anchor="mm")
    draw.text((WIDTH // 2, 110), "14:02", font=font(24, face), fill="#888888", anchor="mm")
    top = 150
    for side, lines in bubbles:
        wide = round(max(draw.textlength(line, font=font(30, face)) for line in lines)) + 40
        tall = len(lines) * 44 + 30
        left = 110 if side == "left" else WIDTH - 110 - wide
        surface = theirs if side == "left" else mine
        draw.rounded_rectangle((left, top, left + wide, top + tall), 12, fill=surface)
        portrait = 20 if side == "left" else WIDTH - 90
        draw.rectangle((portrait, top, portrait + 70, top + 70), fill="#7788aa")
        for i, line in enumerate(lines):
            draw.text((left + 20, top + 14 + i * 44), line, font=font(30, face), fill=ink)
        top += tall + 50
    return picture


DAY = ("#ededed", "white", "#95ec69", "black")


def notice(lines: Sequence[str], *, size: int = 34, face: int = SC) -> Any:
    """Black lines on white paper."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (900, 80 + len(lines) * size * 2), "white")
    draw = ImageDraw.Draw(picture)
    for i, line in enumerate(lines):
        draw.text((50, 40 + i * size * 2), line, font=font(size, face), fill="#222222")
    return picture


def photographed(picture: Any, *, angle: float = 3.0, seed: int = 1) -> Any:
    """The same as a poor photo: turned, darker to one side, noisy and pressed into a JPEG."""
    from PIL import Image

    turned = picture.rotate(
        angle, expand=True, fillcolor="#cfc8bb", resample=Image.Resampling.BICUBIC
    )
    random = Random(seed)
    noise = Image.frombytes("L", turned.size, random.randbytes(turned.width * turned.height))
    shade = Image.linear_gradient("L").resize(turned.size).convert("RGB")
    noisy = Image.blend(turned, noise.convert("RGB"), 0.12)
    return Image.open(io.BytesIO(bytes_of(Image.blend(noisy, shade, 0.15), "JPEG")))


def qr(payload: str) -> Any:
    import zxingcpp
    from PIL import Image

    code = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=6)).convert("RGB")


def bytes_of(picture: Any, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()
