"""Everything that a paper can hold, put together: the tables of commands and environments of the walk."""

from __future__ import annotations

from ...errors import Collector
from . import bibliography, floats, headings, mathematics, theorems
from .counters import Counters
from .definitions import Definitions
from .lexer import Places, Token
from .printed import REFERENCES
from .stream import Stream, environment_body, plain_text, skip_arguments
from .text import DRAWINGS
from .walk import Handler, Walk

_BLOCKS = frozenset(["minipage", "tcolorbox", "quote", "quotation", "center", "threeparttable", "flushleft", "flushright", "mdframed", "framed", "verse", "ack", "acks", "acknowledgements", "acknowledgments", "acknowledgement", "acknowledgment", "displayquote", "columns", "column", "block", "multicols"])  # fmt: skip


def _other(walk: Walk, token: Token, stream: Stream) -> None:
    """An environment that only sets its text apart, or is not known."""
    bare = token.text.removesuffix("*")
    if bare in theorems.STANDARD:
        theorems.standard(walk, token, stream)
        return
    walk.open(token, own=bare in _BLOCKS)
    skip_arguments(token.text, stream)
    if bare in floats.SUBFLOATS and walk.floats:
        walk.floats[-1].parts = True


def _drawing(walk: Walk, token: Token, stream: Stream) -> None:
    environment_body(stream, token.text)


def _references(walk: Walk, token: Token, stream: Stream) -> None:
    body, _ = environment_body(stream, token.text)
    walk.end_paragraph()
    walk.references += bibliography.entries(body, walk.places)


COMMANDS: dict[str, Handler] = headings.COMMANDS | mathematics.COMMANDS | theorems.COMMANDS | floats.COMMANDS
ENVIRONMENTS: dict[str, Handler] = (
    headings.ENVIRONMENTS
    | mathematics.ENVIRONMENTS
    | theorems.ENVIRONMENTS
    | floats.ENVIRONMENTS
    | dict.fromkeys(DRAWINGS, _drawing)
    | {"thebibliography": _references, " other": _other}
)


def read_body(
    tokens: list[Token], known: Definitions, places: Places, counters: Counters, problems: Collector, fragment: bool
) -> Walk:
    """Walk through a paper; a fragment has no `\\begin{document}`."""
    for name, (_, shared, within) in known.theorems.items():
        if shared is None and within:
            counters.within(name, within)
    for package, option in (("algorithm", "section"), ("algorithm", "chapter"), ("algorithm2e", "algosection"), ("algorithm2e", "algochapter")):  # fmt: skip
        if option in known.packages.get(package, "").replace(" ", "").split(","):
            counters.within("algorithm", option.removeprefix("algo"))
    counters.only = _referred_equations(tokens, known)
    walk = Walk(known, places, counters, problems, COMMANDS, ENVIRONMENTS)
    walk.started = fragment
    walk.flow(Stream(tokens))
    if walk.started:
        walk.finish(tokens[-1] if tokens else Token("par", "", 0, 0, 0))
    return walk


def _referred_equations(tokens: list[Token], known: Definitions) -> frozenset[str] | None:
    """With mathtools' `showonlyrefs` or autonum: the labels that are referred to; else None."""
    shown = any(t.kind == "command" and t.text == "mathtoolsset" and "showonlyrefs" in plain_text(tokens[k + 1 : k + 40])
                for k, t in enumerate(tokens))  # fmt: skip
    if not shown and "autonum" not in known.packages and "showonlyrefs" not in known.packages.get("mathtools", ""):
        return None
    commands = REFERENCES if "autonum" in known.packages else REFERENCES - {"ref", "pageref", "nameref"}
    found: set[str] = set()
    for k, token in enumerate(tokens):
        if token.kind == "command" and token.text.removesuffix("*") in commands:
            keys = plain_text(Stream(tokens[k + 1 : k + 200]).group())
            found.update(key.strip() for key in keys.split(","))
    return frozenset(found)
