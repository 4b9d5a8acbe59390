"""Functions written as IR by hand serve several folders of tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "ir"))
