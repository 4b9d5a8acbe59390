"""Notation as frozen, layered data: what TeX's commands stand for, before any paper says otherwise."""

from __future__ import annotations

from types import MappingProxyType

# --- names --------------------------------------------------------------------------------------

GREEK = frozenset(
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
        "varkappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "omicron",
        "pi",
        "varpi",
        "rho",
        "varrho",
        "sigma",
        "varsigma",
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
        "digamma",
    ]
)
LETTERS = GREEK | frozenset(
    [
        "nabla",
        "partial",
        "infty",
        "ell",
        "hbar",
        "imath",
        "jmath",
        "emptyset",
        "varnothing",
        "aleph",
        "Re",
        "Im",
        "wp",
        "top",
        "bot",
        "perp",
        "dagger",
        "ddagger",
        "star",
        "ast",
        "prime",
        "sharp",
        "flat",
        "natural",
        "checkmark",
        "intercal",
        "heartsuit",
        "clubsuit",
        "spadesuit",
        "diamondsuit",
        "triangle",
        "square",
    ]
)
SYMBOL_ALIASES = MappingProxyType(
    {"intercal": "top", "varnothing": "emptyset", "imath": "i", "jmath": "j", "eps": "epsilon"}
)

FONTS = MappingProxyType(
    {
        "mathbf": "bf", "boldsymbol": "bf", "bm": "bf", "pmb": "bf", "mathbfit": "bf", "mathbfcal": "cal", "mathsfit": "sf", "mathsfbf": "sf", "symbf": "bf", "symbfit": "bf", "bs": "bf",
        "mathcal": "cal", "mathscr": "cal", "mathbb": "bb", "mathds": "bb", "mathbbm": "bb", "Bbb": "bb",
        "mathfrak": "frak", "mathsf": "sf", "mathtt": "tt", "mathrm": "rm", "mathit": "", "mathnormal": "",
        "textnormal": "rm", "textrm": "rm", "textit": "rm", "textbf": "bf", "textsf": "sf", "texttt": "tt", "text": "rm",
        "mbox": "rm", "hbox": "rm", "textsc": "rm", "operatorname": "rm", "operatorname*": "rm", "emph": "rm",
        "DeclareMathOperator": "rm", "mathop": "", "mathbin": "", "mathrel": "", "mathord": "", "mathpunct": "",
        "mathopen": "", "mathclose": "", "mathinner": "", "textup": "rm", "textsl": "rm", "fontfamily": "", "intertext": "rm", "shortintertext": "rm",
    }
)  # fmt: skip
TEXT_COMMANDS = frozenset(
    [
        "text",
        "textrm",
        "textit",
        "textbf",
        "textnormal",
        "textsf",
        "texttt",
        "textsc",
        "mbox",
        "hbox",
        "emph",
        "textup",
        "textsl",
        "intertext",
        "shortintertext",
    ]
)
WORD_COMMANDS = frozenset(["mathrm", "operatorname", "operatorname*", "mathsf", "mathtt", "mathit"]) | TEXT_COMMANDS
OLD_FONTS = MappingProxyType(
    {"bf": "bf", "rm": "rm", "it": "", "cal": "cal", "sf": "sf", "tt": "tt", "sc": "rm", "em": ""}
)

ACCENTS = MappingProxyType(
    {
        "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
        "dot": "dot", "ddot": "ddot", "vec": "vec", "overrightarrow": "vec", "check": "check", "widecheck": "check",
        "breve": "breve", "acute": "acute", "grave": "grave", "mathring": "ring", "underline": "underline",
        "underbar": "underline", "undertilde": "undertilde", "Hat": "hat", "Bar": "bar", "Tilde": "tilde", "Vec": "vec",
        "Dot": "dot", "Ddot": "ddot", "Check": "check", "Breve": "breve", "wideparen": "hat", "widebar": "bar",
    }
)  # fmt: skip

# --- operators ----------------------------------------------------------------------------------

RELATIONS = MappingProxyType(
    {
        "=": "=", "<": "<", ">": ">", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥",
        "lesssim": "≤", "gtrsim": "≥", "ne": "≠", "neq": "≠", "not=": "≠", "ll": "≪", "gg": "≫", "approx": "≈",
        "simeq": "≃", "cong": "≅", "equiv": "≡", "propto": "∝", "sim": "∼", "coloneqq": ":=", "colonequals": ":=",
        "coloneq": ":=", "triangleq": ":=", "doteq": ":=", "eqdef": ":=", "defeq": ":=", "eqqcolon": "=:", "gets": "←",
        "leftarrow": "←", "longleftarrow": "←", "to": "→", "rightarrow": "→", "longrightarrow": "→", "mapsto": "↦",
        "longmapsto": "↦", "in": "∈", "ni": "∋", "notin": "∉", "subset": "⊂", "subseteq": "⊆", "subsetneq": "⊂",
        "supset": "⊃", "supseteq": "⊇", "succ": "≻", "prec": "≺", "succeq": "⪰", "preceq": "⪯", "Rightarrow": "⇒",
        "implies": "⇒", "Longrightarrow": "⇒", "Leftrightarrow": "⇔", "iff": "⇔", "Longleftrightarrow": "⇔",
        "Leftarrow": "⇐", "leftrightarrow": "↔", "asymp": "≈", "models": "⊨", "vdash": "⊢", "perp": "⊥", "indep": "⊥",
        "lhd": "⊲", "rhd": "⊳", "hookrightarrow": "→", "xrightarrow": "→", "rightsquigarrow": "→", "leadsto": "→",
        "lt": "<", "gt": ">", "nsim": "≁", "thicksim": "∼", "thickapprox": "≈", "leqq": "≤", "geqq": "≥", "uparrow": "↑",
        "downarrow": "↓", "rightarrowtail": "→", "nearrow": "↗", "searrow": "↘",
    }
)  # fmt: skip
DEFINING = frozenset({"=", ":=", "≡", "←", "≈"})

ADDITIVE = MappingProxyType(
    {"+": "+", "-": "-", "−": "-", "pm": "±", "mp": "∓", "oplus": "⊕", "ominus": "⊖", "cup": "∪", "setminus": "∖",
     "smallsetminus": "∖", "backslash": "∖", "vee": "∨", "lor": "∨", "uplus": "∪", "sqcup": "∪", "boxplus": "⊕"}
)  # fmt: skip
MULTIPLICATIVE = MappingProxyType(
    {"cdot": "·", "times": "×", "/": "/", "div": "÷", "*": "*", "ast": "*", "star": "⋆", "circ": "∘", "odot": "⊙",
     "otimes": "⊗", "oslash": "⊘", "cap": "∩", "wedge": "∧", "land": "∧", "bmod": "mod", "mod": "mod", "bullet": "·",
     "circledast": "⋆", "boxtimes": "⊗", "parallel": "∥", "smallfrown": "∥", "frown": "∥", "concat": "∥", "centerdot": "·",
     "diamond": "∘", "Box": "∘", "slash": "/", "ltimes": "×", "sqcap": "∩", "cdotp": "·", "bigcdot": "·"}
)  # fmt: skip

BIG_OPERATORS = MappingProxyType(
    {
        "sum": "sum", "prod": "prod", "int": "int", "iint": "int", "iiint": "int", "oint": "int", "bigcup": "union",
        "bigcap": "intersection", "coprod": "coprod", "bigoplus": "bigoplus", "bigotimes": "bigotimes",
        "bigwedge": "and", "bigvee": "or", "bigodot": "bigodot", "bigsqcup": "union", "biguplus": "union",
        "lim": "lim", "limsup": "limsup", "liminf": "liminf", "sup": "sup", "inf": "inf", "max": "max", "min": "min",
        "argmax": "argmax", "argmin": "argmin", "esssup": "sup",
    }
)  # fmt: skip
UNIONS = MappingProxyType(
    {"cup": "union", "cap": "intersection", "uplus": "union", "sqcup": "union", "vee": "or", "wedge": "and", "lor": "or",
     "land": "and", "oplus": "bigoplus", "otimes": "bigotimes"}
)  # fmt: skip
"""Small signs that stand for the big operator when they begin an expression: `\\cup_{i} A_i`."""
OPTIONAL_BINDERS = frozenset({"max", "min", "sup", "inf"})
"""Big operators that are ordinary functions when nothing stands below them: `\\max(a, b)`."""

SEARCHES = MappingProxyType({"minimize": "min", "minimise": "min", "maximize": "max", "maximise": "max"})
WIDE_BODIES = frozenset({"argmax", "argmin", "lim", "limsup", "liminf"})
"""Binders whose body runs over sums."""

# --- functions ----------------------------------------------------------------------------------

_MATHEMATICS = [
    "log",
    "ln",
    "lg",
    "exp",
    "sin",
    "cos",
    "tan",
    "cot",
    "sec",
    "csc",
    "sinh",
    "cosh",
    "tanh",
    "coth",
    "arcsin",
    "arccos",
    "arctan",
    "artanh",
    "arctanh",
    "arcsinh",
    "arccosh",
    "atan2",
    "det",
    "tr",
    "Tr",
    "trace",
    "rank",
    "dim",
    "ker",
    "gcd",
    "deg",
    "sgn",
    "sign",
    "diag",
    "Diag",
    "abs",
    "sqrt",
    "erf",
    "erfc",
    "Pr",
    "hom",
    "vec",
    "mat",
    "round",
    "floor",
    "ceil",
    "mod",
    "lcm",
    "span",
    "conv",
    "proj",
    "prox",
    "dist",
    "supp",
    "dom",
    "softplus",
    "logit",
]
_FIELD = [
    "softmax",
    "sigmoid",
    "ReLU",
    "relu",
    "GELU",
    "gelu",
    "SiLU",
    "silu",
    "ELU",
    "SELU",
    "LeakyReLU",
    "PReLU",
    "Swish",
    "swish",
    "Mish",
    "Softmax",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "logsumexp",
    "LogSumExp",
    "LSE",
    "clip",
    "Clip",
    "clamp",
    "LayerNorm",
    "LN",
    "RMSNorm",
    "BatchNorm",
    "BN",
    "GroupNorm",
    "Norm",
    "Concat",
    "concat",
    "Dropout",
    "sg",
    "stopgrad",
    "StopGrad",
    "stop_gradient",
    "one_hot",
    "onehot",
    "OneHot",
    "cumsum",
    "cumprod",
    "argsort",
    "sort",
    "topk",
    "TopK",
    "MLP",
    "FFN",
    "CNN",
    "RNN",
    "LSTM",
    "GRU",
    "Linear",
    "Conv",
    "Pool",
    "Embed",
    "Softmin",
    "hardtanh",
    "var",
    "Var",
    "cov",
    "Cov",
    "std",
    "mean",
    "Mean",
    "median",
    "Median",
    "avg",
    "sum",
]
FUNCTIONS = frozenset(_MATHEMATICS)
"""Functions of mathematics: they apply to what follows even without brackets."""

CIRCULAR = frozenset(["sin", "cos", "tan", "cot", "sinh", "cosh", "tanh", "exp"])
WORD_FUNCTIONS = FUNCTIONS | frozenset(_FIELD)
"""Names that are functions when a bracket (or for FUNCTIONS anything) follows."""

TYPED_FUNCTIONS = frozenset(
    [
        "exp",
        "log",
        "sin",
        "cos",
        "tan",
        "tanh",
        "cosh",
        "sinh",
        "max",
        "min",
        "softmax",
        "sigmoid",
        "det",
        "diag",
        "sign",
        "sgn",
        "sqrt",
        "argmax",
        "argmin",
        "clip",
        "ReLU",
        "relu",
        "MLP",
        "FFN",
        "Concat",
        "concat",
        "LayerNorm",
        "GELU",
        "Attention",
    ]
)
"""Read as one word even when typed as plain letters (`exp(x)`)."""

EXPECTATIONS = MappingProxyType({"E": "E", "Var": "Var", "Cov": "Cov", "Pr": "Pr", "P": "Pr", "V": "Var"})

# --- delimiters, spacing, decoration ------------------------------------------------------------

ENCLOSING = MappingProxyType({"abs": "|", "norm": "‖", "ceil": "⌈", "floor": "⌊", "qty": "(", "set": "{", "card": "|"})
"""Commands of common packages that put their argument in brackets."""
DELIMITERS = MappingProxyType(
    {
        "(": "(", ")": ")", "[": "[", "]": "]", "{": "{", "}": "}", "lbrace": "{", "rbrace": "}", "|": "|", "vert": "|",
        "Vert": "‖", "lvert": "|", "rvert": "|", "lVert": "‖", "rVert": "‖", "langle": "⟨", "rangle": "⟩",
        "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", ".": ".", "lbrack": "[", "rbrack": "]", "<": "⟨",
        ">": "⟩", "mid": "|", "llbracket": "[", "rrbracket": "]", "lBrack": "[", "rBrack": "]", "lgroup": "(",
        "rgroup": ")", "/": "/", "backslash": "∖", "lparen": "(", "rparen": ")", "ulcorner": "⌈", "urcorner": "⌉",
    }
)  # fmt: skip
CLOSES = MappingProxyType({"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "|": "|", "‖": "‖"})

SPACES = frozenset(
    [",", ";", ":", "!", ">", "thinspace", "medspace", "thickspace", "negthinspace", "enspace", "nobreakspace", "space"]
) | {
    " ",
    "~",
}
WIDE_SPACES = frozenset({"quad", "qquad"})
IGNORED = frozenset(
    [
        "displaystyle",
        "textstyle",
        "scriptstyle",
        "scriptscriptstyle",
        "limits",
        "nolimits",
        "nonumber",
        "notag",
        "noindent",
        "centering",
        "allowbreak",
        "nobreak",
        "relax",
        "protect",
        "normalsize",
        "small",
        "footnotesize",
        "scriptsize",
        "tiny",
        "large",
        "Large",
        "unskip",
        "xspace",
        "break",
        "linebreak",
        "newline",
        "hfill",
        "hfil",
        "strut",
        "mathstrut",
        "null",
        "par",
        "ensuremath",
        "mathsurround",
        "bigstrut",
        "frenchspacing",
        "normalfont",
        "rmfamily",
        "bfseries",
        "itshape",
        "selectfont",
        "smash",
        "vphantom@",
        "noalign",
        "leavevmode",
        "qedhere",
        "qed",
    ]
)
IGNORED_WITH_ARGUMENT = frozenset(
    [
        "label",
        "tag",
        "tag*",
        "vspace",
        "vspace*",
        "hspace",
        "hspace*",
        "phantom",
        "vphantom",
        "hphantom",
        "color",
        "textcolor@",
        "refstepcounter",
        "mspace",
        "kern",
        "mkern",
        "raisebox",
        "setcounter",
        "addtocounter",
        "intertext@",
        "rule",
        "index",
        "footnote",
        "footnotemark",
        "thanks",
        "vskip",
        "hskip",
    ]
)
SIZES = frozenset(f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m"))
DECORATIONS = MappingProxyType(
    {"underbrace": 1, "overbrace": 1, "cancel": 1, "bcancel": 1, "xcancel": 1, "boxed": 1, "fbox": 1, "mathclap": 1,
     "mathllap": 1, "mathrlap": 1, "smash": 1, "framebox": 1, "hl": 1, "uline": 1, "colorbox": 2, "textcolor": 2}
)  # fmt: skip
"""Commands whose meaning is that of their last argument, with their number of arguments."""

ELLIPSES = MappingProxyType(
    {"dots": "low", "ldots": "low", "dotsc": "low", "dotso": "low", "cdots": "centre", "dotsb": "centre",
     "dotsm": "centre", "dotsi": "centre", "vdots": "vertical", "ddots": "diagonal", "...": "low", "hdots": "low"}
)  # fmt: skip

MATRIX_ENVIRONMENTS = MappingProxyType(
    {"matrix": ("", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "Bmatrix": ("{", "}"), "vmatrix": ("|", "|"),
     "Vmatrix": ("‖", "‖"), "smallmatrix": ("", ""), "array": ("", ""), "tabular": ("", ""), "pmatrix*": ("(", ")"),
     "bmatrix*": ("[", "]"), "psmallmatrix": ("(", ")"), "bsmallmatrix": ("[", "]")}
)  # fmt: skip
CASES_ENVIRONMENTS = frozenset({"cases", "dcases", "cases*", "dcases*", "rcases", "numcases"})
ROW_ENVIRONMENTS = frozenset(
    [
        "aligned",
        "split",
        "gathered",
        "alignedat",
        "align",
        "align*",
        "alignat",
        "alignat*",
        "gather",
        "gather*",
        "equation",
        "equation*",
        "eqnarray",
        "eqnarray*",
        "multline",
        "multline*",
        "multlined",
        "displaymath",
        "math",
        "flalign",
        "flalign*",
        "subequations",
        "empheq",
        "IEEEeqnarray",
        "IEEEeqnarray*",
        "aligned*",
        "gathered*",
        "small",
        "footnotesize",
        "scriptsize",
        "minipage",
        "center",
        "dmath",
        "dmath*",
        "subarray",
    ]
)
"""Their body stands for itself, row by row."""

CONDITION_WORDS = MappingProxyType(
    {
        "if": "if", "when": "if", "whenever": "if", "for": "forall", "for all": "forall", "for any": "forall",
        "for every": "forall", "for each": "forall", "s.t.": "st", "s.t": "st", "s. t.": "st", "s. t": "st", "such that": "st", "subject to": "st",
        "with": "with", "subject": "st", "given": "if", "for some": "exists", "provided": "if", "iff": "if", "if and only if": "if", "as": "if", "over": "forall",
    }
)  # fmt: skip
OTHERWISE = frozenset(
    {"otherwise", "else", "elsewhere", "o.w.", "ow", "otherwise.", "in all other cases", "in other cases"}
)
SPLIT_WORDS = frozenset(
    {"and", "or", "where", "with", "then", "hence", "so", "so that", "i.e.", "i.e.,", "that is", "thus", "also", "but"}
)
