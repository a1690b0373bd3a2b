"""Translates the photo renderer's inner loops to LLVM's code, which the package carries.

    python -m tools.kernels

writes ``src/d2animator/performers/photo/kernels.ll``. It is needed after a change of what
`d2animator.performers.photo.compiled` marks. numba translates; all that only numba could run
(reference counts, exceptions) must be gone in the end. What comes out names no processor and no
system.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import inspect
import re
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np

from d2animator.performers import photo
from d2animator.performers.photo.compiled import Kernel

TARGET = Path(photo.__file__).with_name("kernels.ll")
MODULES = ("pixels", "points", "raster")

# Sums in any order, but what is no number stays so: drawing tells it from numbers.
_HOW: dict[str, Any] = {
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
# Of numbers, as LLVM names them.
_TYPES = {"float32": "float", "float64": "double", "int32": "i32", "int64": "i64", "uint64": "i64"}
# What names a processor or system, and what some versions of LLVM do not know and none needs.
_LEFT_OUT = re.compile(
    r"^(?:attributes|;|source_filename|target|!).*\n| #\d+\b| captures\(\w+\)|, ![a-z]+ !\d+", re.M
)


def main() -> None:
    """Translate all loops."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    text = code(list(kernels()))
    TARGET.write_text(text, "ascii")
    print(f"{TARGET}: {len(text) / 1e3:.0f} kB")


def kernels() -> Iterator[Kernel]:
    """All inner loops of the package."""
    for name in MODULES:
        module = importlib.import_module(f"{photo.__name__}.{name}")
        for value in vars(module).values():
            if isinstance(value, Kernel) and value.function.__module__ == module.__name__:
                yield value


def fingerprint(loops: list[Kernel]) -> str:
    """What the code follows from: the text of the loops and of all that they call, and numbers."""
    said = hashlib.sha256()
    for loop in loops:
        for _, _, function in (*_called(loop.function), ("", "", loop.function)):
            names, known = sorted(function.__code__.co_names), function.__globals__
            numbers = [
                (name, float(known[name]))
                for name in names
                if isinstance(known.get(name), int | float | np.number)
            ]
            said.update(f"{inspect.getsource(function)} {numbers}".encode())
    return said.hexdigest()


def code(loops: list[Kernel]) -> str:
    """LLVM's code of loops: each a function that takes the place of its packed arguments."""
    head = "; made by `python -m tools.kernels`; do not edit\n"
    head += f"; from {fingerprint(loops)}\n"
    whole = llvm.parse_assembly("")
    for loop in loops:
        whole.link_in(_module(loop))
    parts: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return parts.setdefault(found[0], f"part{len(parts)}")

    # numba's names of functions that are parts of others by now tell where and when they were made.
    return head + re.sub(r"_ZN\w+", named, _LEFT_OUT.sub("", str(whole)))


def _called(function: Callable[..., Any]) -> list[tuple[str, str, Any]]:
    """Name, signature and function of all that a function calls of ours, deepest first."""
    found: list[tuple[str, str, Any]] = []
    for name in function.__code__.co_names:
        inner: Any = function.__globals__.get(name)
        if hasattr(inner, "signature"):
            found += [*_called(inner), (name, inner.signature, inner)]
    return found


def _translated(loop: Kernel) -> Any:
    """What numba makes of a loop."""
    made: dict[str, Any] = {}
    with _unimproved():
        for name, signature, function in _called(loop.function):
            made[name] = numba.njit(signature, **_HOW)(_with(function, made))
        own = numba.njit(f"void({loop.signature})", **_HOW)(_with(loop.function, made))
    return own.overloads[own.signatures[0]]


@contextlib.contextmanager
def _unimproved() -> Iterator[None]:
    """Let numba translate alone: it is the processor that runs a loop for which it is made fast."""
    settings: Any = numba.config
    usual = settings.OPT, settings.LOOP_VECTORIZE
    settings.OPT, settings.LOOP_VECTORIZE = type(settings.OPT)(0), 0
    try:
        yield
    finally:
        settings.OPT, settings.LOOP_VECTORIZE = usual


def _with(function: Any, made: dict[str, Any]) -> Any:
    """The function, with translated ones in place of those that it calls."""
    return types.FunctionType(
        function.__code__, {**function.__globals__, **made}, function.__name__
    )


def _module(loop: Kernel) -> Any:
    """A module of LLVM with nothing but a loop, behind the way in that `machine` takes."""
    result = _translated(loop)
    module = llvm.parse_assembly(result.library.get_llvm_str())
    inner = module.get_function(result.fndesc.llvm_func_name)
    inner.name = f"{loop.name}.inner"
    module.link_in(llvm.parse_assembly(_way_in(loop)))
    for place in (*module.functions, *module.global_variables):
        if not place.is_declaration and place.name != loop.name:
            place.linkage = "internal"
    _clean(module)
    foreign = {place.name for place in (*module.functions, *module.global_variables)}
    foreign = {name for name in foreign if name != loop.name and not name.startswith("llvm.")}
    if foreign:
        raise SystemExit(f"{loop.name} needs what only numba has: {', '.join(sorted(foreign))}")
    return module


def _way_in(loop: Kernel) -> str:
    """A function that unpacks arguments as `Kernel` packs them, and gives them to a loop.

    numba's functions take, of an array, who owns it (twice, here nobody), its numbers of items and
    of their bytes, its place, its shape and its steps; and two places for what they give back.
    """
    lines, given = [], ["ptr %result", "ptr %failure"]
    slot = 0
    for kind, dimensions, _ in loop.kinds:
        own = [_TYPES[kind.name]] if not dimensions else ["ptr", *["i64"] * (2 + 2 * dimensions)]
        values = []
        for type_ in own:
            lines.append(f"%at.{slot} = getelementptr i64, ptr %slots, i64 {slot}")
            lines.append(f"%own.{slot} = load {type_}, ptr %at.{slot}, align 1")
            values.append(f"{type_} %own.{slot}")
            slot += 1
        if dimensions:
            place, items, size, *rest = values
            values = ["ptr null", "ptr null", items, size, place, *rest]
        given += values
    types_ = ", ".join(value.split()[0] for value in given)
    lines = ["%result = alloca ptr", "%failure = alloca ptr", *lines]
    lines += [f'call i32 @"{loop.name}.inner"({", ".join(given)})', "ret void"]
    body = "\n  ".join(lines)
    return (
        f'declare i32 @"{loop.name}.inner"({types_})\n'
        f'define void @"{loop.name}"(ptr %slots) {{\n  {body}\n}}\n'
    )


def _clean(module: Any) -> None:
    """Inline and simplify, for no processor in particular."""
    triple = llvm.get_process_triple()
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu="generic", opt=1)
    how = llvm.create_pipeline_tuning_options(speed_level=2)
    how.loop_vectorization = how.slp_vectorization = False
    how.loop_unrolling = how.loop_interleaving = False
    how.inlining_threshold = 1000
    passes = llvm.create_pass_builder(machine, how)
    for _ in range(2):
        manager = passes.getModulePassManager()
        manager.add_refprune_pass()
        manager.add_global_dead_code_eliminate_pass()
        manager.add_strip_dead_prototype_pass()
        manager.run(module, passes)


if __name__ == "__main__":
    main()
