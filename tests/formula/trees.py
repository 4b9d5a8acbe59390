"""Surface trees as one line: names of nodes, then their parts; easier to read in a golden file than `repr`."""

from dataclasses import fields

from paperc.formula.tree import Ellipsis, Node, Number, Placeholder, Symbol, Text


def tree(node: Node | None) -> str:
    """`(+ x (^ y 2))`: an operator or the kind of node, then its parts."""
    match node:
        case None:
            return "-"
        case Number(text):
            return text
        case Symbol(name, accents, font, word):
            out = name if not word else f"“{name}”"
            return "".join(f"{a}." for a in accents) + (f"{font}." if font else "") + out
        case Text(text):
            return f"“{text}”"
        case Ellipsis():
            return "…"
        case Placeholder():
            return "·"
    values = {f.name: getattr(node, f.name) for f in fields(node) if f.name != "at"}
    name = type(node).__name__
    match name:
        case "Scripted":
            out = f"{tree(values['base'])}" + "'" * values["primes"]
            for sign, place in (("_", "sub"), ("^", "sup")):
                if values[place] is not None:
                    out += f"{sign}{_atom(values[place])}"
            return out
        case "Binary" | "Unary":
            parts = [values["op"], *(tree(v) for k, v in values.items() if k != "op")]
        case "Group":
            return f"{values['open']}{tree(values['body'])}{values['close']}"
        case "List":
            seps = (*values["separators"], "")
            return "[" + " ".join(tree(i) + s for i, s in zip(values["items"], seps)) + "]"
        case "Juxtaposition":
            parts = ["juxt", *map(tree, values["items"])]
        case "Given":
            return f"{tree(values['left'])} {values['op']} {tree(values['right'])}"
        case "Apply":
            kind = "apply" if values["bracketed"] else "prefix"
            parts = [kind + ("?" if values["doubtful"] else ""), tree(values["function"]), tree(values["argument"])]
        case "Fraction":
            parts = ["frac", tree(values["numerator"]), tree(values["denominator"])]
        case "Binomial":
            parts = ["binom", tree(values["upper"]), tree(values["lower"])]
        case "Root":
            parts = ["root", tree(values["radicand"]), *([tree(values["degree"])] if values["degree"] else [])]
        case "BigOp":
            parts = ["".join(f"{a}." for a in values["accents"]) + values["op"]]
            parts += [f"{s}{_atom(values[k])}" for s, k in (("_", "sub"), ("^", "sup")) if values[k] is not None]
            parts.append(tree(values["body"]))
        case "Relation":
            return "(" + tree(values["first"]) + "".join(f" {op} {tree(i)}" for op, i in values["rest"]) + ")"
        case "Cases":
            return (
                "{" + "; ".join(f"{tree(v)} if {tree(c)}" if c else f"{tree(v)} else" for v, c in values["rows"]) + "}"
            )
        case "Matrix":
            body = "; ".join(" ".join(tree(c) for c in row) for row in values["rows"])
            return f"matrix{values['open']}{body}{values['close']}"
        case "Quantified":
            parts = [values["kind"], tree(values["body"]), tree(values["condition"])]
        case "Decorated":
            parts = [values["kind"], tree(values["body"])]
        case _:
            raise AssertionError(node)
    return "(" + " ".join(parts) + ")"


def _atom(node: Node) -> str:
    text = tree(node)
    return text if text[:1] in "([" or " " not in text else f"({text})"
