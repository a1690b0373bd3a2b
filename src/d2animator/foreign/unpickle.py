"""Reads pickles as data: no name in them is ever imported, no function ever called.

A pickle is a program for a small stack machine, and Python's own machine imports and calls what
the program says. This one has no such instructions: where the program names something, it puts
down a ``Global``, and where it calls something, a ``Record`` of the call. So there is nothing that
a file could run. The allow-list comes on top: a file that names anything that a network has no use
for is refused, with that name, rather than read in part.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol, cast

from d2animator.errors import BundleError, UnsafeFileError, printable
from d2animator.foreign.records import ALLOWED, LOAD_FROM_BYTES, Global, Record

# Official pickles need some 10^5 instructions.
MAX_INSTRUCTIONS = 1_000_000
MAX_DEPTH = 1_000
# Keys that are numbers are those of an optimiser's parameters.
MAX_NUMBER_KEYS = 10_000
# Integers of more bytes than this are no sizes.
MAX_INTEGER_BYTES = 64


@dataclass
class Limits:
    """What is left of what reading a file may cost."""

    # Bytes that may be copied out of it.
    copied: int = 1 << 30
    instructions: int = MAX_INSTRUCTIONS
    number_keys: int = MAX_NUMBER_KEYS

    def spend(self, path: str | Path, count: int) -> None:
        """Count bytes that are copied.

        Raises:
            UnsafeFileError: Now they are more than the file may ask for.
        """
        self.copied -= count
        if self.copied < 0:
            reason = "it asks to be read over and over again; nothing of this file was run"
            raise UnsafeFileError(path, "its work", reason)


class Stream(Protocol):
    """What is needed of a file: an open one, a memory map or ``BytesIO``."""

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes."""
        ...

    def readline(self) -> bytes:
        """Read up to a line feed."""
        ...

    def tell(self) -> int:
        """Tell the position."""
        ...


def read_pickle(
    stream: Stream,
    path: str | Path,
    limits: Limits | None = None,
    *,
    load_from_bytes: Callable[[bytes], Any] | None = None,
    persistent: Callable[[Any], Any] | None = None,
) -> Any:
    """Read one pickle.

    Args:
        stream: Read up to the pickle's end and no further.
        path: For messages.
        limits: What reading the whole file may cost, shared by all pickles in it; None for the
            cost of this one alone.
        load_from_bytes: Reads the bytes that PyTorch's function of this name is called with; None
            to refuse such calls.
        persistent: Gives what a persistent id means; None to refuse such ids.

    Returns:
        Numbers, text, bytes, lists, tuples, dictionaries, and what
        `d2animator.foreign.records` defines.

    Raises:
        UnsafeFileError: It names something that is not on the allow-list, or is a bomb.
        BundleError: It is damaged, or no pickle.
    """
    limits = limits or Limits()
    machine = _Machine(path, limits, load_from_bytes, persistent)
    position = stream.tell()
    try:
        with warnings.catch_warnings():
            # Odd escapes in old texts are the file's matter, no sign of old code.
            warnings.simplefilter("ignore", DeprecationWarning)
            for opcode, argument, at in _instructions(stream):
                position = at if at is not None else position
                limits.instructions -= 1
                if limits.instructions < 0:
                    what = f"more than {MAX_INSTRUCTIONS} pickle instructions"
                    machine.refuse("its length", what)
                if opcode.name == "STOP":
                    return machine.pop()
                machine.step(opcode.name, argument)
    # The first is Python's parser's and ours; the others mean numbers beyond all sense.
    except (ValueError, OverflowError, MemoryError) as error:
        cause = str(error) or type(error).__name__
        reason = f"no pickle, or cut off or damaged near byte {position} ({cause:.150})"
        raise BundleError(path, reason) from error
    raise BundleError(path, "the pickle has no end; the file is cut off")


def _instructions(stream: Stream) -> Iterator[tuple[pickletools.OpcodeInfo, Any, int | None]]:
    # Python's parser of pickles, which builds nothing; it needs no more of a file than we say.
    return pickletools.genops(cast(IO[bytes], stream))


_INTEGERS = {"INT", "LONG", "LONG1", "LONG4", "BININT", "BININT1", "BININT2"}
_TEXTS = {
    *("STRING", "BINSTRING", "SHORT_BINSTRING"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
_VALUES = {*_INTEGERS, *_TEXTS, "FLOAT", "BINFLOAT"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_KEYS = (str, bytes, int, float, type(None))


class _Machine:
    """A stack and a memo."""

    def __init__(
        self,
        path: str | Path,
        limits: Limits,
        load_from_bytes: Callable[[bytes], Any] | None,
        persistent: Callable[[Any], Any] | None,
    ) -> None:
        self._path = path
        self._limits = limits
        self._load_from_bytes = load_from_bytes
        self._persistent = persistent
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []  # stacks below each mark
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Carry out one instruction."""
        if name in _VALUES:
            self._push_number_or_text(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name in _TUPLES:
            self._stack.append(self._take(_TUPLES[name]))
        elif handler := getattr(self, f"_op_{name.lower()}", None):
            if argument is None:
                handler()
            else:
                handler(argument)
        elif name not in ("PROTO", "FRAME"):
            self.refuse(f"the pickle instruction {name}", "no network's file needs it")

    def refuse(self, what: str, reason: str) -> NoReturn:
        """Stop for good.

        Raises:
            UnsafeFileError: Always.
        """
        # A terminal would obey what the file's author put into a name.
        shown = printable(what, 200)
        raise UnsafeFileError(self._path, shown, f"{reason}; nothing of this file was run")

    def pop(self) -> Any:
        """Take the topmost value."""
        if not self._stack:
            raise ValueError("a value is missing")
        return self._stack.pop()

    def _take(self, count: int) -> tuple[Any, ...]:
        if len(self._stack) < count:
            raise ValueError("a value is missing")
        values = tuple(self._stack[len(self._stack) - count :])
        del self._stack[len(self._stack) - count :]
        return values

    def _push_number_or_text(self, value: Any) -> None:
        if isinstance(value, int) and value.bit_length() > 8 * MAX_INTEGER_BYTES:
            self.refuse("an integer", f"it has more than {MAX_INTEGER_BYTES} bytes")
        self._stack.append(value)

    # Stack and memo.

    def _op_mark(self) -> None:
        if len(self._marked) >= MAX_DEPTH:
            self.refuse("its nesting", f"deeper than {MAX_DEPTH} levels")
        self._marked.append(self._stack)
        self._stack = []

    def _op_pop_mark(self) -> list[Any]:
        if not self._marked:
            raise ValueError("a mark is missing")
        values, self._stack = self._stack, self._marked.pop()
        return values

    def _op_pop(self) -> None:
        if self._stack:
            self.pop()
        else:
            self._op_pop_mark()

    def _op_dup(self) -> None:
        self._stack += self._take(1) * 2

    def _op_put(self, index: int) -> None:
        # Picklers count up; other numbers could be chosen to collide in Python's dictionary.
        if not 0 <= index < MAX_INSTRUCTIONS:
            self.refuse(f"the memo {index!s:.40}", "no pickler counts so far")
        self._memo[index] = self._top()

    _op_binput = _op_long_binput = _op_put

    def _op_memoize(self) -> None:
        self._op_put(len(self._memo))

    def _op_get(self, index: int) -> None:
        if index not in self._memo:
            raise ValueError(f"no memo {index}")
        self._stack.append(self._memo[index])

    _op_binget = _op_long_binget = _op_get

    def _top(self) -> Any:
        if not self._stack:
            raise ValueError("a value is missing")
        return self._stack[-1]

    # Containers.

    def _op_tuple(self) -> None:
        values = self._op_pop_mark()
        self._stack.append(tuple(values))

    def _op_list(self) -> None:
        values = self._op_pop_mark()
        self._stack.append(values)

    def _op_empty_list(self) -> None:
        self._stack.append([])

    def _op_append(self) -> None:
        (value,) = self._take(1)
        self._entries().append(value)

    def _op_appends(self) -> None:
        values = self._op_pop_mark()
        self._entries().extend(values)

    def _entries(self) -> list[Any]:
        top = self._top()
        if isinstance(top, Record):
            return top.entries
        if not isinstance(top, list):
            raise ValueError(f"entries for a {type(top).__name__}")
        return top

    # A set here is a record: nothing in a file is ever hashed but plain keys.
    _op_additems = _op_appends

    def _op_empty_set(self) -> None:
        self._stack.append(Record("builtins.set"))

    def _op_frozenset(self) -> None:
        values = self._op_pop_mark()
        self._stack.append(Record("builtins.frozenset", entries=values))

    def _op_empty_dict(self) -> None:
        self._stack.append({})

    def _op_dict(self) -> None:
        values = self._op_pop_mark()
        self._stack.append({})
        self._set_items(values)

    def _op_setitem(self) -> None:
        self._set_items(list(self._take(2)))

    def _op_setitems(self) -> None:
        self._set_items(self._op_pop_mark())

    def _set_items(self, values: list[Any]) -> None:
        top = self._top()
        table = top.items if isinstance(top, Record) else top
        if not isinstance(table, dict) or len(values) % 2:
            raise ValueError(f"keys and values for a {type(top).__name__}")
        for key, value in zip(values[::2], values[1::2], strict=True):
            # Hashing nested tuples would recurse as deep as the file likes.
            if not isinstance(key, _KEYS):
                raise ValueError(f"a {type(key).__name__} as a key")
            # Of numbers, unlike texts, a file knows which ones collide in Python's dictionary.
            self._limits.number_keys -= isinstance(key, int | float)
            if self._limits.number_keys < 0:
                self.refuse("its keys", f"more than {MAX_NUMBER_KEYS} of them are numbers")
            table[key] = value

    # Names, and what would be calls.

    def _op_global(self, name: str) -> None:
        module, _, attribute = name.partition(" ")
        self._stack.append(self._allowed(module, attribute))

    def _op_stack_global(self) -> None:
        module, attribute = self._take(2)
        self._stack.append(self._allowed(module, attribute))

    def _allowed(self, module: object, attribute: object) -> Global:
        if not isinstance(module, str) or not isinstance(attribute, str):
            self.refuse("a name", "it is no text")
        if attribute not in ALLOWED.get(module, ()):
            self.refuse(f"{module}.{attribute}", "no network's file needs it")
        return Global(module.replace("numpy._core", "numpy.core"), attribute)

    def _op_reduce(self) -> None:
        called, args = self._take(2)
        self._stack.append(self._record(called, args))

    _op_newobj = _op_reduce

    def _op_inst(self, name: str) -> None:
        module, _, attribute = name.partition(" ")
        called = self._allowed(module, attribute)
        values = self._op_pop_mark()
        self._stack.append(self._record(called, tuple(values)))

    def _op_obj(self) -> None:
        called, *args = self._op_pop_mark() or [None]
        self._stack.append(self._record(called, tuple(args)))

    def _record(self, called: object, args: object) -> Any:
        if not isinstance(called, Global):
            self.refuse(f"a call of a {type(called).__name__}", "only what is named can be called")
        if not isinstance(args, tuple):
            raise ValueError(f"a {type(args).__name__} as arguments")
        if called.name == "encode" or (called.name == "bytes" and not args):
            return self._old_bytes(args)
        if str(called) != LOAD_FROM_BYTES:
            return Record(str(called), args)
        if self._load_from_bytes is None:
            self.refuse(LOAD_FROM_BYTES, "a file within such a call cannot have one itself")
        if len(args) != 1 or not isinstance(args[0], bytes):
            self.refuse(LOAD_FROM_BYTES, "it is called with something else than bytes")
        self._limits.spend(self._path, len(args[0]))
        return self._load_from_bytes(args[0])

    def _old_bytes(self, args: tuple[Any, ...]) -> bytes:
        """Bytes in pickles of protocols 0 to 2, which have only text and a call to encode it."""
        text, coding = args or ("", "latin1")
        if not isinstance(text, str) or coding != "latin1":
            self.refuse("_codecs.encode", "it is called with something else than Latin-1 text")
        self._limits.spend(self._path, len(text))
        return text.encode("latin-1")

    def _op_build(self) -> None:
        (state,) = self._take(1)
        top = self._top()
        if not isinstance(top, Record):
            self.refuse(f"a state for a {type(top).__name__}", "only objects have one")
        top.state = state

    def _op_persid(self, identity: object) -> None:
        if self._persistent is None:
            self.refuse("a persistent id", "this file has nothing beside it")
        self._stack.append(self._persistent(identity))

    def _op_binpersid(self) -> None:
        self._op_persid(self.pop())
