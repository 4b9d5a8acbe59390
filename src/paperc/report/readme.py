"""README.md of an emitted package: every line generated from the record, none of it promised by hand."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..provenance import Quote, Span
from ..read.unicode import text_of
from .configuration import configuration
from .entries import Entry
from .math import visible
from .paper_text import Writer
from .paper_text import link as html_link
from .record import BuildRecord
from .reproduction import reproductions, trial_text
from .summary import CODE_KINDS, MEANING, Summary, measurements, number_text, reason, summary
from .templates import TEMPLATES

_MATH = re.compile(r"(?<!\\)\$([^$]+)\$")
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~])")


def readme(record: BuildRecord) -> str:
    """The text of README.md."""
    found = summary(record)
    writer = Writer(record.document)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    filters: dict[str, Callable[..., str]] = {
        "md": md,
        "code": code,
        "bibtex": bibtex,
        "link": link,
        "quote": lambda quote: quoted(quote, writer.plain(quote)),
        "place": place,
        "number": number_text,
    }
    environment.filters |= filters
    text = environment.get_template("README.md.j2").render(
        record=record,
        document=record.document,
        spec=record.spec,
        summary=found,
        meaning=MEANING,
        rows=[_Row(e) for e in found.all_entries],
        titles={e.id: e.title for e in found.all_entries},
        settings=configuration(record),
        measurements=measurements(record),
        reproductions=reproductions(record),
        trials=trial_text(record),
        checklist=checklist(record, found),
        tree=_tree(record),
        example=_example(record),
        key=re.sub(r"[^a-z0-9]+", "", record.package.lower()) or "paper",
    )
    return re.sub(r"\n{3,}", "\n\n", visible(text)).strip("\n") + "\n"


def md(text: object) -> str:
    """Text of the paper as Markdown that shows exactly it; mathematics in dollars as a line of Unicode."""
    printed = _MATH.sub(lambda m: text_of(m.group(1)), str(text))
    printed = _SPECIAL.sub(r"\\\1", " ".join(printed.split()))
    printed = printed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^([-+]|\d+\.)(?=\s)", r"\\\1", printed)


def code(text: object) -> str:
    """Inline code; nothing can end it early, not even in a table."""
    shown = " ".join(str(text).replace("`", "'").split()).replace("|", "\\|")
    return f"`{shown}`" if shown else ""


def bibtex(text: str) -> str:
    """A field of a BibTeX entry in a fenced block: no braces, no fences."""
    return " ".join(re.sub(r"[`{}]", "", text).split())


def link(url: str) -> str:
    """An autolink for addresses of the web, code for anything else."""
    return f"<{url if '://' in url else f'https://{url}'}>" if str(html_link(url)).startswith("<a ") else code(url)


def quoted(quote: Quote, printed: str) -> str:
    """A block quotation: the words as printed, with their place."""
    section = f"§{md(quote.section)}, " if quote.section else ""
    lines = textwrap.wrap(md(printed), 110, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"> {line}" for line in lines) + f"\n>\n> — {section}{place(quote.span)}"


def place(span: Span | None) -> str:
    """File and line."""
    return code(span) if span else ""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table equation → function → evidence."""

    entry: Entry

    @property
    def formula(self) -> str:
        source = self.entry.source
        text = getattr(source, "caption", None) or text_of(getattr(source, "latex", "").replace("&", " "))
        cut = " ".join(text.split())
        return md(cut if len(cut) <= 72 else cut[:71] + "…")

    @property
    def functions(self) -> str:
        return ", ".join(code(f.name) for f in self.entry.functions) or "—"

    @property
    def status(self) -> str:
        return f"**{self.entry.status}**" if self.entry.status in ("conforms", "corroborated") else self.entry.status

    @property
    def evidence(self) -> str:
        entry = self.entry
        if entry.failed:
            return "**FAILED**: " + md(", ".join(c.name for c in entry.failed))
        if not entry.functions:
            gaps = ", ".join(g.id for g in entry.gaps)
            return f"gap {gaps}" if gaps else md(reason(entry))
        oracles = list(dict.fromkeys(c.oracle for c in entry.checks if c.passed and c.step == "corroborated"))
        errors = [c.observed for c in entry.checks if c.step == "conforms" and isinstance(c.observed, float)]
        parts = [f"equals {md(', '.join(oracles))}"] if oracles else []
        parts += [f"largest relative error {number_text(max(errors))}"] if errors else []
        parts += [f"gap {', '.join(g.id for g in entry.gaps)}"] if entry.gaps else []
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the checklist of outputs."""

    done: bool
    what: str
    detail: str


def checklist(record: BuildRecord, found: Summary) -> tuple[Item, ...]:
    """What a complete implementation of a paper holds, and whether this one does."""
    spec, files = record.spec, record.files
    settings = configuration(record)
    stated = sum(s.source in ("stated", "derived") for s in settings)
    missing = sum(s.source == "missing" for s in settings)
    tests = sum(1 for f in files if f.startswith("tests/test_"))
    own = [r for r in spec.evaluation.results if r.own]
    wanted = [e for e in found.equations if e.functions or e.gaps or e.kind in CODE_KINDS]
    equations = sum(1 for e in wanted if e.functions)
    algorithms = sum(1 for e in found.algorithms if e.functions)
    model = f"{record.package}/model.py" in files
    reported = reproductions(record)
    return (
        Item(bool(spec.contribution.what_is_new), "summary of the method", "in the paper's own words"),
        Item(model, "architecture", "`model.py`" if model else "no network was read from the text"),
        Item(
            bool(wanted) and equations == len(wanted),
            "equations as code",
            f"{equations} of {len(wanted)} that state something to compute",
        ),
        Item(
            algorithms == len(found.algorithms),
            "algorithms as code",
            f"{algorithms} of {len(found.algorithms)}" if found.algorithms else "the paper has none",
        ),
        Item(
            bool(settings) and not missing,
            "configuration with sources",
            f"{stated} stated, {len(settings) - stated - missing} assumed, {missing} missing"
            if settings
            else "none read",
        ),
        Item("train.py" in files, "training", "`train.py`" if "train.py" in files else "no script was emitted"),
        Item(bool(own), "evaluation protocol", f"{len(own)} own results read" if own else "no own result was read"),
        Item(tests > 0, "tests", f"{tests} files" if tests else "none emitted"),
        Item(found.verified and not found.failed, "verification", found.sentence),
        Item(not record.gaps, "no open gaps", f"{len(record.gaps)} open" if record.gaps else "none"),
        Item(
            bool(reported) and all(r.reproduced for r in reported),
            "reproduction of the reported numbers",
            f"{sum(r.reproduced for r in reported)} of {len(reported)}" if reported else "no own result was read",
        ),
    )


def _tree(record: BuildRecord) -> list[str]:
    """The files of the package that a reader opens first."""
    shown = [f for f in record.files if not f.startswith("tests/")]
    return sorted(f for f in shown if f.endswith(".py") and not f.endswith("__init__.py"))


def _example(record: BuildRecord) -> str:
    """An import that works, of the first compiled function."""
    if not record.functions:
        return ""
    first = record.functions[0]
    return f"from {record.module_of(first)} import {first.name}"
