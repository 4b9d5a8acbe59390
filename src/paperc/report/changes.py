"""What a rebuild changed: two records of evidence, compared for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def changes(previous: Json, new: Json) -> list[str]:
    """One line a change, in the order of the documents. `previous` may come from an older paperc: missing keys are empty."""
    out = []
    if _get(previous, "paper").get("sha256") != _get(new, "paper").get("sha256"):
        out.append("the paper's source")
    out += _values("choice", _by(previous, "choices", "key"), _by(new, "choices", "key"), "value")
    before, after = (_by(e, "configuration", "area", "name") for e in (previous, new))
    out += _values("configuration", before, after, "value")
    for group in ("equations", "algorithms"):
        out += _entries(_by(previous, group, "id"), _by(new, group, "id"))
    out += _gaps(_by(previous, "gaps", "what"), _by(new, "gaps", "what"))
    return out


def _get(record: Json, key: str) -> Json:
    value = record.get(key)
    return value if isinstance(value, Mapping) else {}


def _by(record: Json, group: str, *names: str) -> dict[str, Json]:
    found = record.get(group)
    items = [i for i in found if isinstance(i, Mapping)] if isinstance(found, list) else []
    return {": ".join(str(i.get(n)) for n in names): i for i in items}


def _values(what: str, before: Mapping[str, Json], after: Mapping[str, Json], name: str) -> list[str]:
    out = []
    for key in [*before, *(k for k in after if k not in before)]:
        old, new = before.get(key, {}).get(name), after.get(key, {}).get(name)
        if key not in after:
            out.append(f"{what} {key}: no longer asked for (was {old})")
        elif key not in before:
            out.append(f"{what} {key}: {new} (new)")
        elif old != new:
            out.append(f"{what} {key}: {old} → {new}")
    return out


def _entries(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[str]:
    out = []
    for key, new in after.items():
        old = before.get(key)
        name = f"{key} ({new['number']})" if new.get("number") else key
        if old is None:
            out.append(f"{name}: new, {new.get('status')}")
            continue
        if old.get("status") != new.get("status"):
            out.append(f"{name}: {old.get('status')} → {new.get('status')}")
        names = [[f.get("name") for f in e.get("functions") or []] for e in (old, new)]
        if names[0] != names[1]:
            out.append(f"{name}: functions {', '.join(names[0]) or 'none'} → {', '.join(names[1]) or 'none'}")
    return out + [f"{key}: no longer in the paper" for key in before if key not in after]


def _gaps(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[str]:
    return [f"gap resolved: {k}" for k in before if k not in after] + [
        f"gap new: {k}" for k in after if k not in before
    ]
