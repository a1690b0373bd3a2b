"""Machine code of the inner loops, made from LLVM's code in ``kernels.ll``, and kept."""

from __future__ import annotations

import ctypes
import functools
import logging
import threading
from collections.abc import Callable
from importlib import resources
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import torch

from d2animator.engines.precision import Memory
from d2animator.models.hashing import Hash

Entry = Callable[[bytes], None]
"""Runs an inner loop with its packed arguments, see `d2animator.performers.photo.compiled`."""

_ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_char_p)
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_engine: Any = None


def begin(memory: Memory | None = None) -> None:
    """Make all loops ready in a thread of its own, which other work need not wait for.

    Args:
        memory: Where their code is kept for the next process; None for nowhere.
    """
    if _engine is None:
        threading.Thread(target=_ready, args=(memory,)).start()


@functools.cache
def entry(name: str) -> Entry:
    """What runs an inner loop; it is made ready if it is not yet.

    Args:
        name: Of its module and its own, such as ``"raster.fill"``.
    """
    return _ENTRY(_ready().get_function_address(name))


def _ready(memory: Memory | None = None) -> Any:
    """LLVM's engine that holds the code of all loops."""
    global _engine
    with _lock:
        if _engine is None:
            machine = this_machine()
            code = code_for(machine, memory)
            engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
            engine.add_object_file(llvm.ObjectFileRef.from_data(code))
            engine.finalize_object()
            _engine = engine
        return _engine


def this_machine() -> Any:
    """LLVM's description of the processor here."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        # As LLVM's engine needs it on x86; elsewhere its own choice is right.
        reloc="static" if target.name.startswith("x86") else "default",
        codemodel="jitdefault",
        jit=True,
    )


def code_for(machine: Any, memory: Memory | None) -> bytes:
    """Machine code of all loops, as it was kept or, where that is damaged, made anew."""
    source = resources.files(__package__).joinpath("kernels.ll").read_text("ascii")
    place = (machine.triple, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    versions = (llvmlite.__version__, str(llvm.llvm_version_info))
    key = Hash().add("checked loops", source, *place, *versions).digest()
    known = None if memory is None else memory.get(key)
    if known is not None and (kept := known[0].get("code")) is not None:
        code = kept.numpy().tobytes()
        # LLVM ends the whole process at an object file with a wrong byte, or runs that byte.
        if known[1].get("digest") == _digest(key, code):
            return code
        _log.warning("the kept code of the inner loops is damaged and is made anew")
    code = _compiled(source, machine)
    if memory is not None:
        tensor = torch.frombuffer(bytearray(code), dtype=torch.uint8)
        memory.put(key, {"code": tensor}, {"digest": _digest(key, code)})
    return code


def _digest(key: str, code: bytes) -> str:
    """What tells whether code is what was kept under a key."""
    return Hash().add("kept loops", key, code).digest()


def _compiled(source: str, machine: Any) -> bytes:
    """Translate LLVM's code, in half a second, to an object file."""
    module = llvm.parse_assembly(source)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    how = llvm.create_pipeline_tuning_options(speed_level=3)
    # Statements that do the same to neighbouring numbers, such as a pixel's channels, become one.
    how.loop_vectorization = how.slp_vectorization = True
    passes = llvm.create_pass_builder(machine, how)
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))
