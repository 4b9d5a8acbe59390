"""The bibliography: `thebibliography` (typed or from a .bbl file) and .bib files."""

from __future__ import annotations

import re
from collections.abc import Container

from ...document import Reference
from ...provenance import Span
from .lexer import Places, Token, detokenize, lex
from .printed import printed
from .stream import Stream, span_of

_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)[a-z]?\b")
_URL = re.compile(r"https?://[^\s{}$,\"“”<>\]]+[^\s{}$,\"“”<>\].;:)]")


def entries(body: list[Token], places: Places) -> list[Reference]:
    """The `\\bibitem`s of a `thebibliography` body."""
    out: list[Reference] = []
    stream = Stream(body)
    current: tuple[Token, str] | None = None
    tokens: list[Token] = []

    def finish() -> None:
        if current is not None:
            out.append(_entry(current[1], tokens, current[0], places))

    while (token := stream.next()) is not None:
        if token.kind == "command" and token.text == "bibitem":
            finish()
            tokens = []
            stream.optional()
            current = (token, detokenize(stream.group()).strip())
        elif current is not None:
            tokens.append(token)
    finish()
    return out


def _entry(key: str, tokens: list[Token], first: Token, places: Places) -> Reference:
    blocks: list[list[Token]] = [[]]
    urls: list[str] = []
    for token in tokens:
        if token.kind == "command" and token.text == "newblock":
            blocks.append([])
        else:
            blocks[-1].append(token)
        if token.kind == "verbatim":
            urls.append(token.text.partition("\n")[2])
    text = printed([t for b in blocks for t in [*b, Token("space", " ", first.file, first.start, first.end)]]).strip()
    urls += [u for u in _URL.findall(text) if u not in urls]
    parts = [printed(b).strip() for b in blocks]
    title, authors = "", ""
    if len(parts) > 2:
        authors, title = parts[0], parts[1].rstrip(".")
    else:
        sentences = [s for s in re.split(r"(?<=[a-z\d)”’?!])\.\s+(?=[A-Z“])|(?<=[?!])\s+(?=[A-Z])", text) if s]
        if len(sentences) > 2 or len(sentences) == 2:
            authors, title = sentences[0], sentences[1].strip("“”, ")
    title = re.sub(r"[.,]?\s*\(?(?:1[89]|20)\d\d[a-z]?\)?\.?$", "", title).rstrip(" .,")
    years = _YEAR.findall(text)
    return Reference(
        key,
        text,
        title,
        _names(authors),
        years[-1] if years else "",
        tuple(dict.fromkeys(urls)),
        span_of(places, tokens, first),
    )


def _names(text: str) -> tuple[str, ...]:
    text = re.sub(r"\(\d{4}[a-z]?\)\.?", "", text).strip(" .,")
    parts = re.split(r",?\s+and\s+|,\s+&\s+|\s+&\s+", text)
    names: list[str] = []
    for part in parts:
        pieces = [p.strip() for p in part.split(",") if p.strip()]
        k = 0
        while k < len(pieces):
            # "Doe, J." is one name; "J. Doe, A. Roe" are two.
            if k + 1 < len(pieces) and re.fullmatch(r"(?:[A-Z]\.[\s~-]*)+", pieces[k + 1]):
                names.append(f"{pieces[k]}, {pieces[k + 1]}")
                k += 2
            else:
                names.append(pieces[k])
                k += 1
    return tuple(n for n in names if n and len(n) < 80)


_ENTRY = re.compile(r"\\entry\{([^{}]+)\}(.*?)\\endentry", re.S)
_FIELD = re.compile(r"\\field\{(title|year|date|journaltitle|booktitle|eprint|labelyear)\}\{")
_NAME = re.compile(r"family=\{?([^{},]*(?:\{[^{}]*\}[^{},]*)*)\}?,.*?given=\{?([^{},\n]*)", re.S)
_VERB = re.compile(r"\\verb\{(?:url|urlraw|doi|eprint)\}\s*\\verb\s+(\S+)")


def biblatex_entries(places: Places, text: str, file: int) -> list[Reference]:
    """The entries of a .bbl file that biblatex wrote."""
    out: dict[str, Reference] = {}
    for m in _ENTRY.finditer(text):
        body = m.group(2)
        fields = {f.group(1): _value(body, f.end() - 1, {})[0] for f in _FIELD.finditer(body)}
        people = re.search(r"\\name\{author\}.*?(?=\\(?:strng|field|list|name|verb)\b|\Z)", body, re.S)
        found = _NAME.findall(people.group()) if people else []
        authors = tuple(_plain(f"{given} {family}") for family, given in found)
        title, year = _plain(fields.get("title", "")), fields.get("year") or fields.get("labelyear") or fields.get("date", "")[:4]  # fmt: skip
        where = _plain(fields.get("journaltitle") or fields.get("booktitle") or "")
        urls = tuple(dict.fromkeys(u for u in _VERB.findall(body) if u.startswith("http")))
        line = ". ".join(p for p in (", ".join(authors), title, where, year) if p)
        out.setdefault(m.group(1), Reference(m.group(1), line, title, authors, year, urls, places.span(file, m.start(), m.end())))  # fmt: skip
    return list(out.values())


_BIB_STRING = re.compile(r"@string\s*\{\s*(\w+)\s*=\s*[\"{]([^\"{}]*)[\"}]\s*\}", re.IGNORECASE)
_BIB_ENTRY = re.compile(r"@(\w+)\s*[{(]\s*([^\s,{}()\"=]+)\s*,")


def bib_entries(places: Places, text: str, file: int, wanted: Container[str]) -> dict[str, Reference]:
    """The entries of a .bib file that are wanted, by key."""
    strings = {m.group(1).lower(): m.group(2) for m in _BIB_STRING.finditer(text)}
    out: dict[str, Reference] = {}
    at = 0
    while (m := _BIB_ENTRY.search(text, at)) is not None:
        at = m.end()
        key = m.group(2)
        if m.group(1).lower() in ("comment", "string", "preamble") or key in out or key not in wanted:
            continue
        fields, at = _fields(text, m.end(), strings)
        out[key] = _bib_entry(key, fields, places.span(file, m.start(), at))
    return out


def _bib_entry(key: str, fields: dict[str, str], span: Span) -> Reference:
    shown = {k: _plain(v) for k, v in fields.items()}
    authors = tuple(_given_first(a.strip()) for a in re.split(r"\s+and\s+", shown.get("author", "")) if a.strip())
    held = ("journal", "booktitle", "publisher", "howpublished", "school", "institution")
    where = next((shown[k] for k in held if shown.get(k)), "")
    year = shown.get("year", "") or (_YEAR.findall(shown.get("date", "")) or [""])[0]
    urls = [fields[k].strip() for k in ("url", "howpublished", "note", "doi") if "http" in fields.get(k, "")]
    found = [u for raw in urls for u in _URL.findall(raw.replace("\\_", "_").replace("\\%", "%"))]
    eprint = shown.get("eprint", "")
    if re.fullmatch(r"\d{4}\.\d{4,5}(v\d+)?", eprint):
        found.append(f"https://arxiv.org/abs/{eprint}")
    text = ". ".join(p.rstrip(".") for p in (", ".join(authors), shown.get("title", ""), where, year) if p)
    return Reference(key, f"{text}." if text else "", shown.get("title", ""), authors, year, tuple(dict.fromkeys(found)), span)  # fmt: skip


def _given_first(name: str) -> str:
    """BibTeX's "Doe, Jane" and "Doe, Jr., John" as they are read."""
    parts = [p.strip() for p in name.split(",")]
    if len(parts) == 2:
        return f"{parts[1]} {parts[0]}".strip()
    return f"{parts[2]} {parts[0]}, {parts[1]}" if len(parts) == 3 else name


def _plain(value: str) -> str:
    return printed(lex(value, 0)).strip()


def _fields(text: str, at: int, strings: dict[str, str]) -> tuple[dict[str, str], int]:
    out: dict[str, str] = {}
    name = re.compile(r"\s*,?\s*([A-Za-z][\w-]*)\s*=\s*")
    while (m := name.match(text, at)) is not None:
        value, at = _value(text, m.end(), strings)
        out[m.group(1).lower()] = value
        more = re.compile(r"\s*#\s*").match(text, at)
        while more is not None:
            value, at = _value(text, more.end(), strings)
            out[m.group(1).lower()] += value
            more = re.compile(r"\s*#\s*").match(text, at)
    close = re.compile(r"\s*,?\s*[})]").match(text, at)
    return out, close.end() if close else at


def _value(text: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    if at < len(text) and text[at] == "{":
        depth, k = 0, at
        while k < len(text):
            c = text[k]
            if c == "\\":
                k += 1
            elif c == "{":
                depth += 1
            elif c == "}":
                depth -= 1
                if depth == 0:
                    return text[at + 1 : k], k + 1
            k += 1
        return text[at + 1 :], len(text)
    if at < len(text) and text[at] == '"':
        depth, k = 0, at + 1
        while k < len(text):
            if text[k] == "\\":
                k += 1
            elif text[k] == "{":
                depth += 1
            elif text[k] == "}":
                depth -= 1
            elif text[k] == '"' and depth <= 0:
                return text[at + 1 : k], k + 1
            k += 1
        return text[at + 1 :], len(text)
    bare = re.compile(r"[^\s,{}\"#]*").match(text, at)
    word = bare.group() if bare else ""
    return strings.get(word.lower(), word), bare.end() if bare else at
