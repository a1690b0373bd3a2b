"""Compiling inner loops with numba, once per installation where a folder for it can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

# Sums in any order, but what is no number stays so: drawing tells it from numbers. Other threads go
# on meanwhile; no thread is started.
_HOW: dict[str, Any] = {"fastmath": {"reassoc", "contract", "arcp", "nsz"}, "nogil": True}

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(signature: str, *, packed: bool = False) -> Callable[[Function], Function]:
    """Decorator that compiles a function for one signature.

    The machine code is kept beside the module, else in the user's cache folder (numba's
    ``NUMBA_CACHE_DIR`` overrules both); where neither can be written it is compiled anew each time.

    Args:
        signature: Types of the arguments in numba's words, such as ``"void(float32[:, ::1])"``.
        packed: Whether statements that do the same to neighbouring numbers, such as a pixel's
            channels, become one instruction; numba leaves that out by default.
    """

    def decorate(function: Function) -> Function:
        settings: Any = numba.config
        usual, settings.SLP_VECTORIZE = settings.SLP_VECTORIZE, int(packed)
        try:
            return _made(function, signature)
        finally:
            settings.SLP_VECTORIZE = usual

    return decorate


def _made(function: Function, signature: str) -> Function:
    try:
        made = numba.njit(signature, cache=True, **_HOW)(function)
    except RuntimeError as error:
        if "cache" not in str(error):
            raise
        made = numba.njit(signature, **_HOW)(function)
    return cast(Function, made)
