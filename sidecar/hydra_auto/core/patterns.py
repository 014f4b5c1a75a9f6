"""Patterns for model ids, vendors and files: ``*`` and ``?`` as in file names, case counts not.

Everything here takes time linear in pattern times text: patterns may come with somebody else's repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

VENDOR_PREFIX = "vendor:"
"""``vendor:ollama`` in an allow or deny list means all models that VS Code has from that vendor."""


def glob_matches(pattern: str, text: str) -> bool:
    """Whether ``text`` is as ``pattern`` says; ``*`` stands for any characters, ``?`` for one."""
    # fnmatch would read [..] as a set of characters; its translation of * does not backtrack.
    return fnmatchcase(text.lower(), pattern.strip().lower().replace("[", "[[]"))


def names_model(pattern: str, names: Iterable[str], vendor: str | None) -> bool:
    """Whether an entry of an allow or deny list means a model.

    Args:
        pattern: A pattern of ids, or ``vendor:`` and a pattern of vendors.
        names: The model's id, and what else it goes by.
        vendor: The vendor through which it would be used; None if that is open.
    """
    pattern = pattern.strip()  # a blank too many must not lift a ban
    if pattern.lower().startswith(VENDOR_PREFIX):
        return vendor is not None and glob_matches(pattern[len(VENDOR_PREFIX) :], vendor)
    return any(glob_matches(pattern, name) for name in names)


def admitted(model: str, vendors: Iterable[str], allow: Sequence[str], deny: Sequence[str]) -> bool:
    """Whether the lists let a model of one of the vendors through; an empty ``allow`` means all."""

    def listed(patterns: Sequence[str], vendor: str | None) -> bool:
        return any(names_model(pattern, (model,), vendor) for pattern in patterns)

    ways: list[str | None] = [*vendors]
    return any((not allow or listed(allow, way)) and not listed(deny, way) for way in ways or [None])


def pattern_covers(pattern: str, other: str) -> bool:
    """Whether ``pattern`` surely admits all that the pattern ``other`` admits.

    In doubt (two patterns with wildcards inside) the answer is no.
    """
    pattern, other = pattern.lower(), other.lower()
    if pattern in ("*", other):
        return True
    if pattern.startswith(VENDOR_PREFIX) != other.startswith(VENDOR_PREFIX):
        return False
    if not set(other) & set("*?"):
        return glob_matches(pattern, other)
    prefix = pattern[:-1]
    return pattern.endswith("*") and not set(prefix) & set("*?") and other.startswith(prefix)


def relative_paths(paths: Iterable[str], folders: Sequence[str] = ()) -> tuple[str, ...]:
    r"""Paths within the workspace as rules know them: with ``/``, without ``.`` and ``..``, each once.

    A path outside of the workspace is none of its rules' business, and left out.

    Args:
        paths: Absolute, or relative to one of the folders; ``\`` separates as ``/`` does.
        folders: Absolute paths of the workspace's folders.
    """
    roots = [[part.lower() for part in root] for folder in folders if (root := _parts(folder)) is not None]
    found: dict[str, None] = {}
    for path in paths:
        parts = _parts(path)
        if parts is None:
            continue
        if _is_absolute(path):
            lower = [part.lower() for part in parts]
            inside = [len(root) for root in roots if lower[: len(root)] == root]
            if not inside:
                continue
            parts = parts[max(inside) :]
        if parts:
            found["/".join(parts)] = None
    return tuple(found)


def _is_absolute(path: str) -> bool:
    return path.startswith(("/", "\\")) or path[1:2] == ":"


def _parts(path: str) -> list[str] | None:
    """The names along a path; None if it leads out of where it starts."""
    parts: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return parts


def path_matches(pattern: str, path: str) -> bool:
    """Whether a workspace-relative path (with ``/``) is as ``pattern`` says.

    ``*`` and ``?`` stay within a folder, ``**`` stands for any folders, a pattern without ``/`` holds in
    every folder, and one that ends in ``/`` for all below. Case counts not.
    """
    wanted = pattern.lower().removeprefix("./")
    if "/" not in wanted:
        wanted = f"**/{wanted}"
    if wanted.endswith("/"):
        wanted += "**"
    return _segments_match(wanted.split("/"), path.lower().removeprefix("./").split("/"))


def _segments_match(pattern: Sequence[str], path: Sequence[str]) -> bool:
    # reached[i]: the first i segments of the path are matched by the pattern so far.
    reached = [True, *(False for _ in path)]
    for part in pattern:
        if part == "**":
            first = reached.index(True) if True in reached else len(reached)
            reached = [i >= first for i in range(len(reached))]
        else:
            reached = [False, *(reached[i] and glob_matches(part, segment) for i, segment in enumerate(path))]
    return reached[-1]
