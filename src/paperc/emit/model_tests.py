"""`tests/test_model.py` and `tests/test_training.py` of the output: plain pytest, nothing but torch."""

from __future__ import annotations

from dataclasses import dataclass

from .model_context import Compiled, ModelContext
from .model_parts import render
from .model_plan import citation
from .model_shape import ModelPlan, StackPlan
from .model_words import Scalar, formula_activation
from .train import TrainingPlan, is_inverse_square_root, task_of


def model_test_files(model: ModelPlan, training: TrainingPlan | None, context: ModelContext) -> dict[str, str]:
    """The tests of the model and of its training, unformatted."""
    values = {
        "context": context, "model": model, "training": training, "package": context.package, "tiny": tiny_model(model),
        "claim": printed_parameters(context), "blocks": _blocks(model, context),
        "twin": has_twin(model), "rms": any(s.norm == "nn.RMSNorm" for s in model.stacks),
    }  # fmt: skip
    files = {"tests/test_model.py": render("test_mlp.py.j2" if model.family == "mlp" else "test_model.py.j2", **values)}
    if training is not None:
        task = task_of(model, training)
        falls = "inverse_square_root" in training.schedule or is_inverse_square_root(context.schedule_formula)
        files["tests/test_training.py"] = render(
            "test_training.py.j2", **values, task=task, attends=model.attends, known_schedule=falls
        )
    return files


@dataclass(frozen=True, slots=True)
class PrintedParameters:
    """The size of the model that the paper prints."""

    text: str
    number: float


def printed_parameters(context: ModelContext) -> PrintedParameters | None:
    """The first number of parameters among the claims: the one of the first configuration."""
    for claim in context.claims.values():
        if "parameters" in claim.name.lower() and claim.number and claim.number >= 1000:
            return PrintedParameters(citation(claim.quote), claim.number)
    return None


def _blocks(model: ModelPlan, context: ModelContext) -> dict[str, Compiled]:
    """The equations of the paper that parts of this model must equal."""
    activation = model.entry("activation")
    same = activation is not None and formula_activation(context.formulas.get("feed_forward", "")) == activation.value
    return {
        block: compiled
        for block, compiled in context.blocks.items()
        if (block != "feed_forward" or (model.feeds_forward and not model.gated and same))
        and (model.attends or block == "feed_forward")
        and not (block == "multi_head" and model.attention_bias)
        and model.family != "mlp"
    }


def has_twin(model: ModelPlan) -> bool:
    """torch.nn has the same network: its sub-layers in its order, residual connections, no gate, no rotation."""
    return (
        model.family != "mlp"
        and not model.gated
        and model.positions != "rotary"
        and all(_standard(stack) for stack in model.stacks)
    )


def _standard(stack: StackPlan) -> bool:
    kinds = tuple(s.kind for s in stack.sublayers)
    usual = kinds in (("self-attention", "feed-forward"), ("self-attention", "cross-attention", "feed-forward"))
    return usual and stack.residual and bool(stack.norm)


def tiny_model(model: ModelPlan) -> dict[str, Scalar]:
    """Sizes that differ from each other, so that an exchanged one shows."""
    if model.family == "mlp":
        return {"input_size": 5, "output_size": 3, "hidden_size": 7, "layers": 2}
    sizes: dict[str, Scalar] = {"vocabulary_size": 11, "d_model": 24}
    if model.attends:
        sizes |= {"n_heads": 4, "d_k": 6, "d_v": 6}
    if model.entry("d_ff"):
        sizes["d_ff"] = 20
    if model.entry("max_length"):
        sizes["max_length"] = 16
    return sizes | {stack.depth: 2 + i for i, stack in enumerate(model.stacks)}
