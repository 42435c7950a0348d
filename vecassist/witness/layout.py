"""Where the objects of a scene lie in the program's memory: each on pages of its own between inaccessible ones."""

from __future__ import annotations

from dataclasses import dataclass

from verify.scene import Block, Scene

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Placed:
    """at: pool offset of element 0; [page, page_end): the object's pages, empty where nothing of it is accessible."""

    at: int
    page: int
    page_end: int


def lay_out(scene: Scene) -> tuple[tuple[Placed, ...], int]:
    """A place for each block and the size of the pool."""
    placed: list[Placed] = []
    next_page = PAGE
    for number, block in enumerate(scene.blocks):
        pages = -(-(block.end - block.begin + 128) // PAGE) * PAGE if block.end > block.begin else 0
        at = _place(scene, number, block, next_page, next_page + pages)
        first, last = (at + block.begin) // PAGE * PAGE, -(-(at + block.end) // PAGE) * PAGE
        placed.append(Placed(at, first, last if pages else first))
        next_page += pages + PAGE
    return tuple(placed), next_page


def _place(scene: Scene, number: int, block: Block, page: int, page_end: int) -> int:
    """Pool offset of element 0. One end touches the next page: the one that the fault is at, else the last."""
    if page == page_end:
        # Nothing of it may be accessed; the address is as aligned as it must be.
        return page + block.residue % 64 if scene.fault == "align" else page
    mine = scene.where is not None and scene.where.block == number
    outside = scene.difference == "fault" and scene.fault == "memory"
    before = mine and scene.where is not None and scene.where.offset < block.begin
    exact = scene.fault == "align"
    step = 64 if exact else _least(block.residue)
    if outside and mine:
        step = min(step, block.align or step)
    wanted = block.residue if exact else 0
    if before:
        at = page - block.begin
        return at + (wanted - at) % step
    at = page_end - block.end
    return at - (at - wanted) % step


def _least(residue: int) -> int:
    """The alignment that an address of this residue modulo 64 certainly has."""
    return residue & -residue if residue % 64 else 64
