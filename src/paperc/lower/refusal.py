"""Why a statement is not compiled: data that becomes a Gap and a Diagnostic."""

from __future__ import annotations

from ..formula.tree import Node, Position


class Refusal(Exception):
    """A statement that must not be compiled. `code` is the construct's name, by which refusals are counted.

    `key` (the part behind the statement's id) and `options` name the paper.toml entry that would decide, if one would.
    """

    def __init__(
        self,
        code: str,
        why: str,
        needs: str = "",
        *,
        at: Position | Node | None = None,
        key: str = "",
        options: tuple[str, ...] = (),
    ) -> None:
        super().__init__(why)
        self.code, self.why, self.needs, self.key, self.options = code, why, needs, key, options
        self.at: Position = at if isinstance(at, tuple) else getattr(at, "at", (-1, -1))


class Final(Refusal):
    """A construct that no other reading of its symbols would make clear: those that are second best are not tried."""


class Mismatch(Refusal):
    """Shapes that do not fit: the paper's mistake or a wrong reading; `repair` makes it consistent, if one thing would."""

    def __init__(self, why: str, *, at: Position | Node | None = None, repair: str = "") -> None:
        super().__init__("shape-mismatch", why, repair or "the shapes of the operands", at=at)
        self.repair = repair
