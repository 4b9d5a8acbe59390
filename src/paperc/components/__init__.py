"""Verified building blocks in plain PyTorch.

Each definition is tested against its torch.nn twin in float64 and copied into a generated package when the paper
uses it (`paperc.emit.model_parts`). `({key})` in a docstring stands for the place where the paper defines the
block: copying replaces it by "(Eq. (1), §3.2.1)", or by nothing where the paper has no such equation.
"""
