"""Templates of the documents, as data."""

from pathlib import Path

TEMPLATES = Path(__file__).parent
