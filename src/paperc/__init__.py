"""paperc, the paper compiler: from a research paper to PyTorch code that carries its own evidence."""
