"""Random legal functions: every combination of indices, own shapes, reductions and calls that the generator can think of."""

from __future__ import annotations

import random

from samples import (
    Access,
    Arg,
    Build,
    Call,
    CallCompiled,
    ConcatOver,
    Const,
    Function,
    Index,
    Let,
    Linear,
    MatMul,
    Node,
    Norm,
    Pick,
    Range,
    Reduce,
    ReduceAxes,
    Size,
    Slice,
    StopGradient,
    arg,
    at,
    callable_,
    dim,
    function,
    op,
    over,
    total,
)

from paperc.ir.node import Along, IndexNumber

SIZES = ("n", "m", "p")
ARGUMENTS = (
    arg("x", "n"),
    arg("y", "m"),
    arg("A", "n m"),
    arg("B", "m p"),
    arg("C", "n n"),
    arg("D", "n m p"),
    arg("s"),
    arg("c", default=0.7),
    arg("l", "n", "stored"),
    callable_("f", ""),
    callable_("g", "m", result="m"),
)
SHAPES = {"x": "n", "y": "m", "A": "nm", "B": "mp", "C": "nn", "D": "nmp", "s": "", "c": ""}

scale = function(
    "scale", (arg("u", "k"), arg("t")), op("div", Arg("u"), op("add", 2, op("square", Arg("t")))), result="k"
)
mix = function("mix", (arg("u", "k"), arg("M", "k j")), MatMul(Arg("u"), Arg("M")), result="j")
gate = function("gate", (arg("a"), arg("b")), op("mul", op("sigmoid", Arg("a")), Arg("b")))
shares = function(
    "shares",
    (arg("u", "k"),),
    op("div", op("exp", at("u", "i")), total(over("j", "k"), op("exp", at("u", "j")))),
    (over("i", "k"),),
)
centred = function(
    "centred",
    (arg("u", "k"),),
    op("sub", at("u", "i"), Reduce("mean", over("j", "k"), at("u", "j"))),
    (over("i", "k"),),
)
CALLEES = (scale, mix, gate, shares, centred)


class Generator:
    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.count = 0
        self.sizes: dict[str, str] = {}
        """Indices in force → the size that they run over."""

    def index(self, size: str) -> Index:
        self.count += 1
        name = f"i{self.count}"
        outer = [k for k, v in self.sizes.items() if v == size]
        if outer and self.r.random() < 0.3:
            k = self.r.choice(outer)
            if self.r.random() < 0.5:
                return Index(name, name, Range(Const(1), IndexNumber(k)))
            return Index(name, name, Range(IndexNumber(k), Size(dim(size))))
        return over(name, size)

    def bound(self, size: str, body: str, depth: int) -> tuple[Index, Node]:
        """An index with a body of some shape below it."""
        index = self.index(size)
        self.sizes[index.name] = size
        node = self.shaped(body, depth)
        del self.sizes[index.name]
        return index, node

    def position(self, size: str) -> Node | None:
        found = [k for k, v in self.sizes.items() if v == size]
        return IndexNumber(self.r.choice(found)) if found else None

    def function(self) -> Function:
        free = self.r.sample(SIZES, self.r.choice((0, 1, 1, 2)))
        if self.r.random() < 0.15:
            free = ["n", "n"]
        indices = []
        for size in free:
            self.count += 1
            indices.append(over(f"i{self.count}", size))
            self.sizes[f"i{self.count}"] = size
        shape = self.r.choice(("", "", "", "n", "m", "nm"))
        body = self.shaped(shape, 4)
        return function("F", ARGUMENTS, body, tuple(indices), " ".join(shape))

    def shaped(self, shape: str, depth: int) -> Node:
        options = self.leaves(shape)
        if depth <= 0 or (options and self.r.random() < 0.15):
            return self.r.choice(options) if options else self.default(shape)
        rules = [self.elementwise, self.elementwise, self.reduced, self.access, self.let]
        rules += (
            [self.scalar_only] * 3
            if not shape
            else [self.vector_only] * 3
            if len(shape) == 1
            else [self.matrix_only] * 2
        )
        for _ in range(4):
            node = self.r.choice(rules)(shape, depth)
            if node is not None:
                return node
        return self.r.choice(options) if options else self.default(shape)

    def default(self, shape: str) -> Node:
        if len(shape) <= 1:
            return {"": Arg("s"), "n": Arg("x"), "m": Arg("y"), "p": MatMul(Arg("y"), Arg("B"))}[shape]
        return {"nm": Arg("A"), "mp": Arg("B"), "nn": Arg("C")}.get(shape) or op(
            "add",
            Linear("kron", (Linear("column", (self.default(shape[0]),)), Linear("row", (self.default(shape[1]),)))),
            0.0,
        )

    def leaves(self, shape: str) -> list[Node]:
        out: list[Node] = []
        for name, axes in SHAPES.items():
            if axes == shape:
                out.append(Arg(name))
            lead = axes[: len(axes) - len(shape)]
            if lead and axes.endswith(shape):
                picks = [self.position(size) for size in lead]
                if all(p is not None for p in picks):
                    out.append(Access(Arg(name), tuple(Pick(p) for p in picks if p is not None)))
        if not shape:
            out += [Const(self.r.choice((2, 0.5, 3)))]
            out += [IndexNumber(k) for k in self.sizes]
        return out

    def elementwise(self, shape: str, depth: int) -> Node:
        kind = self.r.randrange(5)
        a = self.shaped(shape, depth - 1)
        b = self.shaped(shape if self.r.random() < 0.5 else "", depth - 1)
        if kind == 0:
            return op(self.r.choice(("tanh", "sigmoid", "sin", "abs", "relu", "exp", "square", "neg")), op("tanh", a))
        if kind == 1:
            return op("where", op(self.r.choice(("lt", "ge")), a, 0.1), a, b)
        if kind == 2:
            return op(self.r.choice(("max", "min")), a, b)
        if kind == 3:
            return op("div", a, op("add", 1.5, op("square", b)))
        return op(self.r.choice(("add", "mul", "sub")), *((a, b) if self.r.random() < 0.5 else (b, a)))

    def reduced(self, shape: str, depth: int) -> Node:
        size = self.r.choice(SIZES)
        how = self.r.choice(("sum", "sum", "sum", "mean", "max", "logsumexp"))
        index, body = self.bound(size, shape, depth - 1)
        where = None
        others = [k for k, v in self.sizes.items() if v == size]
        if others and how in ("sum", "max") and self.r.random() < 0.3:
            where = op("ne", IndexNumber(index.name), IndexNumber(self.r.choice(others)))
            if how == "max":
                how = "sum"
        dependent = isinstance(index.domain, Range) and index.domain.hi != Size(dim(size))
        if how == "mean" and dependent:
            how = "sum"
        return Reduce(how, index, body, where)

    def access(self, shape: str, depth: int) -> Node | None:
        size = self.r.choice(SIZES)
        position = self.position(size)
        if position is None or len(shape) > 1:
            return None
        return Access(self.shaped(size + shape, depth - 1), (Pick(position),))

    def let(self, shape: str, depth: int) -> Node | None:
        self.count += 1
        name = f"v{self.count}"
        kind = self.r.choice(("", shape))
        value = self.shaped(kind, depth - 1)
        rest = self.shaped(shape, depth - 1)
        return (
            Let(name, value, op("add", Arg(name), rest))
            if kind == shape
            else Let(name, value, op("mul", rest, Arg(name)))
        )

    def scalar_only(self, shape: str, depth: int) -> Node | None:
        size = self.r.choice(("n", "m"))
        match self.r.randrange(10):
            case 0:
                return MatMul(self.shaped(size, depth - 1), self.shaped(size, depth - 1))
            case 1:
                return op("sqrt", op("add", 1, op("square", Norm(self.shaped(size, depth - 1)))))
            case 2:
                return Call("f", (self.shaped("", depth - 1),))
            case 3:
                return CallCompiled("eq:gate", (("a", self.shaped("", depth - 1)), ("b", self.shaped("", depth - 1))))
            case 4:
                callee = self.r.choice(("eq:shares", "eq:centred"))
                position = self.position(size)
                call = (("u", self.shaped(size, depth - 1)),)
                return CallCompiled(callee, call, (position,)) if position is not None else None
            case 5:
                return ReduceAxes(
                    self.r.choice(("sum", "mean", "max", "logsumexp")), self.shaped(size, depth - 1), (0,)
                )
            case 6:
                position = self.position("n")
                return at("x", at("l", position.index)) if isinstance(position, IndexNumber) else None
            case 7:
                position = self.position("n")
                if not isinstance(position, IndexNumber):
                    return None
                return op(
                    "where",
                    op("gt", position, 1),
                    Access(Arg("x"), (Pick(op("sub", position, 1)),)),
                    self.shaped("", depth - 1),
                )
            case 8:
                position = self.position("n")
                if position is None:
                    return None
                return ReduceAxes("sum", Access(Arg("x"), (Slice(None, position),)), (0,))
            case _:
                return StopGradient(self.shaped("", depth - 1))

    def vector_only(self, shape: str, depth: int) -> Node | None:
        size = self.r.choice(SIZES)
        match self.r.randrange(8):
            case 0:
                return MatMul(self.shaped(size, depth - 1), self.shaped(size + shape, depth - 2))
            case 1:
                return MatMul(self.shaped(shape + size, depth - 2), self.shaped(size, depth - 1))
            case 2:
                return Along(
                    self.r.choice(("softmax", "log_softmax", "cumsum", "normalize")), self.shaped(shape, depth - 1), 0
                )
            case 3:
                index = over(f"b{self.count}", shape)
                self.count += 1
                self.sizes[index.name] = shape
                body = self.shaped("", depth - 1)
                del self.sizes[index.name]
                return Build(index, body)
            case 4:
                return CallCompiled(
                    "eq:scale", (("u", self.shaped(shape, depth - 1)), ("t", self.shaped("", depth - 1)))
                )
            case 5:
                return CallCompiled(
                    "eq:mix", (("u", self.shaped(size, depth - 1)), ("M", self.shaped(size + shape, depth - 2)))
                )
            case 6 if shape == "m":
                return Call("g", (self.shaped("m", depth - 1),))
            case 7:
                return CallCompiled(self.r.choice(("eq:shares", "eq:centred")), (("u", self.shaped(shape, depth - 1)),))
        return None

    def matrix_only(self, shape: str, depth: int) -> Node | None:
        size = self.r.choice(SIZES)
        match self.r.randrange(4):
            case 0:
                return MatMul(self.shaped(shape[0] + size, depth - 2), self.shaped(size + shape[1], depth - 2))
            case 1:
                return Linear("transpose", (self.shaped(shape[::-1], depth - 2),))
            case 2:
                return Along("softmax", self.shaped(shape, depth - 1), self.r.randrange(2))
            case _:
                index = over(f"b{self.count}", shape[0])
                self.count += 1
                self.sizes[index.name] = shape[0]
                body = self.shaped(shape[1], depth - 1)
                del self.sizes[index.name]
                return Build(index, body)


__all__ = ["CALLEES", "ConcatOver", "Generator"]
