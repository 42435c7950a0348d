"""A bar chart of gains as SVG: logarithmic, one pair of bars a function."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_COLOURS = ("#3465a4", "#f57900", "#73d216")
_ROW, _LEFT, _WIDTH = 22, 90, 620


def bars(title: str, gains: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """gains: name and ratio by compiler, drawn in the order given."""
    names = list(dict.fromkeys(name for _, found in gains for name in found))
    most = max((ratio for _, found in gains for ratio in found.values()), default=2.0)
    scale = _WIDTH / math.log2(max(2.0, most) * 2)
    height = 60 + _ROW * len(gains)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 60}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="8" y="18" font-size="14">{escape(title)}</text>',
    ]
    for number, name in enumerate(names):
        x = _LEFT + 110 * number
        lines.append(f'<rect x="{x}" y="28" width="10" height="10" fill="{_COLOURS[number % 3]}"/>')
        lines.append(f'<text x="{x + 14}" y="37">{escape(name)}</text>')
    for power in range(1, int(math.log2(max(2.0, most))) + 2):
        x = _LEFT + scale * (power + 0)
        lines.append(f'<line x1="{x:.0f}" y1="44" x2="{x:.0f}" y2="{height - 4}" stroke="#ddd"/>')
        lines.append(f'<text x="{x + 2:.0f}" y="52" fill="#888">{2 ** (power - 1)}x</text>')
    for row, (function, found) in enumerate(gains):
        top = 56 + _ROW * row
        lines.append(f'<text x="8" y="{top + 13}">{escape(function)}</text>')
        thick = (_ROW - 6) / max(1, len(names))
        for number, name in enumerate(names):
            if name in found:
                length = max(1.0, scale * math.log2(found[name] * 2))
                y = top + thick * number
                lines.append(
                    f'<rect x="{_LEFT}" y="{y:.1f}" width="{length:.1f}" height="{thick - 1:.1f}" '
                    f'fill="{_COLOURS[number % 3]}"/>'
                )
                lines.append(
                    f'<text x="{_LEFT + length + 3:.1f}" y="{y + thick - 1:.1f}" font-size="8">'
                    f"{found[name]:.2f}</text>"
                )
    return "\n".join([*lines, "</svg>", ""])
