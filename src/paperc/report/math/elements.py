"""Elements of presentation MathML as text. Every sign is escaped here, and nothing else makes an element."""

from __future__ import annotations

import re
from html import escape

from . import symbols as s


def mo(sign: str, attributes: str = "") -> str:
    return f"<mo{attributes}>{escape(sign)}</mo>"


def mrow(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"<mrow>{''.join(items)}</mrow>"


def space(em: float) -> str:
    return f'<mspace width="{em:g}em"></mspace>'


FIXED = ' stretchy="false"'
TIGHT = ' lspace="0" rspace="0" stretchy="false"'
STRETCHY = ' stretchy="true" symmetric="true"'
RELATIVE = ' lspace="0.2778em" rspace="0.2778em"'
THIN = space(0.1667)


def signs(items: list[str]) -> list[str]:
    """A sign at the beginning, or after another operator, belongs to what follows: no space after it."""
    out: list[str] = []
    for item in items:
        alone = item.startswith("<mo") and item[-6:-5] in "+−±∓" and item.endswith("</mo>")
        before = next((o for o in reversed(out) if not o.startswith("<mspace")), "")
        prefix = not before or (before.endswith("</mo>") and "postfix" not in before and not before.endswith("|</mo>"))
        out.append(mo(item[-6:-5], ' form="prefix" lspace="0" rspace="0.05em"') if alone and prefix else item)
    return out


def attach(atom: str, sub: str, sup: str, place: str) -> str:
    if not sub and not sup:
        return atom
    low, high, both = ("munder", "mover", "munderover") if place == "limits" else ("msub", "msup", "msubsup")
    if sub and sup:
        return f"<{both}>{atom}{sub}{sup}</{both}>"
    return f"<{low}>{atom}{sub}</{low}>" if sub else f"<{high}>{atom}{sup}</{high}>"


def identifier(text: str, font: str) -> str:
    shown = "".join(styled(c, font) for c in text)
    upright = font not in ("", "italic") and shown == text and len(text) == 1
    return f'<mi mathvariant="normal">{escape(shown)}</mi>' if upright else f"<mi>{escape(shown)}</mi>"


def styled(char: str, font: str) -> str:
    """The letter of the wanted alphabet; the letter itself where Unicode has none."""
    if (font, char) in s.IRREGULAR:
        return s.IRREGULAR[font, char]
    if char in s.GREEK_BOLD.get(font, {}):
        return s.GREEK_BOLD[font][char]
    capital, small, digit = s.ALPHABETS.get(font, (0, 0, 0))
    if capital and "A" <= char <= "Z":
        return chr(capital + ord(char) - ord("A"))
    if small and "a" <= char <= "z":
        return chr(small + ord(char) - ord("a"))
    if digit and "0" <= char <= "9":
        return chr(digit + ord(char) - ord("0"))
    return char


def plain(text: str) -> str:
    """Words as printed: fonts dropped, spaces kept (a browser trims common ones at the ends)."""
    text = re.sub(r"\\(?:text\w+|emph|mbox|mathrm)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+)\s*", lambda m: "" if m.group(1) in s.IGNORED else m.group(), text)
    text = re.sub(r"\\(?:quad|qquad|[,;: ])", " ", text)
    text = re.sub(r"\\([%&#_${}])", r"\1", text)
    text = text.replace("~", "\u00a0").replace("---", "—").replace("--", "–").replace("{", "").replace("}", "")
    text = re.sub(r"\s+", " ", text)
    if text.startswith(" "):
        text = "\u00a0" + text[1:]
    return text[:-1] + "\u00a0" if text.endswith(" ") else text


def fence(opener: str, body: str, closer: str) -> str:
    left = mo(opener, STRETCHY + ' form="prefix"') if opener else ""
    right = mo(closer, STRETCHY + ' form="postfix"') if closer else ""
    return f"<mrow>{left}{body}{right}</mrow>"


def table(rows: list[list[list[str]]], style: str, columns: str = "") -> str:
    """`style`: "aligned" (right, left, right, … with display sizes), "cases" (left) or "centred"."""
    out = []
    for row in rows:
        cells = []
        for k, cell in enumerate(row):
            if columns:
                side = columns[k] if k < len(columns) else columns[-1]
            elif style == "aligned":
                side = ("r" if k % 2 == 0 else "l") if max(map(len, rows)) > 1 else "c"
            else:
                side = "l" if style == "cases" else "c"
            cells.append(f'<mtd class="{side}">{mrow(cell) if cell else ""}</mtd>')
        out.append(f"<mtr>{''.join(cells)}</mtr>")
    sized = ' displaystyle="true"' if style == "aligned" else ""
    return f'<mtable class="{style}"{sized}>{"".join(out)}</mtable>'
