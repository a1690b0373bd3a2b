"""Machine code of the inner loops, made once a process from LLVM's code in ``kernels.ll``."""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Callable
from importlib import resources
from typing import Any

import llvmlite.binding as llvm

Entry = Callable[[bytes], None]
"""Runs an inner loop with its packed arguments, see `d2animator.performers.photo.compiled`."""

_ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_char_p)
_lock = threading.Lock()


def begin() -> None:
    """Make all loops ready in a thread of its own, which other work need not wait for."""
    threading.Thread(target=_ready).start()


@functools.cache
def entry(name: str) -> Entry:
    """What runs an inner loop; it is made ready if it is not yet.

    Args:
        name: Of its module and its own, such as ``"raster.fill"``.
    """
    return _ENTRY(_ready().get_function_address(name))


def _ready() -> Any:
    with _lock:
        return _engine()


@functools.cache
def _engine() -> Any:
    """LLVM's engine that holds the code of all loops."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    here = target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        # As LLVM's engine needs it on x86; elsewhere its own choice is right.
        reloc="static" if target.name.startswith("x86") else "default",
        codemodel="jitdefault",
        jit=True,
    )
    source = resources.files(__package__).joinpath("kernels.ll").read_text("ascii")
    module = llvm.parse_assembly(source)
    module.triple, module.data_layout = target.triple, str(here.target_data)
    how = llvm.create_pipeline_tuning_options(speed_level=3)
    # Statements that do the same to neighbouring numbers, such as a pixel's channels, become one.
    how.loop_vectorization = how.slp_vectorization = True
    passes = llvm.create_pass_builder(here, how)
    passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, here)
    engine.finalize_object()
    return engine
