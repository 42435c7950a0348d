"""isl with named dimensions only.

Everything symbolic lives in parameter space: a `Cond` is an isl.Set without set dimensions, an `Affine` an isl.PwAff
without input dimensions; loop counters, function arguments and addresses are parameters, told apart by name. Only
where a relation is needed (`relation`) do chosen parameters become dimensions, in the order given. Names make the
order of isl's own dimensions irrelevant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import islpy as isl

if TYPE_CHECKING:
    from collections.abc import Generator

Affine = isl.PwAff
Cond = isl.Set
PARAM = isl.dim_type.param
OUT = isl.dim_type.set
IN = isl.dim_type.in_


def spelled(text: str) -> str:
    """A parameter name for any text, different for different texts."""
    return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in text)


@lru_cache(maxsize=4096)
def symbol(name: str) -> Affine:
    """The parameter `name` as an affine value."""
    return isl.PwAff(f"[{name}] -> {{ [({name})] }}")


@lru_cache(maxsize=4096)
def constant(value: int) -> Affine:
    return isl.PwAff(f"{{ [({value})] }}")


@lru_cache(maxsize=1024)
def val(value: int) -> isl.Val:
    """isl's number of any size."""
    return isl.Val.read_from_str(isl.DEFAULT_CONTEXT, str(value))


@lru_cache(maxsize=1)
def everywhere() -> Cond:
    return isl.Set("{ : }")


@lru_cache(maxsize=1)
def nowhere() -> Cond:
    return isl.Set("{ : false }")


def negate(cond: Cond) -> Cond:
    return everywhere().subtract(cond)


def between(value: Affine, low: int, high: int) -> Cond:
    """low <= value < high."""
    return value.ge_set(constant(low)).intersect(value.lt_set(constant(high)))


def names_in(obj: Affine | Cond) -> frozenset[str]:
    """Names of the parameters that the value really depends on."""
    found: set[str] = set()
    for position in range(obj.dim(PARAM)):
        if obj.involves_dims(PARAM, position, 1):
            found.add(obj.get_dim_name(PARAM, position) or "")
    return frozenset(found)


def constant_of(value: Affine) -> int | None:
    """The integer that an affine value is everywhere, None if it varies."""
    if value.n_piece() != 1:
        value = value.coalesce()
        if value.n_piece() != 1:
            return None
    piece, aff = value.get_pieces()[0]
    if not aff.is_cst() or not piece.plain_is_universe():
        return None
    val = aff.get_constant_val()
    return val.to_python() if val.is_int() else None


def substitute(value: Affine, name: str, by: Affine) -> Affine:
    """Replace a parameter by an affine value (which may itself mention that name)."""
    position = value.find_dim_by_name(PARAM, name)
    if position < 0:
        return value
    space = isl.Space.params_alloc(value.get_ctx(), 0).add_dims(PARAM, 0).set_from_params()
    moved = value.insert_domain(space).move_dims(IN, 0, PARAM, position, 1)
    return moved.pullback_multi_pw_aff(isl.MultiPwAff.from_pw_aff(by))


def substitute_in(cond: Cond, name: str, by: Affine) -> Cond:
    """The same in a condition."""
    position = cond.find_dim_by_name(PARAM, name)
    if position < 0:
        return cond
    fresh = name + "__"
    renamed = cond.set_dim_name(PARAM, position, fresh)
    return forget(renamed.intersect(symbol(fresh).eq_set(by)), (fresh,))


def renamed(value: Affine, names: Sequence[str], news: Sequence[str]) -> Affine:
    """Other names for parameters."""
    for name, new in zip(names, news, strict=True):
        position = value.find_dim_by_name(PARAM, name)
        if position >= 0:
            # A new isl.Id would differ from that of the parameter of this name elsewhere.
            value = value.set_dim_id(PARAM, position, symbol(new).get_dim_id(PARAM, 0))
    return value


def forget(cond: Cond, names: Iterable[str]) -> Cond:
    """Existentially project parameters out."""
    for name in names:
        position = cond.find_dim_by_name(PARAM, name)
        if position >= 0:
            cond = cond.project_out(PARAM, position, 1)
    return cond


def points(cond: Cond, names: Sequence[str]) -> isl.Set:
    """Turn parameters into set dimensions, in this order; a name that does not occur is unconstrained."""
    result = isl.Set.from_params(cond)
    for index, name in enumerate(names):
        position = result.find_dim_by_name(PARAM, name)
        if position < 0:
            result = result.insert_dims(OUT, index, 1)
        else:
            result = result.move_dims(OUT, index, PARAM, position, 1)
    return result


def relation(cond: Cond, ins: Sequence[str], outs: Sequence[str]) -> isl.Map:
    """Turn parameters into the input and output dimensions of a map."""
    flat = points(cond, [*ins, *outs])
    result = isl.Map.from_range(flat)
    return result.move_dims(IN, 0, isl.dim_type.out, 0, len(ins)) if ins else result


def conditions(obj: isl.Set, names: Sequence[str]) -> Cond:
    """The inverse of `points`: set dimensions become parameters with these names."""
    for index, name in enumerate(names):
        obj = obj.set_dim_name(OUT, index, name)
    result = obj.move_dims(PARAM, obj.dim(PARAM), OUT, 0, len(names)) if names else obj
    return result.params()


def keep(rel: isl.Map, side: isl.dim_type, have: Sequence[str], want: Sequence[str]) -> isl.Map:
    """Project a map's dimensions of one side from the list `have` down to its sublist `want`."""
    for index in range(len(have) - 1, -1, -1):
        if have[index] not in want:
            rel = rel.project_out(side, index, 1)
    return rel


class OutOfBudget(Exception):
    """isl gave up within its operation budget."""


@contextmanager
def budget(operations: int) -> Generator[None]:
    """Bound the operations of the isl calls inside, so that a hard one fails instead of hanging."""
    context = isl.DEFAULT_CONTEXT
    context.set_max_operations(operations)
    context.reset_operations()
    try:
        yield
    except isl.Error as error:
        raise OutOfBudget(str(error)) from error
    finally:
        context.set_max_operations(0)
        context.reset_operations()
