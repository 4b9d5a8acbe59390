"""The training recipe, resolved, and `train.py`, `data.py` and `objective.py` of the output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..spec.model import Training, Value
from .model_context import Compiled, ModelContext
from .model_parts import parts, render
from .model_plan import Entry, Resolver
from .model_shape import ModelPlan
from .model_words import Scalar, key_of

OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop", "adagrad": "Adagrad"}
SCHEDULES = {
    "inversesquareroot": "inverse_square_root", "inversesqrt": "inverse_square_root", "noam": "inverse_square_root",
    "rsqrt": "inverse_square_root", "cosine": "cosine", "linear": "linear", "constant": "constant", "fixed": "constant",
}  # fmt: skip


_USED = frozenset({
    "optimizer", "learning rate", "batch size", "batch size unit", "training steps", "epochs", "warm-up steps",
    "warm-up epochs", "schedule", "schedule equation", "loss", "label smoothing", "gradient clipping", "dropout",
    "initialisation", "sequence length", "hardware", "training time", "compute cost", "training tokens", "framework",
})  # fmt: skip
"""Settings that the recipe reads, or that say nothing of what it does."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """All that the templates of the training need."""

    entries: tuple[Entry, ...]
    optimizer: str
    """A class of torch.optim."""
    optimizer_cite: str
    optimizer_options: str
    schedule: str
    """A function of `components/schedules.py`."""
    schedule_cite: str
    schedule_call: str
    objective: str
    """A function of `components/losses.py`."""
    objective_cite: str
    by_tokens: bool
    """The batch is counted in tokens, not in sequences."""
    epochs: bool
    clips: bool
    left_out: tuple[str, ...] = ()
    """What the paper states of its training and the emitted one does not do."""

    @property
    def regression(self) -> bool:
        return self.objective == "mean_squared_error"

    @property
    def schedule_is_compiled(self) -> bool:
        return self.schedule_call.startswith("float(")

    @property
    def required(self) -> tuple[Entry, ...]:
        return tuple(e for e in self.entries if e.value is None)

    def entry(self, name: str) -> Entry | None:
        return next((e for e in self.entries if e.name == name), None)


def plan_training(training: Training, model: ModelPlan, resolver: Resolver) -> TrainingPlan | None:
    """The recipe, or None with the reasons in `resolver.blocked_by`."""
    return _Planner(training, model, resolver).plan()


class _Planner:
    def __init__(self, training: Training, model: ModelPlan, resolver: Resolver) -> None:
        self.settings = training.settings
        self.model = model
        self.resolver = resolver
        self.entries: list[Entry] = []

    def plan(self) -> TrainingPlan | None:
        optimizer, optimizer_cite, options = self._optimizer()
        schedule, schedule_cite, call = self._schedule()
        objective, objective_cite = self._objective()
        by_tokens = self._batch()
        epochs = self._length()
        clips = self._optional("gradient_clipping", "gradient clipping")
        if self.resolver.blocked_by:
            return None
        left_out = tuple(self._left_out())
        return TrainingPlan(
            tuple(self.entries), optimizer, optimizer_cite, options, schedule, schedule_cite, call, objective,
            objective_cite, by_tokens, epochs, clips, left_out,
        )  # fmt: skip

    def _left_out(self) -> Iterator[str]:
        """Settings that nothing here uses: each a gap, and a line at the top of train.py."""
        fields = {e.name for e in self.entries}
        for name, value in self.settings.items():
            if name in _USED or name.replace(" ", "_") in fields:
                continue
            found, cite, _ = self.resolver.value(value)
            if found is None:
                continue
            key = re.sub(r"\W+", "_", name.lower()).strip("_")
            why = f"the paper states it ({cite}); the emitted training does not do it"
            self.resolver.miss(key, f"{name} in training", why, blocks=False, needs="code in train.py")
            yield f"{name} ({found})"

    # --- reading -----------------------------------------------------------------------------------

    def setting(self, *names: str) -> Value | None:
        return next((self.settings[n] for n in names if n in self.settings), None)

    def _optional(self, name: str, setting: str, type: str = "float") -> bool:
        """Add the field if the paper states it."""
        found, comment, symbol = self.resolver.needed(self.setting(setting), name)
        number = _number(found, type)
        if number is None:
            return False
        self.entries.append(Entry(name, type, number, comment, symbol))
        return True

    def _required(self, name: str, setting: str, type: str, what: str) -> None:
        """Add the field; without a default, and a gap, where the paper does not state it."""
        if not self._optional(name, setting, type):
            why = f"the text does not state the {what}"
            id = self.resolver.miss(name, what, why, blocks=False, value=self.setting(setting))
            self.entries.append(Entry(name, type, None, f"{id}: not stated in the paper"))

    def _default(self, name: str, setting: str, default: float, why: str) -> None:
        """Add the field; where the paper does not state it, a recorded choice."""
        if not self._optional(name, setting):
            value, comment = self.resolver.choose(name, default, (), why)
            self.entries.append(Entry(name, "float", value, comment))

    # --- parts -------------------------------------------------------------------------------------

    def _optimizer(self) -> tuple[str, str, str]:
        value = self.setting("optimizer")
        found, cite, _ = self.resolver.needed(value, "optimizer")
        name = OPTIMIZERS.get(key_of(found), "")
        if not name:
            why = "the text does not state the optimiser" if found is None else f"no building block for {found!r}"
            self.resolver.miss("optimizer", "the optimiser", why, value=value, options=tuple(OPTIMIZERS.values()))
            return "", "", ""
        options = []
        if name in ("Adam", "AdamW"):
            for field, default in (("beta_1", 0.9), ("beta_2", 0.999), ("epsilon", 1e-8)):
                why = f"no {field} of {name} was found in the text; {default:g} is PyTorch's default"
                self._default(field, field, default, why)
            options = ["betas=(config.beta_1, config.beta_2)", "eps=config.epsilon"]
        elif self._optional("momentum", "momentum"):
            options = ["momentum=config.momentum"]
        if self._optional("weight_decay", "weight decay"):
            options.append("weight_decay=config.weight_decay")
        elif name == "AdamW":
            options.append("weight_decay=0.0")
        return name, cite, ", ".join(options)

    def _schedule(self) -> tuple[str, str, str]:
        """(function, where it comes from, the call)."""
        equation = self.setting("schedule equation")
        if equation is not None and equation.value is not None:
            return self._schedule_of(str(equation.value), equation)
        for id, latex in self.resolver.context.statements.items():
            if is_inverse_square_root(latex):
                return self._schedule_of(id, Value(id))
        value = self.setting("schedule")
        found, cite, _ = self.resolver.needed(value, "schedule")
        if found is None and self.setting("warm-up steps", "warm-up epochs") is not None:
            why = "the text speaks of a warm-up, and what follows it was not found"
            self.resolver.miss("schedule", "the learning-rate schedule", why, options=tuple(SCHEDULES))
            return "", "", ""
        key = key_of(found)
        kind = next((kind for word, kind in SCHEDULES.items() if word in key), "")
        if found is None:
            chosen, cite = self.resolver.choose(
                "schedule", "constant", ("constant", "cosine", "linear"), "no schedule was found in the text"
            )
            kind = str(chosen)
        if not kind:
            why = f"no building block for {found!r}"
            self.resolver.miss("schedule", "the learning-rate schedule", why, value=value, options=tuple(SCHEDULES))
            return "", "", ""
        if kind == "inverse_square_root":
            kind = "inverse_square_root_from_peak"
            self._required("warmup_steps", "warm-up steps", "int", "number of warm-up steps")
            warmup = True
        else:
            warmup = self._optional("warmup_steps", "warm-up steps", "int")
        if not warmup and self.setting("warm-up epochs") is not None:
            # Steps in an epoch depend on the data.
            self._required("warmup_steps", "warm-up steps", "int", "number of warm-up steps (it counts epochs)")
            warmup = True
        self._required("learning_rate", "learning rate", "float", "learning rate")
        total = ", steps" if kind in ("cosine", "linear") else ""
        return kind, cite, f"{kind}(step, config.learning_rate{total}{', config.warmup_steps' if warmup else ''})"

    def _schedule_of(self, equation: str, value: Value) -> tuple[str, str, str]:
        """The paper's own formula: compiled, or one of the field's that it is recognised as."""
        context = self.resolver.context
        cite = context.cites.get("schedule") or context.places.get(equation, "")
        compiled = context.functions.get(equation)
        self._optional("warmup_steps", "warm-up steps", "int")
        self._optional("learning_rate", "learning rate")
        if compiled is not None:
            call = self._call(compiled)
            if call:
                return compiled.name, cite, call
        if is_inverse_square_root(context.statements.get(equation, "")) and self.model.entry("d_model"):
            if not any(e.name == "warmup_steps" for e in self.entries):
                self._required("warmup_steps", "warm-up steps", "int", "number of warm-up steps")
            return "inverse_square_root", cite, "inverse_square_root(step, model_config.d_model, config.warmup_steps)"
        why = f"the formula {equation} has not been compiled into a function of the step and known settings"
        self.resolver.miss("schedule", "the learning-rate schedule", why, span=None, value=value)
        return "", "", ""

    def _call(self, compiled: Compiled) -> str:
        """The call of a compiled schedule; "" where an argument is neither the step nor a known setting."""
        given, steps = [], 0
        for name, symbol, optional in compiled.arguments:
            field = next(
                (e.name for e in self.model.entries if name == e.name or (symbol and symbol == e.symbol)), None
            )
            if field is not None:
                given.append(f"{name}=model_config.{field}")
                continue
            field = next((e.name for e in self.entries if name == e.name or (symbol and symbol == e.symbol)), None)
            if field is not None:
                given.append(f"{name}=config.{field}")
            elif not optional and not steps:
                given.append(f"{name}=step")
                steps += 1
            elif not optional:
                return ""
        return f"float({compiled.name}({', '.join(given)}))" if steps else ""

    def _objective(self) -> tuple[str, str]:
        smooths = self._optional("label_smoothing", "label smoothing")
        found, cite, _ = self.resolver.needed(self.setting("loss"), "loss")
        if self.model.family == "mlp" and found is None:
            self.resolver.miss("loss", "the loss", "the text does not state the loss", options=("cross-entropy",))
            return "", ""
        if found is None:
            found, cite = self.resolver.choose(
                "loss",
                "cross-entropy",
                ("cross-entropy",),
                "no loss was found in the text; the output is a softmax over tokens",
            )
        if self.model.family == "mlp" and ("squared" in key_of(found) or key_of(found) == "mse"):
            return "mean_squared_error", cite
        if "cross" not in key_of(found) and "likelihood" not in key_of(found):
            self.resolver.miss("loss", "the loss", f"no building block for {found!r}", options=("cross-entropy",))
        if smooths:
            _, spread = self.resolver.choose(
                "smoothing_target",
                "all",
                ("all",),
                "label smoothing spreads over the whole vocabulary, the true token included",
            )
            return "label_smoothed_cross_entropy", spread
        return "cross_entropy", cite

    def _batch(self) -> bool:
        value = self.setting("batch size")
        claim = self.resolver.context.claims.get(value.claim or "") if value else None
        tokens = claim is not None and "token" in f"{claim.unit} {claim.quote.text}" and self.model.family != "mlp"
        self._required("batch_tokens" if tokens else "batch_size", "batch size", "int", "batch size")
        return tokens

    def _length(self) -> bool:
        if self.setting("training steps") is None and self._optional("epochs", "epochs", "int"):
            return True
        self._required("steps", "training steps", "int", "number of training steps")
        return False


def train_files(
    model: ModelPlan, training: TrainingPlan, context: ModelContext, variants: Sequence[str] = ()
) -> dict[str, str]:
    """`train.py`, and the package's `objective.py`, `data.py` and `curve.py`, unformatted."""
    package = context.package
    task = task_of(model, training)
    values = {
        "context": context, "model": model, "training": training, "package": package, "task": task,
        "attends": model.attends, "variants": variants, "required": (*model.required, *training.required), "small": small_model(model, training.regression), "small_training": small_training(training, model),
    }  # fmt: skip
    files = {
        "train.py": render("train.py.j2", **values),
        f"{package}/objective.py": render(
            "objective.py.j2", **values, components=parts([training.objective], context.cites)
        ),
        f"{package}/data.py": render("data_mlp.py.j2" if model.family == "mlp" else "data.py.j2", **values),
        f"{package}/curve.py": render("curve.py.j2", components=parts(["save_curve"], {})),
    }
    if not training.schedule_is_compiled:
        components = parts([training.schedule], context.cites)
        files[f"{package}/schedule.py"] = render("schedule.py.j2", **values, components=components)
    return files


def is_inverse_square_root(latex: str) -> bool:
    """The formula is size^-0.5 · min(step^-0.5, step · warm-up^-1.5), whatever its symbols are called."""
    right = re.sub(r"[\s{}]|\\[,;!]|\\left|\\right", "", latex.partition("=")[2])
    return "\\min" in right and right.count("^-0.5") == 2 and right.count("^-1.5") == 1


def task_of(model: ModelPlan, training: TrainingPlan) -> str:
    """A task that needs no data set, and that the network cannot do without its contribution."""
    if model.family == "mlp":
        return "product" if training.regression else "parity"
    return "reverse" if model.family == "encoder-only" else "copy"


def small_model(plan: ModelPlan, regression: bool = False) -> dict[str, Scalar]:
    """Sizes at which the model trains on a CPU within a minute; everything else stays the paper's."""
    if plan.family == "mlp":
        return {"input_size": 3, "output_size": 1 if regression else 2, "hidden_size": 32, "layers": 2}
    sizes: dict[str, Scalar] = {"vocabulary_size": 14, "d_model": 32}
    if plan.attends:
        sizes |= {"n_heads": 4, "d_k": 8, "d_v": 8}
    if plan.entry("d_ff"):
        sizes["d_ff"] = 64
    if plan.entry("max_length"):
        sizes["max_length"] = 32
    return sizes | {stack.depth: 2 for stack in plan.stacks}


def small_training(plan: TrainingPlan, model: ModelPlan) -> dict[str, Scalar]:
    sizes: dict[str, Scalar] = {"batch_tokens": 480} if plan.by_tokens else {"batch_size": 48}
    if not plan.epochs:
        sizes["steps"] = 300
    if plan.entry("warmup_steps"):
        sizes["warmup_steps"] = 100
    if plan.entry("learning_rate"):
        sizes["learning_rate"] = (0.05 if model.attends else 0.3) if plan.optimizer == "SGD" else 2e-3
    return sizes


def _number(value: Scalar | None, type: str) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if type == "int":
        return int(value) if value == int(value) else None
    return float(value)
