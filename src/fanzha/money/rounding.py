"""Rounding that conserves: the parts always add up to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def largest_remainder(parts: Sequence[Decimal | Fraction], total: int) -> list[int]:
    """Whole numbers next to `parts` that add up to `total` exactly.

    Each part is rounded down, and what is then missing goes, one unit each, to the parts that lost
    most; equals are served in the order given. `parts` must add up to `total` but for the last
    digits of their arithmetic. Source: Hamilton's method.

    >>> largest_remainder([Decimal("1.5"), Decimal("1.5"), Decimal(2)], 5)
    [2, 1, 2]
    """
    whole = [int(part) for part in parts]
    missing = total - sum(whole)
    by_loss = sorted(range(len(parts)), key=lambda i: whole[i] - parts[i])
    for index in by_loss[: max(0, missing)]:
        whole[index] += 1
    for index in by_loss[len(parts) + min(0, missing) :]:
        whole[index] -= 1
    return whole


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split in proportion to `weights`, to the last unit; all zero where no weight is.

    >>> share_out(3000000, [30000000, 5000000])
    [2571429, 428571]
    """
    weight = sum(weights)
    if not weight:
        return [0] * len(weights)
    parts = [divmod(total * w, weight) for w in weights]
    whole = [quotient for quotient, _ in parts]
    by_loss = sorted(range(len(parts)), key=lambda i: -parts[i][1])
    for index in by_loss[: total - sum(whole)]:
        whole[index] += 1
    return whole
