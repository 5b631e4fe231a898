"""What a tree of Python files imports and calls, read with `ast`: nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: as the file has it, and the module that it comes from.

    `lazy` when it happens inside a function, so not when the module is loaded.
    """

    module: str
    line: int
    said: str
    target: str
    lazy: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A module: its dotted name from the root of the tree, where it is, and what it says."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


def sources(root: Path, *parts: str) -> list[Source]:
    """The modules under `root` in the files or folders `parts`; what is not there is left out."""
    files = [f for p in parts for f in ([root / p] if (root / p).is_file() else sorted((root / p).rglob("*.py")))]
    return [_read(root, file) for file in files]


def _read(root: Path, file: Path) -> Source:
    parts = file.relative_to(root).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Source(name, file, ast.parse(file.read_text(encoding="utf-8"), str(file)))


def imports(root: Path, source: Source) -> Iterator[Import]:
    """Every import, wherever it stands. `from a import b` is a.b where that is a module of the tree, else a."""
    for node, lazy in _statements(source.tree, lazy=False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(source.name, node.lineno, alias.name, alias.name, lazy)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(source, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(source.name, node.lineno, inner, inner if _is_module(root, inner) else base, lazy)


def _statements(node: ast.AST, *, lazy: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        yield child, lazy
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _for_types(child)
        yield from _statements(child, lazy=inside)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.package.split(".")
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _is_module(root: Path, name: str) -> bool:
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()
