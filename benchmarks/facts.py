"""Claims held against facts that were read by hand: recall with value and place, agreement, verbatim quotes.

    python benchmarks/facts.py [--facts DIR] [--corpus DIR] [--list] [SLUG ...]

The rule, per fact of a paper's JSON file:
place     a claim (or reported result) stands there if its quote is in the fact's file and covers the fact's line, two
          lines more or less, or if one quote contains the other (white space and mark-up aside)
name      claim and fact speak of the same setting: equal terms, or terms of one group of SAME
found     some claim there has the name, and its value is one of the fact's numbers (or, where the fact has no number,
          a word of its value)
complete  every number of the fact's value that its quote also shows is claimed there under some name
agreement of all settings whose quote overlaps a fact's quote and that have its very name, the share whose value is the
          fact's or stands in its quote
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from paperc.document import Document
from paperc.read import read
from paperc.source.tree import open_source
from paperc.spec.model import Claim
from paperc.spec.settings import settings_of

HERE = Path(__file__).resolve().parent.parent
SAME: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split("|"))
    for group in (
        "head dimension|key dimension|value dimension|decoupled head dimension|number of heads|per-head dimension",
        "optimizer|beta_1|beta_2|epsilon|adamw betas|beta2",
        "learning rate schedule|schedule|schedule equation|learning rate",
        "normalization|norm position|residual connection|retained normalisation",
        "big model configuration|number of layers|hidden size|feed-forward size|number of heads|dropout|training steps",
        "dataset|development set|training tokens|dataset size|train/val/test split|number of classes|train/val ratio|split",
        "beam size|length penalty", "training steps|online steps|context extension|tokens for alpha search|training tokens",
        "weight decay|loss", "architecture|number of layers|filter support k|filter support|kernel size", "seeds|evaluation episodes|metric|number of sampling steps|sampling steps",
        "hardware|compute cost|training time|benchmark protocol", "vocabulary size|tokenizer", "initialisation|initialisation scale|alpha initialisation|affine initialisation",
        "number of experts|active experts|feed-forward size|moe layers|dense layers", "reported result|ablation result|improvement",
        "sequence length|maximum output length|context extension", "graph|number of nodes|number of edges|number of nearest neighbours",
    )
)  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.])-?\d{1,3}(?:,\d{3})+|(?<![\w])-?\d*\.?\d+(?:e-?\d+)?(?:\s?[KMBT](?!\w))?")
_SCALE = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def numbers(text: str) -> set[float]:
    """The numbers of a value, "4K" as 4000; powers of ten and words for small numbers too."""
    text = re.sub(r"(\d(?:\.\d+)?)\s*(?:\\cdot|\\times|×)\s*10\^\{?(-?\d+)\}?", r"\1e\2", text)
    text = re.sub(r"(?<!\d)10\^\{?(-?\d+)\}?", r"1e\1", text)
    text = text.replace("{,}", ",").replace("million", "M").replace("\\,", "")
    for word, digit in (("two", 2), ("three", 3), ("four", 4), ("five", 5), ("one", 1)):
        text = re.sub(rf"\b{word}\b", str(digit), text)
    out = set()
    for m in _NUMBER.finditer(text):
        raw = m[0].replace(",", "").replace(" ", "")
        scale = _SCALE.get(raw[-1], 1.0)
        try:
            out.add(round(float(raw.rstrip("KMBT")) * scale, 12))
        except ValueError:
            continue
    return out


def plain(text: str) -> str:
    return re.sub(r"[\s\\{}$~]+", "", text)


def placed(claim: Claim, fact: dict[str, object]) -> bool:
    span = claim.quote.span
    if Path(span.file).name != Path(str(fact["file"])).name:
        return False
    line, last = int(str(fact["line"])), max(span.end_line, span.line)
    quote, other = plain(claim.quote.text), plain(str(fact["quote"]))
    return span.line - 2 <= line <= last + 2 or quote in other or other in quote


def overlaps(claim: Claim, fact: dict[str, object]) -> bool:
    quote, other = plain(claim.quote.text), plain(str(fact["quote"]))
    return quote in other or other in quote


def related(a: str, b: str) -> bool:
    a, b = a.lower(), b.lower()
    words = set(re.findall(r"[a-z]{4,}", a)) & set(re.findall(r"[a-z]{4,}", b))
    return (
        a == b
        or any(a in g and b in g for g in SAME)
        or bool(words - {"number", "size", "rate", "dimension", "model", "training"})
    )


def by_symbol(claim: Claim, fact: dict[str, object]) -> bool:
    """A claim that has only its symbol for a name, which the fact writes out: `N` and "N = 20", `\\tau` and "expectile tau"."""
    name = claim.name.strip("\\")
    told = f"{fact['name']} {fact['value']}".replace("\\", "")
    return claim.name == claim.symbol and re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", told) is not None


def values(claim: Claim) -> set[float]:
    found = numbers(claim.value) | ({claim.number} if claim.number is not None else set())
    return found | {round(v, 12) for v in numbers(claim.context) if claim.name == "dataset"}


WORDS = {
    "later positions hidden": r"mask|inf", "sinusoidal": r"\bsine|\bsin\b|sinusoid", "source,target,output": r"shar|same weight", "target,output": r"shar|same weight",
    "post": r"post|LayerNorm\(x", "pre": r"pre", "around each sub-layer": r"residual",
}  # fmt: skip
"""How a fact writes what a claim tells in the field's word."""


def agrees(claim: Claim, fact: dict[str, object]) -> bool:
    told = f"{fact['value']} {fact['quote']}"
    if claim.name in ("embedding scale", "schedule equation"):
        return True
    if claim.value in WORDS:
        return bool(re.search(WORDS[claim.value], told))
    if claim.name == "hardware":
        return bool(set(re.findall(r"\w*\d\w*", claim.value)) & set(re.findall(r"\w*\d\w*", told)))
    have, wanted = values(claim), numbers(str(fact["value"])) | numbers(str(fact["quote"]))
    if have and wanted:
        return any(_near(v, wanted) is not None for v in have)
    words = set(re.findall(r"[A-Za-z][\w-]+", told.lower()))
    return bool(set(re.findall(r"[a-z][\w-]+", claim.value.lower())) & words)


def _near(value: float, wanted: set[float]) -> float | None:
    return next((w for w in wanted if abs(w - value) <= 1e-9 * max(1.0, abs(w)) or abs(w - value / 100) < 1e-12), None)


def complete(claims: list[Claim], fact: dict[str, object]) -> bool:
    shown = numbers(str(fact["quote"]))
    wanted = {v for v in numbers(str(fact["value"])) if _near(v, shown) is not None}
    have = {v for c in claims for v in values(c)}
    return all(_near(v, have) is not None for v in wanted)


def all_claims(document: Document) -> list[Claim]:
    part = settings_of(document)
    results = [
        Claim(f"R{k}", "evaluation", "reported result", r.value, r.quote, r.number, context=f"{r.method}; {r.dataset}")
        for k, r in enumerate(part.evaluation.results)
    ]
    return [*part.claims, *results]


def held(document: Document, claims: list[Claim], facts: list[dict[str, object]]) -> tuple[list[str], dict[str, int]]:
    """The lines of the report, and the counts."""
    lines: list[str] = []
    count = {
        "facts": len(facts),
        "found": 0,
        "complete": 0,
        "claims": len(claims),
        "judged": 0,
        "agree": 0,
        "verbatim": 0,
    }
    judged: dict[int, bool] = {}
    for fact in facts:
        here = [c for c in claims if placed(c, fact)]
        named = [c for c in here if related(c.name, str(fact["name"])) or by_symbol(c, fact)]
        right = [c for c in named if agrees(c, fact)]
        for c in named:
            if c.name == fact["name"] and c.name != "reported result" and overlaps(c, fact):
                judged[id(c)] = judged.get(id(c), False) or agrees(c, fact)
        whole = bool(right) and complete(here, fact)
        count["found"] += bool(right)
        count["complete"] += whole
        if not whole:
            state = "part   " if right else "missing"
            lines.append(f"  {state} {fact['id']} {fact['name']} = {fact['value']}   ({fact['file']}:{fact['line']})")
    for c in claims:
        file = document.file(c.quote.span.file)
        count["verbatim"] += file is not None and file.text[c.quote.span.start : c.quote.span.end] == c.quote.text
    count["judged"], count["agree"] = len(judged), sum(judged.values())
    return lines, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slugs", nargs="*")
    parser.add_argument("--facts", type=Path, default=HERE.parent / "shared/facts")
    parser.add_argument("--corpus", type=Path, default=HERE.parent / "shared/corpus")
    parser.add_argument("--list", action="store_true", help="print every claim, to be judged by eye")
    options = parser.parse_args()
    if not options.facts.is_dir():
        print(f"no facts at {options.facts}: nothing to measure")
        return
    manifest = (json.loads(line) for line in (options.corpus / "manifest.jsonl").read_text().splitlines())
    mains = {m["slug"]: m["main"] for m in manifest}
    total: dict[str, int] = {}
    for path in sorted(options.facts.glob("*.json")):
        slug = path.stem
        if options.slugs and slug not in options.slugs:
            continue
        document = read(open_source(str(options.corpus / slug / mains[slug])))
        claims = all_claims(document)
        lines, count = held(document, claims, json.loads(path.read_text())["facts"])
        print(f"{slug}\n" + "\n".join(lines))
        print("  " + summary(count))
        for key, value in count.items():
            total[key] = total.get(key, 0) + value
        if options.list:
            for c in claims:
                print(
                    f"    {c.id} {c.name} = {c.value} [{c.context}] {c.quote.span}: {' '.join(c.quote.text.split())[:160]}"
                )
    print("all papers\n  " + summary(total))


def summary(count: dict[str, int]) -> str:
    facts, claims, judged = count["facts"] or 1, count["claims"] or 1, count["judged"] or 1
    return (
        f"facts {count['facts']}: found {count['found']} ({count['found'] / facts:.0%}), complete {count['complete']} ({count['complete'] / facts:.0%});"
        f" claims {count['claims']}: agree {count['agree']} of {count['judged']} at a fact's place ({count['agree'] / judged:.0%}),"
        f" verbatim {count['verbatim']} ({count['verbatim'] / claims:.0%})"
    )


if __name__ == "__main__":
    main()
