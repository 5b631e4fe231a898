"""Compiles our modules so that what only functions use is imported when one of them first runs.

A page uses a tenth of the modules that its own module names. Python 3.15 lets a source say `lazy from x import y`
(PEP 810); until then it is done here, while compiling. In the code that is compiled, not in the source beside it,

    from chalicelib.ledger.store import balances        moves into each function that uses `balances`, before the
                                                        first of its statements that does;
    a package that holds nothing but such imports       finds each name when it is first asked for (PEP 562).

Nothing moves that is used while its module is loaded: in a decorator, a default, a base class, a class's annotations
(dataclasses and msgspec look them up), `__all__`; nor a name that a function binds itself. mypy holds that no module
takes from another what that one has only imported. Every line keeps its number.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

OURS: Final = "chalicelib"
# Called for every entry and every item: they import at once, and run without a thought
AT_ONCE: Final = ("ledger", "table")

Function = ast.FunctionDef | ast.AsyncFunctionDef

_FINDS = """
def __getattr__(name):
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module
    module, attribute = _WHERE[name]
    found = import_module(module)
    if attribute:
        found = getattr(found, attribute)
    globals()[name] = found
    return found
"""

Late = set[tuple[str, str]]
"""What was put off: (module, name in it; "" for the module itself)."""


def compile_ours(contents: Path, installed: str) -> Late:
    """Write the .pyc of every module of ours; ``installed`` is the folder in which Lambda finds them. Returns what
    is imported late, which has to be there all the same."""
    late: Late = set()
    modules = {path.relative_to(contents).with_suffix("") for path in (contents / OURS).rglob("*.py")}
    names = {".".join(path.parts).removesuffix(".__init__") for path in modules}
    for path in sorted((contents / OURS).rglob("*.py")):
        source, parts = path.read_bytes(), path.relative_to(contents).parts
        tree = ast.parse(source)
        if len(parts) > 2 and parts[1] not in AT_ONCE:
            package = ".".join(parts[:-1]) if path.name == "__init__.py" else ""
            late |= put_off(tree, names, package)
        code = compile(tree, f"{installed}/{'/'.join(parts)}", "exec", dont_inherit=True)
        compiled = Path(importlib.util.cache_from_source(str(path)))
        compiled.parent.mkdir(exist_ok=True)
        # 1: found by the source's hash, and never compared with it
        head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(source)
        compiled.write_bytes(head + marshal.dumps(code))
    return late


def put_off(tree: ast.Module, modules: set[str], package: str = "") -> Late:
    """Change the module so that its own folders' imports come as late as they can. ``modules`` are all there are,
    ``package`` is the name of the one that this is the __init__ of."""
    if not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body):
        return set()  # its annotations are looked at while it is loaded
    if package:
        where = _only_passes_on(tree, modules)
        # Where a name is a module's too, importing that one would hide what is passed on
        if any(f"{package}.{name}" in modules and home != (f"{package}.{name}", "") for name, home in where.items()):
            return set()
        if where:
            kept = [node for node in tree.body if not _is_ours(node)]
            tree.body = [*kept, *ast.parse(f"_WHERE = {where!r}\n{_FINDS}").body]
            return set(where.values())
    at_once = _used_while_loading(tree)
    functions = [_Function(node) for node in _functions(tree)]
    for function in functions:
        at_once |= function.uses & function.binds
    put: Late = set()
    body: list[ast.stmt] = []
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom) or not _is_ours(node):
            body.append(node)
            continue
        late = [alias for alias in node.names if _bound(alias) not in at_once]
        put |= {_home(node, alias, modules) for alias in late}
        for alias, function in ((alias, function) for alias in late for function in functions):
            if _bound(alias) in function.uses:
                function.imports(node.module or "", alias)
        node.names = [alias for alias in node.names if alias not in late]
        if node.names:
            body.append(node)
    tree.body = body
    ast.fix_missing_locations(tree)
    return put


class _Function:
    """A function that is not inside another, and the names that it and what is inside it use and bind."""

    def __init__(self, node: Function) -> None:
        self.node = node
        self.binds = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        self._used_by = [(statement, self._look(statement)) for statement in node.body]
        self.uses = set().union(*(names for _, names in self._used_by))

    def _look(self, node: ast.AST) -> set[str]:
        """The names that are used; those that are bound are noted."""
        used: set[str] = set()
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                self.binds.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self.binds.update(names)
            case ast.alias():
                self.binds.add(_bound(node))
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                self.binds.add(name)
            case ast.MatchMapping(rest=str(name)):
                self.binds.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.binds.add(name)
        for field, value in ast.iter_fields(node):
            # Inside functions annotations are never looked at; a class inside one looks at its own
            if field in ("annotation", "returns") and not isinstance(node, ast.AnnAssign):
                continue
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, ast.AST):
                    used |= self._look(inner)
        return used

    def imports(self, module: str, alias: ast.alias) -> None:
        """Import the name before the first statement that uses it, so that who returns before does without."""
        first = next(statement for statement, names in self._used_by if _bound(alias) in names)
        late = ast.copy_location(ast.ImportFrom(module, [alias], 0), first)
        self.node.body.insert(self.node.body.index(first), late)


def _functions(tree: ast.AST) -> Iterator[Function]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif not isinstance(node, ast.Lambda):
            yield from _functions(node)


def _used_while_loading(tree: ast.Module) -> set[str]:
    """Names that the module needs before any of its functions runs, and those that it passes on."""
    found: set[str] = set()

    def look(node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            found.add(node.id)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
                look(part)
            return
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            found.update(ast.literal_eval(node.value))
        for inner in ast.iter_child_nodes(node):
            look(inner)

    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            look(node)
    return found


def _only_passes_on(tree: ast.Module, modules: set[str]) -> dict[str, tuple[str, str]]:
    """Name → (module, its name there) of a package that only gathers what its modules offer, else nothing."""
    where: dict[str, tuple[str, str]] = {}
    for node in tree.body:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.ImportFrom(module="__future__"):
                continue
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                continue
            case ast.ImportFrom() if _is_ours(node):
                where |= {_bound(alias): _home(node, alias, modules) for alias in node.names}
            case _:
                return {}
    return where


def _home(node: ast.ImportFrom, alias: ast.alias, modules: set[str]) -> tuple[str, str]:
    inner = f"{node.module}.{alias.name}"
    return (inner, "") if inner in modules else (node.module or "", alias.name)


def _is_ours(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == OURS


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]
