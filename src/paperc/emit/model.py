"""The model's files: config.py, model.py, objective.py and what trains and tests them.

`emit_model` is the only entry. What the paper leaves open comes back as choices (taken, recorded) and gaps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from ..spec.model import Architecture, Choice, Gap, Training
from .config import config_file
from .model_context import ModelContext
from .model_parts import finish, parts, render
from .model_plan import UNCITED, Resolver
from .model_planner import plan_model
from .model_shape import ModelPlan, StackPlan, SublayerPlan
from .model_tests import model_test_files
from .model_variants import variants
from .model_words import is_gated
from .train import TrainingPlan, plan_training, train_files


@dataclass(frozen=True, slots=True)
class EmittedModel:
    """The files of the model, relative name → text, and what was chosen or found missing on the way."""

    files: dict[str, str] = field(default_factory=dict)
    """Empty when the architecture is too incomplete; `blocked_by` then names the gaps."""
    choices: tuple[Choice, ...] = ()
    """Those not among the spec's choices yet."""
    gaps: tuple[Gap, ...] = ()
    """Those not among the spec's gaps yet."""
    blocked_by: tuple[str, ...] = ()
    plan: ModelPlan | None = None
    recipe: TrainingPlan | None = None
    """None: no train.py; `blocked_by` names the gaps."""


def emit_model(architecture: Architecture | None, training: Training | None, context: ModelContext) -> EmittedModel:
    """Write the model that `architecture` describes; no model, and the reasons, where it says too little."""
    if architecture is None:
        return EmittedModel()
    resolver = Resolver(context, "model")
    plan = plan_model(architecture, resolver)
    if plan is None:
        return EmittedModel(choices=(), gaps=tuple(resolver.gaps), blocked_by=tuple(resolver.blocked_by))
    package = context.package
    recipe, learner = None, resolver.within("training")
    if training is not None:
        recipe = plan_training(training, plan, learner)
    further = variants(architecture.variants, plan.entries, resolver)
    recipes = variants(architecture.variants, recipe.entries, learner) if recipe else ()
    entries = recipe.entries if recipe else None
    files = {
        f"{package}/config.py": config_file(context, plan.entries, entries, further, recipes),
        f"{package}/model.py": model_file(plan, context),
    }
    if recipe is not None:
        names = dict.fromkeys(v.name for v in (*further, *recipes))
        files |= train_files(plan, recipe, context, tuple(names))
    files |= model_test_files(plan, recipe, context)
    return EmittedModel(
        finish(files, package), tuple(resolver.choices), tuple(resolver.gaps), tuple(learner.blocked_by), plan, recipe
    )


def model_file(plan: ModelPlan, context: ModelContext) -> str:
    """The text of `model.py`, unformatted."""
    if plan.family == "mlp":
        return render("mlp.py.j2", context=context, plan=plan, dimensions="B batch", cites=plan.stacks[0].cites)
    two = plan.family == "encoder-decoder"
    dimensions = ["B batch", "n source length" if two else "n length", *(["m target length"] if two else [])]
    dimensions += ["D d_model", "V vocabulary_size", *(["h n_heads"] if plan.attends else [])]
    rotary = plan.positions == "rotary"
    kinds = {s.kind for stack in plan.stacks for s in stack.sublayers}
    components = []
    if any(stack.causal for stack in plan.stacks):
        components.append("causal_mask")
    if "cross-attention" in kinds or ("self-attention" in kinds and not rotary):
        components.append("MultiHeadAttention")
    if "self-attention" in kinds and rotary:
        components.append("RotaryMultiHeadAttention")
    feed_forward = "GatedFeedForward" if plan.gated else "FeedForward"
    if plan.feeds_forward:
        components.append(feed_forward)
    if plan.positions == "sinusoidal":
        components.append("sinusoidal_encoding")
    attention_options = ", bias=True" if plan.attention_bias else ""
    attention_options += _rate(plan, "attention")
    biased = not plan.gated  # the component's own default
    feed_forward_options = "" if plan.feed_forward_bias == biased else f", bias={plan.feed_forward_bias}"
    feed_forward_options += _rate(plan, "feed-forward")
    symbols: dict[str, list[str]] = {}
    for entry in plan.entries:
        if entry.symbol and _plain(entry.symbol) != entry.name:
            symbols.setdefault(_plain(entry.symbol), []).append(entry.name)
    glossary = [(symbol, ", ".join(names)) for symbol, names in symbols.items()]
    cites = [c for c in (plan.positions_cite, *plan.notes) if c and c != UNCITED]
    places = dict(context.cites)
    if plan.gated != is_gated(context.formulas.get("feed_forward", "")):
        places.pop("feed_forward", None)  # the paper's formula is not what this block computes
    separate = two and not plan.shared_embedding
    return render(
        "transformer.py.j2",
        context=context, plan=plan, dimensions=", ".join(dimensions), glossary=glossary, cites=cites,
        components=parts(components, places), feed_forward=feed_forward,
        rotary_attention="RotaryMultiHeadAttention" if rotary else "MultiHeadAttention", attention_options=attention_options,
        feed_forward_options=feed_forward_options,
        summary=_summary(plan), line=partial(_line, plan), scale=" * math.sqrt(self.config.d_model)" if plan.embedding_scale else "",
        embed_words=_embed_words(plan), stack_method=partial(_stack_method, separate=separate),
    )  # fmt: skip


def _rate(plan: ModelPlan, place: str) -> str:
    """The argument that turns on dropout inside a sub-layer."""
    if place not in plan.dropout:
        return ""
    own = f"{place.replace('-', '_')}_dropout"
    return f", dropout=config.{own if plan.entry(own) else 'dropout'}"


def _line(plan: ModelPlan, stack: StackPlan, sublayer: SublayerPlan, inner: str) -> str:
    """The line of a layer's forward pass: dropout, residual connection and normalisation around a sub-layer."""
    value = f"self.dropout({inner})" if "residual" in plan.dropout else inner
    if stack.residual:
        value = f"x + {value}"
    if stack.norm and not stack.norm_first:
        value = f"self.{sublayer.attribute}_norm({value})"
    return f"x = {value}"


def _stack_method(method: str, stack: StackPlan, tokens: str, separate: bool) -> str:
    argument = f", self.{tokens}_embedding" if separate else ""
    text = render("stack_method.j2", method=method, stack=stack, tokens=tokens, embedding_argument=argument)
    return text.rstrip("\n")


def _summary(plan: ModelPlan) -> str:
    match plan.family:
        case "encoder-decoder":
            return "An encoder reads the source; a decoder predicts the target from it, token by token."
        case "decoder-only":
            return "A decoder that predicts each token from those before it."
    return "An encoder that reads all tokens at once."


def _embed_words(plan: ModelPlan) -> str:
    words = ["times sqrt(D)"] if plan.embedding_scale else []
    if plan.positions in ("sinusoidal", "learned"):
        words.append(f"plus {plan.positions} positions")
    if "embedding" in plan.dropout:
        words.append("dropout")
    return ", ".join(words) or "as they are"


def _plain(symbol: str) -> str:
    """A symbol's LaTeX as short text: `d_{\\text{model}}` → `d_model`."""
    for old in ("\\text", "\\mathrm", "\\mathit", "{", "}", "\\"):
        symbol = symbol.replace(old, "")
    return symbol
