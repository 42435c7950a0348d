"""Types of LLVM IR with sizes and alignments under a data layout (LangRef, "Type System", "Data Layout")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoidType:
    """`void`."""


@dataclass(frozen=True, slots=True)
class IntType:
    """`iN`."""

    bits: int


@dataclass(frozen=True, slots=True)
class FloatType:
    """A binary floating-point type; `name` is LLVM's keyword: half, bfloat, float, double, x86_fp80, fp128."""

    name: str


@dataclass(frozen=True, slots=True)
class PtrType:
    """`ptr` (opaque), address space 0 unless said otherwise."""

    addrspace: int = 0


@dataclass(frozen=True, slots=True)
class VectorType:
    """`<count x elem>`; scalable vectors are not represented."""

    count: int
    elem: Type


@dataclass(frozen=True, slots=True)
class ArrayType:
    """`[count x elem]`."""

    count: int
    elem: Type


@dataclass(frozen=True, slots=True)
class StructType:
    """`{ fields }` or `<{ fields }>`; a named struct carries its name, an opaque one has `fields` None."""

    fields: tuple[Type, ...] | None
    packed: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionType:
    """The type of a callee."""

    result: Type
    params: tuple[Type, ...]
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class OtherType:
    """`label`, `metadata`, `token` and whatever has no values here."""

    name: str


@dataclass(frozen=True, slots=True)
class MemoryType:
    """The contents of a set of objects as one value; not of LLVM, made by `verify.ir.worlds`."""


Type = (
    MemoryType
    | VoidType
    | IntType
    | FloatType
    | PtrType
    | VectorType
    | ArrayType
    | StructType
    | FunctionType
    | OtherType
)

FLOAT_BITS = {"half": 16, "bfloat": 16, "float": 32, "double": 64, "x86_fp80": 80, "fp128": 128}


@dataclass(frozen=True, slots=True)
class DataLayout:
    """Sizes and ABI alignments in bytes. `text` is the module's `target datalayout` string.

    Only what C targets of interest differ in is read from it: endianness, pointer size, and the alignments of
    i64, i128, f64 and f80 (i386 aligns i64 and double to 4 bytes, x86-64 to 8).
    """

    text: str
    little_endian: bool = True
    pointer_bytes: int = 8
    int_align: tuple[tuple[int, int], ...] = ((8, 1), (16, 2), (32, 4), (64, 8), (128, 16))
    float_align: tuple[tuple[int, int], ...] = ((16, 2), (32, 4), (64, 8), (80, 16), (128, 16))

    def align_of(self, ty: Type) -> int:
        """ABI alignment in bytes. Raises ValueError for a type without one."""
        match ty:
            case IntType(bits):
                fitting = [a for width, a in sorted(self.int_align) if width >= bits]
                return fitting[0] if fitting else max(a for _, a in self.int_align)
            case FloatType(name):
                return dict(self.float_align)[FLOAT_BITS[name]]
            case PtrType():
                return self.pointer_bytes
            case VectorType():
                return _power_of_two_at_least(self.size_of(ty))
            case ArrayType(_, elem):
                return self.align_of(elem)
            case StructType(fields, packed, _) if fields is not None:
                return 1 if packed else max((self.align_of(f) for f in fields), default=1)
            case _:
                raise ValueError(f"no alignment: {ty}")

    def size_of(self, ty: Type) -> int:
        """Bytes from one array element to the next (allocation size). Raises ValueError for unsized types."""
        match ty:
            case IntType() | FloatType():
                return _round_up(self.store_size(ty), self.align_of(ty))
            case PtrType():
                return self.pointer_bytes
            case VectorType():
                return _power_of_two_at_least(self.store_size(ty))
            case ArrayType(count, elem):
                return count * self.size_of(elem)
            case StructType(fields, _, _) if fields is not None:
                offset = self.field_offset(ty, len(fields))
                return _round_up(offset, self.align_of(ty))
            case _:
                raise ValueError(f"no size: {ty}")

    def store_size(self, ty: Type) -> int:
        """Bytes that a store of this type may write."""
        match ty:
            case IntType(bits):
                return (bits + 7) // 8
            case FloatType(name):
                return FLOAT_BITS[name] // 8
            case VectorType(count, elem):
                return (count * self.bits_of(elem) + 7) // 8
            case _:
                return self.size_of(ty)

    def bits_of(self, ty: Type) -> int:
        """Value bits of a scalar or vector type."""
        match ty:
            case IntType(bits):
                return bits
            case FloatType(name):
                return FLOAT_BITS[name]
            case PtrType():
                return 8 * self.pointer_bytes
            case VectorType(count, elem):
                return count * self.bits_of(elem)
            case _:
                raise ValueError(f"no bit width: {ty}")

    def field_offset(self, ty: StructType, index: int) -> int:
        """Byte offset of field `index`; `index == len(fields)` gives the unpadded end."""
        offset = 0
        for i, field in enumerate(ty.fields or ()):
            if not ty.packed:
                offset = _round_up(offset, self.align_of(field))
            if i == index:
                return offset
            offset += self.size_of(field)
        return offset

    def firm_size(self, ty: StructType) -> int:
        """Bytes that an object of this type has wherever a member of it is accessed (C11 6.5.2.3p4): all of them, but
        for an array at its end, which programs allocate shorter or longer than declared."""
        fields = ty.fields or ()
        if not fields:
            return 0
        start = self.field_offset(ty, len(fields) - 1)
        match fields[-1]:
            case ArrayType():
                return start
            case StructType() as last:
                whole = self.firm_size(last)
                return self.size_of(ty) if whole == self.size_of(last) else start + whole
            case _:
                return self.size_of(ty)


def _round_up(value: int, to: int) -> int:
    return -(-value // to) * to


def _power_of_two_at_least(value: int) -> int:
    return 1 << max(0, (value - 1).bit_length())
