"""How seconds grow with payments: one plain SVG for each question, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor, log10
from pathlib import Path

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 400, 70, 40, 110, 50
COLOURS = ("#b00020", "#1f6feb", "#2e7d32", "#8250df", "#bf5b04", "#0b7285", "#57606a")

Found = Mapping[tuple[str, str], Mapping[int, float]]  # question and peer: size, seconds


def draw(folder: Path, titles: Mapping[str, str], found: Found) -> Iterator[Path]:
    """Write `growth-QUESTION.svg` for every question asked at more than one size."""
    for question, title in titles.items():
        lines = {peer: points for (asked, peer), points in found.items() if asked == question}
        if any(len(points) > 1 for points in lines.values()):
            path = folder / f"growth-{question}.svg"
            path.write_text(picture(title, lines), encoding="utf-8")
            yield path


def picture(title: str, lines: Mapping[str, Mapping[int, float]]) -> str:
    """One picture."""
    sizes = sorted({size for points in lines.values() for size in points})
    seconds = [second for points in lines.values() for second in points.values()]
    across = (floor(log10(sizes[0])), ceil(log10(sizes[-1])))
    up = (floor(log10(min(seconds))), ceil(log10(max(seconds))))
    parts = [*frame(title, across, up)]
    for colour, (peer, points) in zip(COLOURS * 2, lines.items(), strict=False):
        spots = [
            (place(size, across, LEFT, WIDTH - RIGHT), place(second, up, HEIGHT - BOTTOM, TOP))
            for size, second in sorted(points.items())
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        x, y = spots[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{peer}</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">\n{body}\n</svg>\n'
    )


def frame(title: str, across: Sequence[int], up: Sequence[int]) -> Iterator[str]:
    """Title, grid and what the axes mean."""
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield f'<text x="{LEFT}" y="22" font-size="14">{title}</text>'
    for power in range(across[0], across[1] + 1):
        x = place(10.0**power, across, LEFT, WIDTH - RIGHT)
        yield f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
        yield f'<text x="{x}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{10**power:,}</text>'
    for power in range(up[0], up[1] + 1):
        y = place(10.0**power, up, HEIGHT - BOTTOM, TOP)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{10.0**power:g} s</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">payments</text>'


def place(value: float, decades: Sequence[int], low: float, high: float) -> float:
    """Where a value stands on a logarithmic axis."""
    return low + (high - low) * (log10(value) - decades[0]) / max(1, decades[1] - decades[0])
