"""What is put off while compiling, what is not, and that the code then does the same."""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.package import lazy as package_lazy

FUTURE = "from __future__ import annotations\n"


def put_off(source: str, package: str = "", *modules: str) -> str:
    tree = ast.parse(FUTURE + textwrap.dedent(source))
    package_lazy.put_off(tree, set(modules), package)
    return ast.unparse(tree)


def early(source: str) -> bool:
    """Whether `name` is still imported while the module is loaded."""
    tree = ast.parse(put_off("from chalicelib.x import name\n" + textwrap.dedent(source)))
    return any(isinstance(node, ast.ImportFrom) and node.module == "chalicelib.x" for node in tree.body)


@pytest.mark.parametrize(
    "use",
    [
        "def f(): return name",
        "def f(a: name) -> name: return name()",
        "class C:\n    def m(self): return name",
        "def f():\n    def g(): return name\n    return g",
        "def f(): return [name for _ in range(3)]",
        "async def f(): return name",
        "def f():\n    try: pass\n    except name: pass",
    ],
)
def test_what_only_functions_use_is_put_off(use: str) -> None:
    assert not early(use)


@pytest.mark.parametrize(
    "use",
    [
        "X = name",
        "X = [name]",
        "X = lambda: name",
        "@name\ndef f(): pass",
        "@name.page('/x')\ndef f(): pass",
        "def f(a=name): pass",
        "def f(*, a=name): pass",
        "class C(name): pass",
        "class C:\n    a: name",
        "class C:\n    a: int = name.x",
        "class C:\n    @name\n    def m(self): pass",
        "__all__ = ['name']",
        "if name: pass",
        # the function has one of its own
        "def f():\n    print(name)\n    name = 1",
        "def f(name): return name",
        "def f():\n    for name in (): return name",
        "def f():\n    try: pass\n    except Exception as name: return name",
        "def f(x):\n    match x:\n        case [name]: return name",
        "def f(x):\n    match x:\n        case {'a': 1, **name}: return name",
        "def f():\n    global name\n    return name",
        "def f():\n    import name\n    return name",
        "def f():\n    with open('') as name: return name",
        "def f():\n    return [name for name in ()]",
        "def f():\n    def name(): pass\n    return name",
    ],
)
def test_what_is_used_while_loading_or_bound_within_is_not(use: str) -> None:
    assert early(use)


def test_other_libraries_are_left_alone() -> None:
    source = FUTURE + "import json\nfrom botocore.x import name\n\ndef f():\n    return (json, name)"
    assert put_off("import json\nfrom botocore.x import name\n\ndef f():\n    return (json, name)") == source


def test_who_returns_before_does_without() -> None:
    found = put_off(
        """
        from chalicelib.x import name
        def f(asked):
            '''Says why.'''
            if not asked:
                return None
            return name(asked)
        """
    )
    body = ast.parse(found).body[-1]
    assert isinstance(body, ast.FunctionDef)
    assert [type(node).__name__ for node in body.body] == ["Expr", "If", "ImportFrom", "Return"]


def test_a_module_whose_annotations_are_looked_at_is_left_alone() -> None:
    tree = ast.parse("from chalicelib.x import name\ndef f(a: name): return name")
    before = ast.unparse(tree)
    assert package_lazy.put_off(tree, set()) == set()
    assert ast.unparse(tree) == before


def test_every_line_keeps_its_number() -> None:
    source = FUTURE + "from chalicelib.x import name\n\n\ndef f():\n    a = 1\n    return name / a\n"
    tree = ast.parse(source)
    package_lazy.put_off(tree, set())
    returned = next(node for node in ast.walk(tree) if isinstance(node, ast.Return))
    assert returned.lineno == 7


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Path]:
    """A made-up chalicelib, which this process can import once it is compiled."""
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "chalicelib"}
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.split(".")[0] == "chalicelib"]:
        del sys.modules[name]
    sys.modules.update(before)


def write(root: Path, **modules: str) -> None:
    (root / "chalicelib").mkdir()
    (root / "chalicelib" / "__init__.py").write_text("")
    for name, text in modules.items():
        path = root.joinpath("chalicelib", *name.split("__")).with_suffix(".py")
        if name.endswith("__init"):
            path = path.with_name("__init__.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FUTURE + text)


def test_a_package_that_passes_on_finds_each_name_when_it_is_asked_for(house: Path) -> None:
    write(
        house,
        people__service__init=(
            "from chalicelib.people.model import faults\n"
            "from chalicelib.people.service.names import first as first_name\n"
            "from chalicelib.people.service.cards import card\n"
            "__all__ = ['card', 'faults', 'first_name']\n"
        ),
        people__service__names="def first(): return '秀英'\n",
        people__service__cards="def card(): return 'card'\n",
        people__model__init="",
        people__model__faults="WRONG = 1\n",
        shop__service=(
            "from chalicelib.people.service import card, first_name\ndef greet(): return first_name(), card()\n"
        ),
    )
    late = package_lazy.compile_ours(house, "/var/task")
    assert late == {
        ("chalicelib.people.model.faults", ""),
        ("chalicelib.people.service", "card"),
        ("chalicelib.people.service", "first_name"),
        ("chalicelib.people.service.cards", "card"),
        ("chalicelib.people.service.names", "first"),
    }
    from chalicelib.shop import service as shop

    assert "chalicelib.people.service" not in sys.modules
    assert shop.greet() == ("秀英", "card")
    assert "chalicelib.people.model.faults" not in sys.modules
    from chalicelib.people import service

    assert service.faults.WRONG == 1
    assert "chalicelib.people.service.names" in sys.modules
    with pytest.raises(AttributeError, match=r"chalicelib\.people\.service.*nobody"):
        service.nobody  # noqa: B018


def test_a_package_whose_names_are_also_modules_is_loaded_at_once(house: Path) -> None:
    """Importing the module would put it in place of the function that is passed on."""
    write(
        house,
        people__service__init="from chalicelib.people.service.names import card\n__all__ = ['card']\n",
        people__service__names="def card(): return 'the function'\n",
        people__service__card="",
    )
    assert package_lazy.compile_ours(house, "/var/task") == set()
    from chalicelib.people.service import card

    assert card() == "the function"
