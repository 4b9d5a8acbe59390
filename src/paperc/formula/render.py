"""Trees back to LaTeX, and to a readable line of text."""

from __future__ import annotations

import unicodedata

from .notation import GREEK
from .tree import (
    Apply,
    BigOp,
    Binary,
    Binomial,
    Cases,
    Decorated,
    Ellipsis,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Matrix,
    Node,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Root,
    Scripted,
    Symbol,
    Text,
    Unary,
)

_FONT_COMMANDS = {
    "bf": "mathbf",
    "cal": "mathcal",
    "bb": "mathbb",
    "frak": "mathfrak",
    "sf": "mathsf",
    "tt": "mathtt",
    "rm": "mathrm",
}
_SIGNS = {
    "≤": "\\leq", "≥": "\\geq", "≠": "\\neq", "≈": "\\approx", "≡": "\\equiv", "∝": "\\propto", "∼": "\\sim", "←": "\\leftarrow",
    "→": "\\to", "↦": "\\mapsto", "∈": "\\in", "∉": "\\notin", "⊂": "\\subset", "⊆": "\\subseteq", "≻": "\\succ", "≺": "\\prec",
    "⇒": "\\Rightarrow", "⇔": "\\Leftrightarrow", "≪": "\\ll", "≫": "\\gg", "±": "\\pm", "∓": "\\mp", "·": "\\cdot", "×": "\\times",
    "÷": "\\div", "∘": "\\circ", "⊙": "\\odot", "⊗": "\\otimes", "⊕": "\\oplus", "⊘": "\\oslash", "⊖": "\\ominus", "∪": "\\cup",
    "∩": "\\cap", "∖": "\\setminus", "∧": "\\wedge", "∨": "\\vee", "mod": "\\bmod", "⋆": "\\star", "∥": "\\parallel", "¬": "\\neg",
    ":=": ":=", "‖": "\\|", "⟨": "\\langle", "⟩": "\\rangle", "⌊": "\\lfloor", "⌋": "\\rfloor", "⌈": "\\lceil", "⌉": "\\rceil",
    "{": "\\{", "}": "\\}", "⪰": "\\succeq", "⪯": "\\preceq", "⊥": "\\perp", "≃": "\\simeq", "≅": "\\cong", "∋": "\\ni",
}  # fmt: skip
_KNOWN_COMMANDS = frozenset(
    [
        "log",
        "ln",
        "lg",
        "exp",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "det",
        "max",
        "min",
        "sup",
        "inf",
        "dim",
        "ker",
        "gcd",
        "Pr",
        "lim",
        "arcsin",
        "arccos",
        "arctan",
    ]
)
_BIG = {
    "sum": "\\sum", "prod": "\\prod", "int": "\\int", "max": "\\max", "min": "\\min", "sup": "\\sup", "inf": "\\inf", "lim": "\\lim",
    "argmax": "\\arg\\max", "argmin": "\\arg\\min", "union": "\\bigcup", "intersection": "\\bigcap", "E": "\\mathbb{E}",
    "Var": "\\operatorname{Var}", "Cov": "\\operatorname{Cov}", "Pr": "\\Pr",
}  # fmt: skip


def _sign(op: str) -> str:
    return _SIGNS.get(op, op)


def _symbol(node: Symbol) -> str:
    name = node.name
    if name and set(name) <= set("+-*#|"):
        core = name
    elif node.word and name in _KNOWN_COMMANDS:
        core = f"\\{name}"
    elif node.word and len(name) == 1 and not node.font:
        core = f"\\operatorname{{{name}}}"
    elif node.word and len(name) > 1:
        escaped = name.replace("_", "\\_")
        core = f"\\{_FONT_COMMANDS[node.font]}{{{escaped}}}" if node.font else f"\\mathrm{{{escaped}}}"
    else:
        core = f"\\{name}" if len(name) > 1 else name
        if node.font:
            core = (
                f"\\boldsymbol{{{core}}}"
                if node.font == "bf" and len(name) > 1
                else f"\\{_FONT_COMMANDS[node.font]}{{{core}}}"
            )
    for accent in reversed(node.accents):
        core = f"\\{'mathring' if accent == 'ring' else accent}{{{core}}}"
    return core


def to_latex(node: Node | None) -> str:
    """LaTeX with the same tree (spacing and decoration are not kept)."""
    match node:
        case None | Placeholder():
            return "\\cdot" if node is not None else ""
        case Number(text):
            return text
        case Symbol():
            return _symbol(node)
        case Text(text):
            return f"\\text{{ {text} }}"
        case Ellipsis(kind):
            return {"low": "\\dots", "centre": "\\cdots", "vertical": "\\vdots"}.get(kind, "\\ddots")
        case Scripted(base, sub, sup, primes):
            inner = to_latex(base)
            out = inner if isinstance(base, (Symbol, Number, Group, Apply)) else f"{{{inner}}}"
            return (
                out + "'" * primes + (f"_{{{to_latex(sub)}}}" if sub else "") + (f"^{{{to_latex(sup)}}}" if sup else "")
            )
        case List(items, separators):
            parts = [to_latex(items[0])]
            for separator, item in zip(separators, items[1:]):
                parts.append((" \\wedge " if separator == "∧" else f"{separator} ") + to_latex(item))
            return "".join(parts)
        case Given(left, right, op):
            bar = "\\mid" if op == "|" else "\\|"
            return f"{to_latex(left)} {bar} {to_latex(right)}"
        case Group(opener, closer, body):
            return f"\\left{_sign(opener)} {to_latex(body)} \\right{_sign(closer)}"
        case Unary(op, operand):
            if op in ("!", "%"):
                return f"{to_latex(operand)}{'!' if op == '!' else chr(92) + '%'}"
            return f"{_sign(op)}{to_latex(operand)}"
        case Binary(op, left, right):
            return f"{to_latex(left)} {_sign(op)} {to_latex(right)}"
        case Juxtaposition(items):
            return " ".join(to_latex(i) for i in items)
        case Apply(function, argument, bracketed):
            name = to_latex(function)
            return f"{name}{'' if bracketed else ' '}{to_latex(argument)}"
        case Fraction(numerator, denominator):
            return f"\\frac{{{to_latex(numerator)}}}{{{to_latex(denominator)}}}"
        case Binomial(upper, lower):
            return f"\\binom{{{to_latex(upper)}}}{{{to_latex(lower)}}}"
        case Root(radicand, degree):
            return f"\\sqrt{f'[{to_latex(degree)}]' if degree else ''}{{{to_latex(radicand)}}}"
        case BigOp(op, sub, sup, body, accents):
            head = _BIG.get(op, f"\\operatorname{{{op}}}")
            for accent in reversed(accents):
                head = f"\\{accent}{{{head}}}"
            return (
                head
                + (f"_{{{to_latex(sub)}}}" if sub else "")
                + (f"^{{{to_latex(sup)}}}" if sup else "")
                + ("" if isinstance(body, Placeholder) else f" {to_latex(body)}")
            )
        case Relation(first, rest):
            return to_latex(first) + "".join(f" {_sign(op)} {to_latex(item)}" for op, item in rest)
        case Cases(rows):
            branches: list[str] = [
                f"{to_latex(v)} & " + (f"\\text{{if }} {to_latex(c)}" if c else "\\text{otherwise}") for v, c in rows
            ]
            return "\\begin{cases} " + " \\\\ ".join(branches) + " \\end{cases}"
        case Matrix(grid, opener, closer):
            cells = [[to_latex(c) if not isinstance(c, Placeholder) else "" for c in line] for line in grid]
            matrix = "\\begin{matrix} " + " \\\\ ".join(" & ".join(line) for line in cells) + " \\end{matrix}"
            return f"\\left{_sign(opener)} {matrix} \\right{_sign(closer)}" if opener else matrix
        case Quantified(kind, body, condition):
            word = {"forall": "\\forall", "exists": "\\exists", "st": "\\text{ s.t. }"}.get(kind, f"\\text{{ {kind} }}")
            remark = isinstance(condition, Text) or (
                isinstance(condition, Juxtaposition) and isinstance(condition.items[0], Text)
            )
            if kind == "with" and remark:  # the words stand in the condition
                return f"{to_latex(body)} {to_latex(condition)}"
            return f"{to_latex(body)} \\quad {word} {to_latex(condition)}"
        case Decorated(_, body, _):
            return to_latex(body)
    raise AssertionError(node)


_GREEK_SIGNS = dict(
    zip(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "varepsilon",
            "zeta",
            "eta",
            "theta",
            "vartheta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "pi",
            "rho",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "varphi",
            "chi",
            "psi",
            "omega",
            "Gamma",
            "Delta",
            "Theta",
            "Lambda",
            "Xi",
            "Pi",
            "Sigma",
            "Upsilon",
            "Phi",
            "Psi",
            "Omega",
            "nabla",
            "partial",
            "infty",
            "ell",
            "top",
        ],
        "αβγδϵεζηθϑικλμνξπρστυφϕχψωΓΔΘΛΞΠΣΥΦΨΩ∇∂∞ℓ⊤",
    )
)
_COMBINING = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7", "ddot": "\u0308"}
_SUPERS = str.maketrans("0123456789+-n⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵀ")
_SUBS = str.maketrans("0123456789+-ijkt", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₜ")


def _short(text: str, table: dict[int, int] | dict[int, str], mark: str) -> str:
    if text and all(ord(c) in table for c in text):
        return text.translate(table)
    return f"{mark}{text}" if len(text) == 1 else f"{mark}({text})"


def to_text(node: Node | None) -> str:
    """One line of Unicode for the terminal: readable, not reversible."""
    return unicodedata.normalize("NFC", _text(node))


def _text(node: Node | None) -> str:
    match node:
        case None:
            return ""
        case Placeholder():
            return "·"
        case Number(text) | Text(text):
            return text
        case Symbol(name, accents):
            core = _GREEK_SIGNS.get(name, name) if name in GREEK or name in _GREEK_SIGNS else name
            return core + "".join(_COMBINING.get(a, "") for a in accents)
        case Ellipsis():
            return "…"
        case Scripted(base, sub, sup, primes):
            out = to_text(base) + "′" * primes
            if sub is not None:
                out += _short(to_text(sub), _SUBS, "_")
            if sup is not None:
                out += _short(to_text(sup), _SUPERS, "^")
            return out
        case List(items, separators):
            spaced = [f"{to_text(i)}{s}{'' if s == ':' else ' '}" for i, s in zip(items, separators)]
            return "".join(spaced) + to_text(items[-1])
        case Given(left, right, op):
            return f"{to_text(left)} {op} {to_text(right)}"
        case Group(opener, closer, body):
            return f"{opener.strip('.')}{to_text(body)}{closer.strip('.')}"
        case Unary(op, operand):
            return f"{to_text(operand)}!" if op == "!" else f"{op}{to_text(operand)}"
        case Binary(op, left, right):
            return f"{to_text(left)}{op}{to_text(right)}" if op in "·/" else f"{to_text(left)} {op} {to_text(right)}"
        case Juxtaposition(items):
            out = to_text(items[0])
            for item in items[1:]:
                text = to_text(item)
                out += text if text[:1] in "([{" or out[-1:] in ")]" else f" {text}"
            return out
        case Apply(function, argument, bracketed):
            return f"{to_text(function)}{'' if bracketed else ' '}{to_text(argument)}"
        case Fraction(numerator, denominator):
            return f"{_wrapped(numerator)}/{_wrapped(denominator)}"
        case Binomial(upper, lower):
            return f"C({to_text(upper)}, {to_text(lower)})"
        case Root(radicand, degree):
            return f"{to_text(degree)}√{_wrapped(radicand)}"
        case BigOp(op, sub, sup, body):
            head = {"sum": "Σ", "prod": "Π", "int": "∫", "union": "⋃", "intersection": "⋂"}.get(op, op)
            low = f"_({to_text(sub)})" if sub else ""
            high = f"^({to_text(sup)})" if sup else ""
            return f"{head}{low}{high} {to_text(body)}" if not isinstance(body, Placeholder) else f"{head}{low}{high}"
        case Relation(first, rest):
            return to_text(first) + "".join(f" {op} {to_text(item)}" for op, item in rest)
        case Cases(rows):
            return (
                "{ "
                + "; ".join(f"{to_text(v)} if {to_text(c)}" if c else f"{to_text(v)} otherwise" for v, c in rows)
                + " }"
            )
        case Matrix(rows, opener, closer):
            return f"{opener or '['}{'; '.join(', '.join(to_text(c) for c in r) for r in rows)}{closer or ']'}"
        case Quantified(kind, body, condition):
            return f"{to_text(body)}  {kind} {to_text(condition)}"
        case Decorated(_, body, _):
            return to_text(body)
    raise AssertionError(node)


def _wrapped(node: Node) -> str:
    text = to_text(node)
    return f"({text})" if isinstance(node, (Binary, Juxtaposition, Fraction, BigOp, Unary)) else text
