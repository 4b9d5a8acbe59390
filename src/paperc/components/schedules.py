"""Learning rates as functions of the training step; the first step is 1."""

import math


def inverse_square_root(step: int, d_model: int, warmup_steps: int) -> float:
    r"""Linear warm-up, then the inverse square root of the step ({schedule}).

    lrate = d_model^-0.5 min(step^-0.5, step warmup_steps^-1.5)
    """
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)


def inverse_square_root_from_peak(step: int, peak: float, warmup_steps: int) -> float:
    r"""Linear warm-up to `peak`, then falling with the inverse square root of the step ({schedule})."""
    return peak * min(step / warmup_steps, (warmup_steps / step) ** 0.5)


def constant(step: int, peak: float, warmup_steps: int = 0) -> float:
    r"""Linear warm-up to `peak`, then constant ({schedule})."""
    return peak * min(1.0, step / max(1, warmup_steps))


def cosine(step: int, peak: float, steps: int, warmup_steps: int = 0, final: float = 0.0) -> float:
    r"""Linear warm-up to `peak`, then half a cosine down to `final` at the last of `steps` ({schedule})."""
    if step < warmup_steps:
        return peak * step / warmup_steps
    progress = min(1.0, (step - warmup_steps) / max(1, steps - warmup_steps))
    return final + (peak - final) * 0.5 * (1 + math.cos(math.pi * progress))


def linear(step: int, peak: float, steps: int, warmup_steps: int = 0, final: float = 0.0) -> float:
    r"""Linear warm-up to `peak`, then a straight line down to `final` at the last of `steps` ({schedule})."""
    if step < warmup_steps:
        return peak * step / warmup_steps
    progress = min(1.0, (step - warmup_steps) / max(1, steps - warmup_steps))
    return final + (peak - final) * (1 - progress)
