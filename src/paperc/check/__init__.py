"""Is this code what the paper says? Anyone's functions and modules against the compiled equations.

code      file, folder, module   ->  Code          read as text, never imported here
bind      map, comments, names   ->  Group         which equation a piece of code should be
plans     equation + signature   ->  Plan          orders, layouts, weights, constants
trial     Plan                   ->  Match         run in the sandbox, compared outside
faults    equation               ->  Fault         what explains a difference
check     all of the above       ->  CheckReport
reference emitted model, module  ->  Comparison    sub-module by sub-module
"""

from .check import check_code
from .code import Code, read_code
from .mapping import Bound, read_map
from .model import CheckReport, Counterexample, Finding, Unbound
from .reference import Comparison, compare_reference, reference_json, reference_text
from .show import check_json, check_text

__all__ = [
    "Bound", "CheckReport", "Code", "Comparison", "Counterexample", "Finding", "Unbound", "check_code", "check_json",
    "check_text", "compare_reference", "read_code", "read_map", "reference_json", "reference_text",
]  # fmt: skip
