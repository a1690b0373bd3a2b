"""Compiled graphs of OpenVINO, run on several inputs at once."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue

import numpy as np
import openvino as ov
from numpy.typing import NDArray

# Each stream holds all features of a picture in memory, so that there are not as many as cores.
MOST_STREAMS = 4

Numbers = NDArray[np.float32]


@functools.cache
def core() -> ov.Core:
    """OpenVINO, set up once a process."""
    return ov.Core()


def has_bfloat16() -> bool:
    """Whether this processor computes in bfloat16."""
    return "BF16" in core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def version() -> str:
    """OpenVINO's version, such as 2026.4.1."""
    return str(ov.__version__).split("-", maxsplit=1)[0]


def fingerprint() -> str:
    """What results of measurements depend on besides weights: OpenVINO's version, processor."""
    return f"{ov.__version__} {core().get_property('CPU', 'FULL_DEVICE_NAME')}"


class Running:
    """A graph, compiled for a few inputs at a time, that several streams run at once.

    Streams share nothing, so that none waits for another: a processor busy with other work slows
    them by its share alone. Any thread may call, also several at once.
    """

    def __init__(self, graph: ov.Model, threads: int, *, bfloat16: bool = False) -> None:
        """Compile a graph.

        Args:
            graph: One input (N, ...) and one or several outputs (N, ...), N fixed.
            threads: Of all streams together.
            bfloat16: Whether to compute in bfloat16 in place of fp32.
        """
        streams = min(threads, MOST_STREAMS)
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": streams,
            "ENABLE_CPU_PINNING": False,  # pinned threads would wait for what else runs there
        }
        compiled = core().compile_model(graph, "CPU", settings)
        self._together = int(compiled.inputs[0].shape[0])
        self._shapes = [tuple(output.shape)[1:] for output in compiled.outputs]
        self._idle: SimpleQueue[ov.InferRequest] = SimpleQueue()
        for _ in range(streams):
            self._idle.put(compiled.create_infer_request())

    def __call__(self, inputs: Numbers) -> Sequence[Numbers]:
        """Run the graph.

        Args:
            inputs: (B, ...), B a multiple of N.

        Returns:
            Its outputs, (B, ...) each.
        """
        inputs = np.ascontiguousarray(inputs)
        outputs = [np.empty((len(inputs), *shape), np.float32) for shape in self._shapes]
        size = self._together
        with self._requests(len(inputs) // size) as requests:
            for turn, start in enumerate(range(0, len(inputs), size)):
                request, one = requests[turn % len(requests)], slice(start, start + size)
                request.wait()
                request.set_input_tensor(ov.Tensor(inputs[one], shared_memory=True))
                for place, output in enumerate(outputs):
                    request.set_output_tensor(place, ov.Tensor(output[one], shared_memory=True))
                request.start_async()
        return outputs

    @contextlib.contextmanager
    def _requests(self, most: int) -> Iterator[list[ov.InferRequest]]:
        """Take one request, and as many others as nobody uses; they are done when it ends."""
        taken = [self._idle.get()]
        with contextlib.suppress(Empty):
            while len(taken) < most:
                taken.append(self._idle.get_nowait())
        try:
            yield taken
            for request in taken:
                request.wait()
        finally:
            for request in taken:
                self._idle.put(request)
