"""How well a name of the user's code fits a name of the paper: equal, the same symbol, or a usual word for it."""

from __future__ import annotations

import re

EXACT, SYMBOL, LETTER, USUAL = 4, 3, 2, 1
"""How sure a fit of names is; 0 is none."""

_USUAL = (
    "q query queries", "k key keys", "v value values", "x input inputs hidden hidden_states h z features",
    "w weight weights kernel", "g gain gamma weight scale", "b bias beta", "eps epsilon e", "mask m",
    "z logits logit scores x input", "y labels label target targets t", "tau temperature temp t", "lr learning_rate eta alpha step_size gamma",
    "p probs prob probabilities", "lambda lam lmbda weight_decay wd", "theta params param w weight", "g grad gradient grads",
    "n steps step t timestep", "alpha a negative_slope", "delta beta threshold", "d_model dim d hidden_size embed_dim",
    "r reward rewards", "v value values", "s state states", "h heads num_heads n_heads", "m margin", "mu mean", "sigma std scale",
    "adj adjacency a", "f activation act fn func nonlinearity sigma", "beta1 b1 beta_1", "beta2 b2 beta_2",
)  # fmt: skip
_FONTS = re.compile(
    r"\\(?:mathbf|mathrm|mathit|mathcal|mathbb|mathsf|boldsymbol|bm|text|operatorname|bar|hat|tilde|vec)\b"
)


def normal(name: str) -> str:
    """A name or LaTeX symbol in lower case without marks: `\\mathbf{W}_{1}` → "w1", `\\alpha` → "alpha", "W_1" → "w1"."""
    text = _FONTS.sub("", name).replace("\\", "")
    text = text.replace("varepsilon", "epsilon").replace("varphi", "phi").replace("vartheta", "theta")
    return re.sub(r"[^a-z0-9]", "", text.lower())


_GROUPS = tuple(frozenset({*line.split(), *map(normal, line.split())}) for line in _USUAL)


def fit(paper: str, symbol: str, name: str) -> int:
    """How well a parameter `name` fits an argument `paper` (its name in code) with the printed `symbol`."""
    if paper == name:
        return EXACT
    own = normal(name)
    if own and own in (normal(paper), normal(symbol)):
        return SYMBOL
    base = name.lower().strip("_")
    head = re.split(r"[._]", paper.lower())[0]
    if own and own == head:  # `h` for h_{t-1}
        return LETTER
    for group in _GROUPS:
        if (base in group or own in group) and (normal(paper) in group or normal(symbol) in group or head in group):
            return USUAL
    return 0


def alike(paper: str, name: str) -> bool:
    """Whether a function's name says that it is the paper's function: `GELU` and `gelu_exact`, `MultiHead` and `MultiHeadAttention`."""
    ours, theirs = normal(paper), normal(name)
    if not ours or not theirs:
        return False
    if ours == theirs:
        return True
    short, long = sorted((ours, theirs), key=len)
    return len(short) >= 3 and short in long and bool(set(_words(paper)) & set(_words(name)) or long.startswith(short))


def _words(name: str) -> list[str]:
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return [p.lower() for p in parts]
