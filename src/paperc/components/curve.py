"""A picture of the loss, with nothing but the standard library."""

import math
import struct
import zlib
from itertools import pairwise
from pathlib import Path

# Letters of 3 x 5 dots: a digit a row, a bit a dot.
GLYPHS = {
    "0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711", "5": "74717", "6": "74757", "7": "71111",
    "8": "75757", "9": "75717", ".": "00002", "l": "44446", "o": "00757", "s": "34216", "t": "27223", "e": "25743",
    "p": "65644", "-": "00700", "+": "02720",
}  # fmt: skip


def save_curve(path: Path, steps: list[int], losses: list[float]) -> None:
    """Draw the loss over the steps into a PNG file, with round numbers along both axes."""
    width, height, left, bottom, margin = 720, 440, 64, 44, 20
    white, grey, black, blue = b"\xff\xff\xff", b"\xdd\xdd\xdd", b"\x33\x33\x33", b"\x1f\x5f\xbf"
    rows = [bytearray(white * width) for _ in range(height)]

    def dot(x: int, y: int, colour: bytes, size: int = 1) -> None:
        for row in rows[y : y + size]:
            row[3 * x : 3 * (x + size)] = colour * size

    def write(text: str, x: int, y: int) -> None:
        for i, letter in enumerate(text):
            for row, bits in enumerate(GLYPHS[letter]):
                for column in range(3):
                    if int(bits) >> (2 - column) & 1:
                        dot(x + 8 * i + 2 * column, y + 2 * row, black, 2)

    last, top = max(steps), max(losses) * 1.05 or 1.0

    def place_x(step: float) -> int:
        return left + round(step / last * (width - left - margin - 1))

    def place_y(loss: float) -> int:
        return height - bottom - round(loss / top * (height - bottom - margin - 1))

    for tick in ticks(top):
        for x in range(left, width - margin):
            dot(x, place_y(tick), grey)
        label = f"{tick:g}"
        write(label, left - 8 - 8 * len(label), place_y(tick) - 5)
    for tick in ticks(last):
        for y in range(margin, height - bottom):
            dot(place_x(tick), y, grey)
        label = f"{tick:g}"
        write(label, place_x(tick) - 4 * len(label), height - bottom + 8)
    write("loss", left + 8, margin)
    write("step", width - margin - 32, height - 16)
    points = [(place_x(s), place_y(v)) for s, v in zip(steps, losses)]
    for (x0, y0), (x1, y1) in pairwise(points):
        pieces = max(abs(x1 - x0), abs(y1 - y0), 1)
        for i in range(pieces + 1):
            dot(x0 + (x1 - x0) * i // pieces, y0 + (y1 - y0) * i // pieces, blue, 2)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def ticks(end: float) -> list[float]:
    """At most six round numbers from 0 to `end`."""
    power = 10 ** math.floor(math.log10(end))
    step = next(s for s in (power / 5, power / 2, power, 2 * power) if end / s <= 5.001)
    return [i * step for i in range(int(end / step) + 1)]
