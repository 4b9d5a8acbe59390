"""Numbers that sentences report as reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .prose import MARK, NUM, Sentence
from .told import Told
from .vocabulary import DATASETS, METRICS

_METRIC = "|".join(p for name, p in METRICS if name not in ("parameters", "training time", "FLOPs", "loss"))
_ACHIEVES = (
    r"\b(?:achiev\w+|obtain\w*|reach\w*|get|attain\w*|scores?|yield\w*|establish\w*|report\w*|ranks?|result\w*)\b"
)
_REACHED = re.compile(
    rf"(?P<value>{NUM})\s+(?:points? )?(?P<metric>{_METRIC})(?![\w-])|(?P<metric2>(?:average |mean )?(?:[\w{MARK[1:-1]}-]+[ -])?(?:{_METRIC})(?: scores?| rate)?)(?: score)? (?:of|is|to|reaches)(?: over| about)? (?P<value2>{NUM})|\b(?P<verb>{_ACHIEVES}) (?P<value3>{NUM}) on (?P<set>{DATASETS})"
)


_THEIRS = re.compile(r"\b(?:outperform|surpass|exceed|beat)\w*\b[^.;]*\bwith an? (?:\w+ )?$")
"""What is outperformed reaches the number that follows: "outperforming A with a score of 68.7"."""


def _pair(following: str) -> str:
    """ "English to French" of "41.8 BLEU from English to French"."""
    m = re.match(r"\s+from ([A-Z]\w+ to [A-Z]\w+)", following)
    return m[1] if m else ""


def results(sentence: Sentence, own: tuple[str, ...] = ()) -> Iterator[Told]:
    """Numbers that the paper says its method (called by one of `own`) reaches; `unit` is the metric."""
    text = sentence.text
    ours = re.search(r"\b(?:we|our|ours|it|this (?:model|method|approach)|the (?:\w+ )?model)\b", text, re.IGNORECASE)
    if not re.search(_ACHIEVES, text) or not (ours or any(name in sentence.readable for name in own)):
        return
    for m in _REACHED.finditer(text):
        mark = m["value"] or m["value2"] or m["value3"]
        if sentence.atoms[mark].text.isalpha() or _THEIRS.search(text[: m.start()]):
            continue
        at = text.index(mark)
        before = text[:at]
        if (
            re.search(
                r"\b(?:by|than|over|improv\w+|gain\w*|increase\w*|margin of|within|drop\w*|closer to|near|exceed\w*|outperform\w*|surpass\w*|worse|better)\s+(?:(?:more|of|over|up|about|approximately|an|average|to|than)\s+)*$",
                before,
            )
            or re.match(
                r"\s*(?:improvement|gain|more|less|better|points?|increase|drop|higher|lower|reduction|relative|faster)\b",
                text[m.end() :],
            )
            or re.search(r"\b(?:worse|lower|poor|previous|prior|baseline\W*\w*|others?)\b[^,;]{0,40}$", before)
        ):
            continue
        q = sentence.atoms[mark].quantity
        metric = m["metric"] or (sentence.written(m.start("metric2"), m.end("metric2")) if m["metric2"] else "")
        metric = re.sub(
            r"^(?:an?|the|of|average|mean|new|highest|best|state-of-the-art|our)\s+|\s+scores?$", "", metric
        ).strip()
        if q is not None:
            yield Told(
                "reported result",
                "evaluation",
                q.text,
                min(m.start(), at),
                max(m.end(), at + 1),
                q.number,
                metric or q.unit,
                m["set"] or _pair(text[m.end() :]),
            )
