"""The architecture as a picture: inline SVG for the report, Mermaid for the README."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from ..spec.model import Architecture
from .architecture_diagram_parts import Column, Part, columns

WIDTH, GAP, STEP = 210, 150, 22
"""Of a box; between two columns; between two boxes."""
FILLS = {
    "attention": "#f8d9b0", "feed-forward": "#bfe0ee", "norm": "#f3efb4", "embedding": "#f5d0d8", "output": "#cfe5c8",
    "other": "#e4e0ea", "positions": "#ffffff", "add": "#ffffff",
}  # fmt: skip
_LETTERS = 36
"""As many fit into a box."""
INK, LINE = "#1c2530", "#6b7683"


def architecture_svg(architecture: Architecture) -> str:
    """A self-contained `<svg>` without scripts, ids or outside references; "" where no stack is described."""
    drawn = [_place(column, i) for i, column in enumerate(columns(architecture))]
    if not drawn:
        return ""
    height = max(c.height for c in drawn) + 30
    width = len(drawn) * WIDTH + (len(drawn) - 1) * GAP + 2 * 110
    body = "".join(f"{part}\n" for c in drawn for part in _draw(c, height))
    arrows = "".join(f"{line}\n" for line in _memory(drawn, height))
    label = escape(_sentence(architecture))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{label}" font-family="system-ui, sans-serif" font-size="13">\n<title>{label}</title>\n'
        f"{arrows}{body}</svg>\n"
    )


def architecture_mermaid(architecture: Architecture) -> str:
    """The same as a Mermaid flowchart, for a fenced block of Markdown."""
    lines = ["flowchart BT"]
    found = columns(architecture)
    memory = ""
    for i, column in enumerate(found):
        ids = [f"c{i}_{k}" for k in range(len(column.before) + len(column.layer) + len(column.after))]
        parts = [*column.before, *column.layer, *column.after]
        start, end = len(column.before), len(column.before) + len(column.layer)
        nodes = [f'{id}["{_words(part)}"]' for id, part in zip(ids, parts)]
        lines += [f'  c{i}_in(["{column.source}"])', *(f"  {n}" for n in nodes[:start])]
        lines += [f'  subgraph c{i}["{_plain(column.name)}: {_plain(column.times)}"]', "    direction BT"]
        lines += [*(f"    {n}" for n in nodes[start:end]), "  end", *(f"  {n}" for n in nodes[end:])]
        chain = [f"c{i}_in", *ids]
        if column.result:
            lines.append(f'  c{i}_out(["{column.result}"])')
            chain.append(f"c{i}_out")
        lines += [f"  {a} --> {b}" for a, b in pairwise(chain)]
        for k, part in enumerate(parts):
            if part.skips:
                lines.append(f"  {chain[k - part.skips]} -. residual .-> {ids[k]}")
            if part.reads_memory and memory:
                lines.append(f"  {memory} --> {ids[k]}")
        if not column.result:
            memory = ids[-1]
    return "\n".join(lines) + "\n" if found else ""


def _words(part: Part) -> str:
    words = [_plain(word) for word in (part.label, part.detail) if word]
    return (" " if part.kind == "positions" else "<br/>").join(words)


def _plain(text: str) -> str:
    """Words of the paper without what Mermaid would take for its own."""
    return escape(" ".join(text.split()).replace('"', "'").replace("`", "'"), quote=False)


def _sentence(architecture: Architecture) -> str:
    """What the picture shows, for those who cannot see it."""
    told = [
        f"{c.name} of {c.times.replace(' ×', '')} layers with {', '.join(p.label for p in c.layer if p.kind not in ('norm', 'add'))}"
        for c in columns(architecture)
    ]
    return f"{architecture.family}: " + "; ".join(told)


# --- placing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Placed:
    """A part and its lower and upper edge, measured upwards from the bottom of the picture."""

    part: Part
    bottom: int
    top: int


@dataclass(frozen=True, slots=True)
class _Drawn:
    column: Column
    x: int
    side: int
    """-1: residual connections and the number of layers stand on the left; 1: on the right."""
    parts: tuple[_Placed, ...]
    frame: tuple[int, int]
    height: int

    @property
    def centre(self) -> int:
        return self.x + WIDTH // 2


def _place(column: Column, index: int) -> _Drawn:
    y = 44
    placed: list[_Placed] = []
    frame_bottom = frame_top = 0
    groups = (column.before, column.layer, column.after)
    for g, group in enumerate(groups):
        if g == 1:
            y += 10
            frame_bottom = y - STEP // 2
            y += 20  # room for the start of the first residual connection
        for part in group:
            height = 22 if part.kind in ("add", "positions") else 26 if not part.detail else 44
            placed.append(_Placed(part, y, y + height))
            y += height + STEP
        if g == 1:
            frame_top = y - STEP + 12
            y += 16
    return _Drawn(
        column, 110 + index * (WIDTH + GAP), -1 if index == 0 else 1, tuple(placed), (frame_bottom, frame_top), y + 22
    )


# --- drawing ---------------------------------------------------------------------------------------


def _draw(drawn: _Drawn, height: int) -> Iterator[str]:
    """The column's elements; y runs downwards in SVG."""
    column, cx = drawn.column, drawn.centre

    def flip(y: int) -> int:
        return height - y

    low, high = drawn.frame
    yield (
        f'<rect x="{drawn.x - 34}" y="{flip(high)}" width="{WIDTH + 68}" height="{high - low}" rx="10" fill="none" '
        f'stroke="{LINE}" stroke-dasharray="5 4"/>'
    )
    edge = drawn.x - 44 if drawn.side < 0 else drawn.x + WIDTH + 44
    anchor = "end" if drawn.side < 0 else "start"
    middle = flip((low + high) // 2)
    yield _text_at(edge, middle - 4, column.times, anchor, 16, LINE)
    yield _text_at(edge, middle + 14, column.name, anchor, 13, LINE)
    yield _text_at(cx, flip(14), column.source, "middle", 13, LINE)
    before = 22
    for placed in drawn.parts:
        yield _arrow([(cx, flip(before)), (cx, flip(placed.bottom))])
        before = placed.top
    if column.result:
        yield _arrow([(cx, flip(before)), (cx, flip(before + STEP))])
        yield _text_at(cx, flip(before + STEP + 8), column.result, "middle", 13, LINE)
    for i, placed in enumerate(drawn.parts):
        if placed.part.skips:
            yield _residual(drawn, i, height)
    for placed in drawn.parts:
        yield from _box(placed, drawn, height)


def _residual(drawn: _Drawn, index: int, height: int) -> str:
    placed = drawn.parts[index]
    start = height - drawn.parts[index - placed.part.skips].bottom + STEP // 2
    end = height - (placed.bottom + placed.top) // 2
    half = 11 if placed.part.kind == "add" else WIDTH // 2
    lane = drawn.centre + drawn.side * (WIDTH // 2 + 18)
    return _arrow([(drawn.centre, start), (lane, start), (lane, end), (drawn.centre + drawn.side * half, end)])


def _box(placed: _Placed, drawn: _Drawn, height: int) -> Iterator[str]:
    part, cx = placed.part, drawn.centre
    top, tall = height - placed.top, placed.top - placed.bottom
    if part.kind in ("add", "positions"):
        cy = top + tall // 2
        yield f'<circle cx="{cx}" cy="{cy}" r="11" fill="{FILLS[part.kind]}" stroke="{INK}"/>'
        yield f'<path d="M{cx - 6} {cy}H{cx + 6}M{cx} {cy - 6}V{cy + 6}" stroke="{INK}"/>'
        if part.detail:
            # Where a residual lane would run there is none yet: positions are added before the stack.
            edge = cx + drawn.side * 18
            yield _text_at(edge, cy + 4, part.detail, "end" if drawn.side < 0 else "start", 12, LINE)
        return
    yield (
        f'<rect x="{drawn.x}" y="{top}" width="{WIDTH}" height="{tall}" rx="5" fill="{FILLS[part.kind]}" stroke="{INK}"/>'
    )
    if part.detail:
        yield _text_at(cx, top + 18, part.label, "middle", 13, INK)
        yield _text_at(cx, top + 35, part.detail, "middle", 11, INK)
    else:
        yield _text_at(cx, top + tall // 2 + 5, part.label, "middle", 13, INK)


def _memory(drawn: list[_Drawn], height: int) -> Iterator[str]:
    """From the top of a stack that only feeds others into what reads it."""
    givers = [d for d in drawn if not d.column.result]
    for giver in givers:
        top = height - giver.parts[-1].top
        for reader in drawn:
            for placed in reader.parts:
                if placed.part.reads_memory:
                    y = height - (placed.bottom + placed.top) // 2
                    lane = giver.x + WIDTH + GAP // 2
                    above = min(top - STEP, height - giver.frame[1] - 14)
                    yield _arrow([(giver.centre, top), (giver.centre, above), (lane, above), (lane, y), (reader.x, y)])


def _text_at(x: int, y: int, text: str, anchor: str, size: int, colour: str) -> str:
    text = text if len(text) <= _LETTERS else f"{text[: _LETTERS - 2]} …"
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(text)}</text>'


def _arrow(points: list[tuple[int, int]]) -> str:
    """A line through the points with a head at its end."""
    (x0, y0), (x1, y1) = points[-2:]
    dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
    path = "M" + "L".join(f"{x} {y}" for x, y in points)
    head = f"M{x1 - 7 * dx + 4 * dy} {y1 - 7 * dy + 4 * dx}L{x1} {y1}L{x1 - 7 * dx - 4 * dy} {y1 - 7 * dy - 4 * dx}Z"
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.4"/><path d="{head}" fill="{LINE}"/>'
