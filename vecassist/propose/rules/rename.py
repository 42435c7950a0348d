"""VA004: a variable for each value of a scalar that an iteration defines more than once.

for (i) { t = a[i]; b[i] = t; t = c[i]; d[i] = t; }
-->
for (i) { float t1 = a[i]; b[i] = t1; float t2 = c[i]; d[i] = t2; }
"""

from __future__ import annotations

from collections.abc import Iterator

from pycparser import c_ast

from vecassist.propose.dependence import private
from vecassist.propose.loops import assigned, remake
from vecassist.propose.nest import Place
from vecassist.propose.nodes import Node, assign, declare, fresh, ident, names, substitute
from vecassist.propose.rules.base import Rule


def rename(place: Place) -> Iterator[list[Node]]:
    made = place.loop.body
    atoms = place.atoms()
    for name in sorted(assigned(place.loop.node.stmt)):
        definitions = [n for n in made if _defines(n, name)]
        elsewhere = any(name in assigned(n) for n in made if n not in definitions)
        if len(definitions) < 2 or elsewhere or not private(name, atoms):
            continue
        made = _split(place, made, name, len(definitions))
    if made is not place.loop.body and made != place.loop.body:
        yield [remake(place.loop, made)]


def _defines(node: Node, name: str) -> bool:
    if not isinstance(node, c_ast.Assignment) or node.op != "=":
        return False
    return isinstance(node.lvalue, c_ast.ID) and node.lvalue.name == name


def _split(place: Place, body: list[Node], name: str, many: int) -> list[Node]:
    base = place.element(name)
    if base is None:
        return body
    made: list[Node] = []
    taken = place.taken()
    current = name
    count = 0
    for node in body:
        if _defines(node, name) and isinstance(node, c_ast.Assignment):
            count += 1
            right = substitute(node.rvalue, {name: ident(current)}) if current != name else node.rvalue
            last = count == many and place.escapes(name)
            current = name if last else fresh(f"{name}{count}", taken)
            taken.add(current)
            made.append(assign(ident(name), right) if last else declare(base, current, right))
        elif name in names(node) and current != name:
            made.append(substitute(node, {name: ident(current)}))
        else:
            made.append(node)
    return made


RENAME = Rule("VA004", "a variable for each value", rename)
