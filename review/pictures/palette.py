"""The colors of the pictures, for light and for dark.

Every text has a contrast of at least 4.5 to 1 with what is behind it (WCAG 2, level AA);
tests/unit/review/pictures/test_palette.py computes it.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "page": "#ffffff",
    "zone": "#f6f7f9",
    "card": "#ffffff",
    "line": "#c3cad5",
    "ink": "#1a2230",
    "quiet": "#56617a",
    "accent": "#0b6e77",
    "soft": "#e2f1f2",
    "track": "#e6eaef",
    "worst": "#8fc4c8",
    "full": "#9b2c1f",
    "added": "#1a7f37",
    "removed": "#b3261e",
    "changed": "#8a5a00",
    "on": "#ffffff",
}
DARK: Mapping[str, str] = {
    "page": "#11161d",
    "zone": "#161d26",
    "card": "#1d2631",
    "line": "#465364",
    "ink": "#e6ebf2",
    "quiet": "#9fabbd",
    "accent": "#4fc3c9",
    "soft": "#173238",
    "track": "#2d3845",
    "worst": "#25636a",
    "full": "#ff9c8c",
    "added": "#56d364",
    "removed": "#ff8f85",
    "changed": "#e3b341",
    "on": "#11161d",
}

SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, monospace'

SHAPES = f"""\
.picture text {{ font: 13px/1 {SANS}; }}
.picture .title {{ font-size: 18px; font-weight: 600; }}
.picture .head, .picture .name {{ font-weight: 600; }}
.picture .small, .picture .note, .picture .tier {{ font-size: 12px; }}
.picture .tier {{ font-weight: 600; }}
.picture .code {{ font: 600 13px/1 {MONO}; }}
.picture [class^="tag-text"] {{ font-size: 11px; font-weight: 600; }}
.picture .edge, .picture .path, .picture .critical {{ fill: none; stroke-width: 1.5; }}
.picture .path {{ stroke-width: 3; }}
.picture .critical {{ stroke-width: 3; }}
.picture .frame {{ fill: none; stroke-dasharray: 5 4; }}
.picture [class^="box-"] {{ stroke-width: 2; }}
.picture .box-removed {{ stroke-dasharray: 6 4; }}
"""


def _colors(of: Mapping[str, str]) -> str:
    rules = {
        ".page": ("fill", "page"),
        ".zone": ("fill", "zone"),
        ".ink, .title, .head, .name, .code": ("fill", "ink"),
        ".quiet, .small, .tier": ("fill", "quiet"),
        ".note": ("fill", "ink"),
        ".track": ("fill", "track"),
        ".worst": ("fill", "worst"),
        ".steady, .arrow": ("fill", "accent"),
        ".full": ("fill", "full"),
        ".frame, .edge": ("stroke", "line"),
        ".path, .critical": ("stroke", "accent"),
    }
    lines = [
        f"{', '.join(f'.picture {part}' for part in names.split(', '))} {{ {kind}: {of[color]}; }}"
        for names, (kind, color) in rules.items()
    ]
    boxes = {
        "card": ("card", "line"),
        "band": ("soft", "accent"),
        "stop": ("page", "accent"),
        "box-added": ("card", "added"),
        "box-removed": ("card", "removed"),
        "box-changed": ("card", "changed"),
    }
    lines += [
        f".picture .{name} {{ fill: {of[fill]}; stroke: {of[stroke]}; }}"
        for name, (fill, stroke) in boxes.items()
    ]
    lines.append(
        f".picture .stop {{ fill: {of['page']}; stroke: {of['accent']}; stroke-width: 3; }}"
    )
    for mark in ("added", "removed", "changed"):
        lines.append(f".picture .tag-{mark} {{ fill: {of[mark]}; }}")
        lines.append(f".picture .tag-text-{mark} {{ fill: {of['on']}; }}")
    return "\n".join(lines) + "\n"


STYLE = (
    SHAPES
    + _colors(LIGHT)
    + f"@media screen and (prefers-color-scheme: dark) {{\n{_colors(DARK)}}}\n"
)
"""The style sheet of every picture. Paper is light."""
