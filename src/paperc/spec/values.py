"""Whether a value that the paper states is a setting of the method, or is said of a case, an example, one figure.

"We set `k = 16`" gives k a default; "figure 2 shows an example for `k = 3`", "for `k = 1` we recover …" do not.
"""

from __future__ import annotations

import re

from .declarations_text import DEFAULT, DISPLAY, MARK, Passage

_ASIDE = re.compile(
    r"\b(?:examples?|for instance|special case|figures?|figs?\.|tables?|toy|ablat\w+|illustrat\w+|plots?|curves?|sweep\w*"
    rf"|grid[- ]search|var(?:y|ies|ied|ying) (?:the )?(?:\w+ ){{0,2}}{MARK}|rang(?:e|es|ing) (?:from|over)|would|could|might|suppos\w+|assum\w+|consider\w*"
    r"|initiali[sz]\w*|can (?:be )?(?:also )?(?:set|choose|chosen|use|fix|take)|complexity|proof|theorem|lemma)(?!\w)",
    re.I,
)
"""Words of a sentence that speaks of something beside the method's settings."""
_HAS_A_RESULT = re.compile(
    r"[^.;,]{0,30}\b(?:recover\w*|correspond\w*|reduc(?:es|ing) to|yield\w*|equivalent\w*|limits?|impl(?:y|ies)|means|amounts)\b",
    re.I,
)
"""What follows from a value: the value is a case."""
_SETS = re.compile(
    r"\b(?:set|sets|setting|fix|fixed|fixing|use|uses|used|using|choose|chooses|choosing|chose|chosen|take|takes|took|taken|adopt\w*"
    r"|employ\w*|select\w*|defaults?|kept|keep|train\w*|optimi[sz]\w*)\b",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:rates?|factors?|coefficients?|temperatures?|margins?|weights?|weightings?|momentum|decay|thresholds?|constants?|hyper-?parameters?"
    r"|parameters?|probabilit(?:y|ies)|dropout|smoothing|strength|penalty|ratios?|exponents?|radius|horizon|bandwidth|heads|layers|blocks"
    rf"|dimension(?:ality)?|width|order|base|budget|values?)\s*(?:of|is|are|was|were|,?\s*say,?)?\s*(?:{MARK}(?:\s*,\s*(?:and\s+)?|\s+and\s+))*$",
    re.I,
)
"""A noun that names a hyper-parameter, right before it."""
_EXPLAINS = re.compile(
    rf"{DISPLAY}[^.;]{{0,80}}\b(?:where|with)\b[^.;]*$|{MARK}\s*,?\s*(?:where|with)\s+(?:{MARK}(?:\s*,\s*(?:and\s+)?|\s+and\s+))*$"
)
"""What a formula is explained with: "L = … with λ = 10"."""
_INTRODUCES = re.compile(rf"\s*[:,]?\s*{DISPLAY}")
_RESULTS = r"(?:best|optimal) (?:results?|performances?|accuracy|scores?)"
_REACHED = r"(?:found|obtain(?:ed)?|achieved?|observed?|reached|got|get)"
BEST = re.compile(
    rf"\b(?:{_REACHED} (?:the |our )?{_RESULTS}|{_RESULTS} (?:is |are |was |were )?{_REACHED}) (?:for|with|at|when|using) $",
    re.I,
)
"""The paper tried several values and says which did best: "we found the best results for λ = …"."""
_WITH = re.compile(r"\b(?:where|with)\s*$")
_BEFORE, _BEHIND = 160, 40


def is_setting(passage: Passage, start: int, end: int) -> bool:
    """The value that stands at `start:end` of a passage is one that the method is run with."""
    low, high = passage.sentence(start)
    sentence = passage.text[low:high]
    if DEFAULT.search(sentence):
        return True  # in a caption too: that of an algorithm says its defaults
    if passage.caption:
        return False
    if _ASIDE.search(sentence) or _HAS_A_RESULT.match(passage.text, end, high):
        return False
    before = passage.text[max(low, start - _BEFORE) : start]
    told = passage.text[start : min(high, end + _BEHIND)]
    if _WITH.search(before) and _INTRODUCES.match(passage.text, end):
        return True
    return any(p.search(before) for p in (_SETS, _NAMED, _EXPLAINS, BEST)) or _SETS.search(told) is not None


def speaks_of_settings(quote: str) -> bool:
    """The sentence of a claim sets its value (claims name a hyper-parameter, so that no verb is asked for)."""
    return DEFAULT.search(quote) is not None or _ASIDE.search(quote) is None
