"""Runs one function of an IR text twice: by LLVM's JIT on a buffer, and by the concrete semantics on an object."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache

from llvmlite import binding

from verify.concrete.arena import INDETERMINATE, READY, Access, Arena, Object, make_object
from verify.concrete.program import Program
from verify.ir.read import read

SIZE = 4096
_INTEGERS = {"i8": ctypes.c_int8, "i16": ctypes.c_int16, "i32": ctypes.c_int32, "i64": ctypes.c_int64}


def machine() -> binding.TargetMachine:
    """A new one each time: an engine takes its own."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_default_triple()
    features = binding.get_host_cpu_features().flatten()
    return target.create_target_machine(opt=0, jit=True, cpu="x86-64", features=features)


@cache
def header() -> str:
    """Data layout and triple of the machine that the JIT compiles for."""
    target = machine()
    return f'target datalayout = "{target.target_data}"\ntarget triple = "{target.triple}"\n'


def natively(text: str, memory: bytes, arguments: Sequence[tuple[str, int]] = ()) -> bytes:
    """The buffer after `void f(ptr in, ptr out, ...)` has run with both pointing to its start; further arguments are
    integers with their types."""
    module = binding.parse_assembly(text, binding.create_context())
    module.verify()
    engine = binding.create_mcjit_compiler(module, machine())
    engine.finalize_object()
    kinds = [_INTEGERS[kind] for kind, _ in arguments]
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, *kinds)
    function = prototype(engine.get_function_address("f"))
    room = ctypes.create_string_buffer(SIZE + 128)
    start = (ctypes.addressof(room) + 63) & ~63
    ctypes.memmove(start, memory, SIZE)
    function(start, start, *(value for _, value in arguments))
    return ctypes.string_at(start, SIZE)


def no_fill(item: Object, offset: int, access: Access) -> bytes:
    raise AssertionError((item.key, offset, access))


def concretely(
    text: str, memory: bytes, state: int = READY, arguments: Sequence[tuple[str, int]] = ()
) -> Object:
    """The object that both pointers point to after the run. Raises Fault, Undetermined."""
    arena = Arena(no_fill)
    item = make_object(1, ("param", 0), 64, SIZE, True, False, True, state)
    item.m[64 : 64 + SIZE] = memory
    arena.add(item)
    values = (item.address, item.address, *(value for _, value in arguments))
    Program(read(text), {}, True).run("f", values, arena, 1_000_000)
    return item


def contents_of(arena: Arena, number: int, data: bytes) -> Object:
    """A new object of an arena, with these contents."""
    item = make_object(number, ("param", number), 64, len(data), True, False, True, READY)
    item.m[64 : 64 + len(data)] = data
    arena.add(item)
    return item


def one_object(data: bytes) -> tuple[Arena, Object]:
    """An arena with one object."""
    arena = Arena(no_fill)
    return arena, contents_of(arena, 1, data)


def result_bytes(item: Object) -> bytes:
    return bytes(item.m[64 : 64 + SIZE])


__all__ = ["INDETERMINATE", "SIZE", "concretely", "header", "natively", "result_bytes"]
