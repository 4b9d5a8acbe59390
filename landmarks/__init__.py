"""Papers whose results are known: each folder holds the paper and a trusted reference (see `_format.py`)."""
