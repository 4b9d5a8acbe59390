"""The ordered passes from a source to a package with its evidence; the only module that knows every stage.

    source → read → spec → lower → emit → verify → report

Everything up to the emitted text is pure and runs in bounded children (`bounded.py`); `verify` runs what was emitted in the
sandbox; the package is written last, whole (`output.py`).
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from . import read as reading
from . import refs as referring
from .bounded import COMPILE_SECONDS, READ_SECONDS, bounded
from .document import Document
from .emit.algorithms import emit_algorithms
from .emit.architecture_diagram import architecture_svg
from .emit.equation_tests import emit_equation_tests
from .emit.equations import Context as EquationContext
from .emit.equations import Module, Origin, emit_equations
from .emit.model import emit_model
from .emit.model_context import ModelContext
from .emit.module import emit_layers
from .emit.optimiser_tests import emit_optimiser_tests
from .emit.optimisers import emit_optimisers
from .errors import Diagnostic, SourceError
from .ir.node import CallCompiled, Function
from .ir.optimiser import Optimiser, optimiser
from .ir.shapes import walk
from .lower import LoweredBox, Property, lower, lower_box
from .output import RECORD, check_target, digests, write_package
from .refs import References
from .report.changes import changes
from .report.evidence import evidence_json
from .report.html import report_html
from .report.paper_toml import write_settings
from .report.readme import readme
from .report.record import BuildRecord
from .settings import Settings, check_settings, load_settings
from .source import open_source
from .spec import PaperSpec, build_spec, with_settings
from .spec.algorithms_reader import read_box
from .spec.model import Gap
from .spec.standing import standings
from .spec.statements_words import paper_words
from .spec.surroundings import surroundings
from .spec.symbols_lookup import scopes
from .verify.record import Verdict, Verification

if TYPE_CHECKING:  # the check imports PyTorch, which reading a paper must not pay for
    from .check.model import CheckReport
    from .check.reference import Comparison

SETTINGS = "paper.toml"
MAX_WRONG = 30
MUTANTS = 240
"""How many faults a build plants in equations and algorithms together, to see whether its checks would have caught them."""
Progress = Callable[[str, str], None]
"""Called with a stage and what it found ("" when it begins)."""


@dataclass(frozen=True, slots=True)
class Build:
    """A finished build: its record, the folder it lies in, and what changed since the one before."""

    record: BuildRecord
    folder: Path
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """What a check of somebody's code found."""

    document: Document
    report: CheckReport


def read(source: str) -> Document:
    """The Document of a file, folder or archive.

    Raises SourceError, LimitError.
    """
    return bounded(_read, READ_SECONDS, source)


def spec(source: str, *, settings: Path | None = None) -> tuple[Document, PaperSpec]:
    """The Document and what it asks to be built.

    Raises SourceError, LimitError, UsageError.
    """
    said = load_settings(settings) if settings else Settings()
    document = read(source)
    return document, bounded(_spec, COMPILE_SECONDS, document, said)


def references(source: str) -> tuple[Document, References]:
    """What the paper refers to, gathered from its own text."""
    document = read(source)
    return document, referring.references(document)


def build(
    source: str,
    folder: Path | None = None,
    *,
    verify: bool = True,
    train: bool = False,
    settings: Path | None = None,
    force: bool = False,
    progress: Progress = lambda stage, found: None,
) -> Build:
    """Emit the package of a paper into `folder` (default: its title), run it against the paper, leave the evidence.

    With `train`, an emitted network is trained on small data beside its control too (a minute or two).
    `settings` defaults to the `paper.toml` of a former build in `folder`. Raises SourceError, LimitError, UsageError.
    """
    if folder is not None:
        check_target(folder, force=force)
    progress("read", "")
    document = read(source)
    progress("read", _counts(document))
    package = package_name(document.title or Path(document.main).stem)
    folder = folder or Path(package.replace("_", "-"))
    check_target(folder, force=force)
    former = folder / SETTINGS
    said = load_settings(settings or former) if settings or former.is_file() else Settings()
    progress("compile", "")
    record, properties = bounded(_compile, COMPILE_SECONDS, document, package, said)
    notes = _checked(said, record, folder)
    progress("compile", f"{len(record.functions)} functions, {len(record.gaps)} gaps")
    if document.errors and not record.compiled:
        # Nothing came of what could be read: what could not be is the reason, and there is nothing to write.
        raise SourceError(*document.errors)
    if verify and record.compiled:
        progress("verify", "")
        again = partial(bounded, _compile, COMPILE_SECONDS, document, package, said)
        record = _verified(record, properties, again, train)
        progress("verify", record.verification.sandbox if record.verification else "")
    record = replace(record, diagnostics=(*record.diagnostics, *notes))
    previous = former.read_text(encoding="utf-8") if former.is_file() else None
    files, evidence = _documents(record, previous)
    before = _evidence(folder)
    write_package(files, folder, force=force)
    return Build(record, folder, tuple(changes(before, evidence)) if before else ())


def check(
    source: str,
    code: str | Sequence[str],
    *,
    bindings: Path | None = None,
    progress: Progress = lambda stage, found: None,
) -> Check:
    """Hold anyone's code against the equations of a paper.

    `code`: a file, a folder, an installed module ("torch.nn.functional", "torch.nn:GELU"), or several; `bindings`: a TOML file
    with a `[bind]` table. Raises SourceError, LimitError, UsageError, SandboxError.
    """
    from .check import check_code, read_code, read_map

    bounds = read_map(bindings) if bindings else ()
    theirs = read_code(*([code] if isinstance(code, str) else code))
    document, record = _to_check(source, progress)
    return Check(document, check_code(document, record.functions, theirs, bounds, record.programs))


def _to_check(source: str, progress: Progress) -> tuple[Document, BuildRecord]:
    """The paper, and what it compiles to, before anything is held against it."""
    progress("read", "")
    document = read(source)
    progress("read", _counts(document))
    progress("compile", "")
    record, _ = bounded(_compile, COMPILE_SECONDS, document, "paper", Settings())
    progress("compile", f"{len(record.functions)} functions")
    progress("check", "")
    return document, record


def compare(source: str, reference: str, progress: Progress = lambda stage, found: None) -> Comparison:
    """Hold the model that the paper describes, as emitted, against a reference module on the same weights and inputs.

    Raises SourceError, LimitError, UsageError, SandboxError.
    """
    from .check import compare_reference

    _, record = _to_check(source, progress)
    return compare_reference(record.files, "paper", reference)


# --- passes -----------------------------------------------------------------------------------------


def _read(source: str) -> Document:
    return reading.read(open_source(source))


def _spec(document: Document, settings: Settings) -> PaperSpec:
    return with_settings(build_spec(document), settings)


def _compile(
    document: Document, package: str, settings: Settings, wrong: Mapping[str, str] = MappingProxyType({})
) -> tuple[BuildRecord, tuple[Property, ...]]:
    """All that can be said and written without running anything; identities and bounds that are still to be tried.

    `wrong` are functions whose code was seen to differ from their formula (id → what was seen): they are gaps.
    """
    found = _spec(document, settings)
    lowered = lower(
        found.statements,
        found.symbols,
        settings.choices,
        surroundings(document, found.statements),
        scopes(found.symbols, found.statements, document),
        _chapters(document),
        standings(document, found.statements),
    )
    origins = _origins(document, found)
    source = f"{document.main}, sha256 {document.sha256[:12]}"
    words = EquationContext(document.title, source, origins)
    module = emit_equations(_without(lowered.functions, wrong), words)
    functions = tuple(f for f in lowered.functions if f.id in module.emitted)
    boxes = _lower_boxes(document, found, [f.name for f in functions])
    programs = tuple(b.program for id, b in boxes.items() if b.program is not None and id not in wrong)
    sections = {s.id: s.number for s in document.sections}
    algorithms = emit_algorithms(programs, {a.id: a for a in document.algorithms}, document.title, source, sections)
    programs = tuple(p for p in programs if p.id in algorithms.emitted)
    optimisers = tuple(o for p in programs if _class_id(p.id) not in wrong and (o := optimiser(p)) is not None)
    classes = emit_optimisers(optimisers, {a.id: a for a in document.algorithms}, document.title, source, sections)
    optimisers = tuple(o for o in optimisers if o.program.id in classes.emitted)
    files = _compiled_files(package, functions, module, algorithms.text, words)
    files |= _optimiser_files(package, optimisers, classes.text)
    context = ModelContext.from_spec(found, package, origins, functions, settings)
    model = emit_model(found.architecture, found.training, context)
    refused = [g for b in boxes.values() for g in b.gaps]
    gaps = (
        *found.gaps, *lowered.refusals, *(replace(g, id=f"B{k}") for k, g in enumerate(refused, 1)),
        *_not_emitted({**module.failed, **algorithms.failed}, "E", "no code", found, document),
        *_not_emitted(wrong, "V", "code differs", found, document), *model.gaps,
    )  # fmt: skip
    record = BuildRecord(
        document=document,
        spec=found,
        package=package,
        version=version("paperc"),
        functions=(*functions, *(p.signature for p in programs)),
        programs=programs,
        optimisers=optimisers,
        lines={id: _line_steps(b, id in algorithms.emitted) for id, b in boxes.items()},
        files={**files, **model.files, **_diagram(found)},
        references=referring.references(document),
        gaps=gaps,
        choices=(*found.choices, *lowered.choices, *model.choices),
        diagnostics=(
            *document.diagnostics,
            *found.diagnostics,
            *lowered.diagnostics,
            *(d for b in boxes.values() for d in b.diagnostics),
        ),
    )
    return record, lowered.properties


def _chapters(document: Document) -> dict[str, str]:
    """The first-level section (or part) in which each section lies."""
    out: dict[str, str] = {}
    current = ""
    for section in document.sections:
        if section.level <= 1 or not current:
            current = section.id
        out[section.id] = current
    return out


def _origins(document: Document, found: PaperSpec) -> dict[str, Origin]:
    """Where equations stand, by their ids and by those of statements in running text."""
    sections = {s.id: s.number for s in document.sections}
    inline = {s.id: Origin(s.latex, None, sections.get(s.section, "")) for s in found.statements if not s.equation}
    return inline | {e.id: Origin(e.latex, e.number, sections.get(e.section, "")) for e in document.equations}


def _diagram(found: PaperSpec) -> dict[str, str]:
    drawn = architecture_svg(found.architecture) if found.architecture else ""
    return {"architecture.svg": drawn} if drawn else {}


def _lower_boxes(document: Document, found: PaperSpec, taken: Sequence[str]) -> dict[str, LoweredBox]:
    words, names = paper_words(document), list(taken)
    out = {}
    for algorithm in document.algorithms:
        out[algorithm.id] = lowered = lower_box(read_box(algorithm, words), found.symbols, names)
        names += [lowered.program.name] if lowered.program else []
    return out


def _line_steps(box: LoweredBox, emitted: bool) -> tuple[str, ...]:
    """What became of each printed line: its step, "hole" where words stand for a function, "remark" where they do nothing."""
    reached = "typed" if box.program is not None and emitted else "parsed"
    return tuple(reached if line == "compiled" else line for line in box.lines)


def _compiled_files(
    package: str, functions: Sequence[Function], equations: Module, algorithms: str, words: EquationContext
) -> dict[str, str]:
    """The modules of what compiled, and the tests of the equations."""
    texts = {f"{package}/algorithms.py": algorithms}
    if functions:
        texts |= {
            f"{package}/equations.py": equations.text,
            f"{package}/layers.py": emit_layers(functions, equations.emitted, ".", words),
            "tests/test_equations.py": emit_equation_tests(functions, package, words),
        }
    written = {path: text for path, text in texts.items() if text}
    return {f"{package}/__init__.py": "", **written} if written else {}


def _optimiser_files(package: str, optimisers: Sequence[Optimiser], text: str) -> dict[str, str]:
    """The classes and their tests."""
    texts = {f"{package}/optimisers.py": text, "tests/test_optimisers.py": emit_optimiser_tests(optimisers, package)}
    return {path: text for path, text in texts.items() if text}


def _class_id(box: str) -> str:
    """The optimiser class of a box, among what may be wrong."""
    return f"{box} class"


def _without(functions: Sequence[Function], wrong: Mapping[str, str]) -> tuple[Function, ...]:
    """The functions without those that are wrong, and without those that call them."""
    out = set(wrong)
    while True:
        callers = {
            f.id
            for f in functions
            for n in walk(f.body)
            if f.id not in out and isinstance(n, CallCompiled) and n.function in out
        }
        if not callers:
            return tuple(f for f in functions if f.id not in out)
        out |= callers


def _not_emitted(
    reasons: Mapping[str, str], letter: str, what: str, spec: PaperSpec, document: Document
) -> tuple[Gap, ...]:
    """What is understood but for which there is no code (or no right code) is a gap like any other."""
    places = {s.id: (s.span, s.equation or s.id) for s in spec.statements}
    places |= {a.id: (a.span, a.id) for a in document.algorithms}
    places |= {_class_id(a.id): (a.span, a.id) for a in document.algorithms}
    return tuple(
        Gap(f"{letter}{k}", what, why, "a report of this formula", *places[id])
        for k, (id, why) in enumerate(sorted(reasons.items()), 1)
    )


def _verified(
    record: BuildRecord,
    properties: Sequence[Property],
    again: Callable[[Mapping[str, str]], tuple[BuildRecord, tuple[Property, ...]]],
    train: bool,
) -> BuildRecord:
    """The record with its verification. Code that differs from its formula does not stay in the package: the build is
    made once more without it, and it becomes a gap."""
    wrong: dict[str, str] = {}
    while True:
        verdicts = _hold(record, properties)
        found = {
            id: f"the emitted code differs from the formula as it was read ({check.observed}); it was left out"
            for id, verdict in verdicts.items()
            for check in verdict.checks
            if check.name in ("conforms", "gradient") and not check.passed and id in {f.id for f in record.functions}
        }
        found |= {
            _class_id(
                o.program.id
            ): f"the optimiser class differs from its algorithm ({check.observed}); it was left out"
            for o in record.optimisers
            for check in verdicts[o.program.id].checks
            if check.name.startswith("optimiser: ") and not check.passed
        }
        if not found or len(wrong) > MAX_WRONG:
            break
        wrong |= found
        record, properties = again(wrong)
        if not record.compiled:
            return replace(record, verification=Verification())
    return replace(record, verification=_verify(record, verdicts, train))


def _hold(record: BuildRecord, properties: Sequence[Property]) -> dict[str, Verdict]:
    """Every function and every box against its slow meaning; the paper's identities and bounds against the functions."""
    from .verify.conformance import verify_functions
    from .verify.optimisers import verify_optimisers
    from .verify.programs import verify_programs
    from .verify.properties import verify_properties

    equations = [f for f in record.functions if not f.id.startswith("alg:")]
    with tempfile.TemporaryDirectory(prefix="paperc-") as temporary:
        root = Path(temporary) / "package"
        write_package(record.files, root)
        verdicts = verify_functions(root, equations, f"{record.package}.equations")
        verdicts |= verify_programs(root, record.programs, f"{record.package}.algorithms")
        for id, checks in verify_optimisers(root, record.optimisers, record.package).items():
            verdicts[id] = replace(verdicts[id], checks=(*verdicts[id].checks, *checks))
    return verdicts | verify_properties(properties, equations)


def _verify(record: BuildRecord, verdicts: Mapping[str, Verdict], train: bool) -> Verification:
    """The whole model, and planted faults, beside the verdicts on functions. It never touches the user's folder."""
    from .verify.model import verify_model
    from .verify.mutation import mutate_functions, with_mutation
    from .verify.mutation_programs import mutate_programs
    from .verify.training import try_training

    architecture = record.spec.architecture
    held = {id for id, v in verdicts.items() if v.status in ("conforms", "corroborated")}
    proved = [f for f in record.functions if not f.id.startswith("alg:") and f.id in held]
    programs = [p for p in record.programs if p.id in held]
    limit = max(4, min(40, MUTANTS // max(1, len(proved) + len(programs))))
    verdicts = dict(verdicts)
    with tempfile.TemporaryDirectory(prefix="paperc-") as temporary:
        root = Path(temporary) / "package"
        write_package(record.files, root)
        with ThreadPoolExecutor(2) as pool:  # each waits for a sandboxed process of its own
            model = pool.submit(
                lambda: verify_model(root, record.package, architecture, record.spec.claims) if architecture else ()
            )
            planted = mutate_functions(root, proved, f"{record.package}.equations", limit) if proved else {}
            if programs:
                planted |= mutate_programs(root, programs, f"{record.package}.algorithms", limit)
            for id, survey in planted.items():
                verdicts[id] = with_mutation(verdicts[id], survey)
            checks = model.result()
        trial = try_training(root, record.package) if train else None
    levels = [c.sandbox for c in (*checks, *(c for v in verdicts.values() for c in v.checks)) if c.sandbox]
    return Verification(verdicts, checks, min(levels, key=len, default=""), (trial,) if trial else ())


def _documents(record: BuildRecord, previous: str | None) -> tuple[dict[str, str], dict[str, Any]]:
    """All files of the package, and its evidence as JSON values."""
    settings = write_settings(previous, record.choices, record.gaps, record.spec.symbols)
    files = {**record.files, SETTINGS: settings}
    record = replace(record, files=files)
    files = {**files, "README.md": readme(record), "report.html": report_html(record)}
    evidence = evidence_json(record) | {"files": digests(files)}
    files[RECORD] = json.dumps(evidence, ensure_ascii=False, indent=1) + "\n"
    return files, evidence


def _checked(settings: Settings, record: BuildRecord, folder: Path) -> tuple[Diagnostic, ...]:
    """Hold paper.toml against what this paper asks for; a wrong entry ends the build."""
    keys = {g.key: g.options for g in record.gaps if g.key} | {c.key: c.options for c in record.choices}
    claims = dict.fromkeys(name for c in record.spec.claims for name in (c.name, c.id))
    former = [str(c.get("key")) for c in (_evidence(folder) or {}).get("choices", [])]
    return check_settings(settings, keys, record.spec.symbols, claims, former)


def _evidence(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _counts(document: Document) -> str:
    parts = (
        (document.sections, "section"),
        (document.equations, "equation"),
        (document.algorithms, "algorithm"),
        (document.tables, "table"),
    )
    return ", ".join(f"{len(found)} {word}{'' if len(found) == 1 else 's'}" for found, word in parts if found)


def package_name(title: str) -> str:
    """An importable name from a title: `Adam: A Method for …` → `adam`; at most five words of it."""
    head = title.split(":")[0] if ":" in title else title
    words = re.findall(r"[a-z0-9]+", re.sub(r"\$[^$]*\$", " ", head).lower())
    if len(words) > 1 and words[0] in ("a", "an", "the"):
        words = words[1:]
    name = "_".join(words[:5]) or "paper"
    if not name[0].isalpha():
        name = f"paper_{name}"
    return f"{name}_paper" if name in sys.stdlib_module_names or name in ("torch", "tests", "train", "numpy") else name
