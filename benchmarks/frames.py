"""Hashes of what the product draws, to see whether a change of the code changes a picture.

    python -m benchmarks.frames -o before.json
    python -m benchmarks.frames --against before.json

Ten runs, one for each way to make pictures, on the example puppet and a photograph (scikit-image's
astronaut). Equal hashes mean equal frames, pixel for pixel. Where they differ, the largest and the
mean difference of a pixel say by how much. Hashes are of one machine and one version of PyTorch:
write ``before.json`` with the code before the change.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import ROOT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from d2animator import D2Animator

    Pictures = Sequence[NDArray[np.uint8]]

SOURCE, DRIVER = ROOT / "examples" / "source.png", ROOT / "examples" / "driving.mp4"
SHORT = 24
"""Frames of the driver in all runs but the first."""


def runs(animator: D2Animator, scratch: Path) -> Iterator[tuple[str, Pictures]]:
    """Make all pictures.

    Args:
        animator: Of the embedded model.
        scratch: Folder for inputs that are made here.

    Yields:
        Name of a run and its frames, each (H, W, 3), uint8.
    """
    import numpy as np
    from skimage import data

    frames = _driver_frames(SHORT)
    photo: NDArray[np.uint8] = np.asarray(data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]
    clip = _save(frames, scratch / "clip.mp4")
    portrait = animator.portrait(SOURCE, inversion="encoder")
    two = np.concatenate([frames[0], np.ascontiguousarray(frames[0][:, ::-1])], axis=1)
    regions: dict[str, Any] = {"regions": ("pose", "mouth"), "gains": {"mouth": 1.5}}
    generated: dict[str, Any] = _generated()
    ways: dict[str, Callable[[], Pictures]] = {
        "example clip": lambda: _images(animator.animate(SOURCE, DRIVER, **generated)),
        "photo": lambda: _images(
            animator.animate(photo, clip, inversion="encoder", paste_back=True, **generated)
        ),
        "video source": lambda: _images(
            animator.animate(clip, DRIVER, inversion="encoder", **generated)
        )[:SHORT],
        "pair": lambda: _images(
            animator.animate_pairs(two, {"0": clip, "1": frames[-1]}, inversion="encoder")
        ),
        "regions and gains": lambda: _images(animator.animate(portrait, clip, **regions)),
        "edit": lambda: _images(animator.edit(portrait, {"smile": 0.6, "yaw": 12.0})),
        "interpolate": lambda: list(animator.interpolate(portrait, frames[-1], frames=5)),
        "frontalise": lambda: _images(animator.frontalize(clip)),
        "anonymise": lambda: _images(animator.anonymise(clip, seed=3)),
        "template": lambda: _images(animator.animate(portrait, animator.motions(clip)[0])),
    }
    for name, make in ways.items():
        print(name, file=sys.stderr, flush=True)
        yield name, make()


def digest(frames: Pictures) -> str:
    """Hash frames (H, W, 3), uint8, with their number and sizes."""
    whole = hashlib.sha256()
    for frame in frames:
        whole.update(repr(frame.shape).encode())
        whole.update(frame.tobytes())
    return whole.hexdigest()


def _generated() -> dict[str, Any]:
    """Options that ask for the generator where there is a choice of renderers."""
    from d2animator.animate.options import AnimateOptions

    return {"renderer": "generator"} if "renderer" in AnimateOptions.__dataclass_fields__ else {}


def _images(result: Any) -> Pictures:
    return list(result.images or ())


def _driver_frames(count: int) -> list[NDArray[np.uint8]]:
    from itertools import islice

    from d2animator.media.clip import open_clip

    return [frame.image for frame in islice(open_clip(DRIVER).frames, count)]


def _save(frames: Pictures, path: Path) -> Path:
    """Write frames as a clip that starts where the driver does."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "12"}
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def _differences(now: Pictures, before: Path) -> dict[str, float | int]:
    """Compare frames with those kept in a file of the run before."""
    import numpy as np

    with np.load(before) as kept:
        old = kept["frames"]
    new = np.stack(list(now))
    if new.shape != old.shape:
        return {"frames": len(new), "frames_before": len(old)}
    apart = np.abs(new.astype(np.int16) - old)
    return {"largest": int(apart.max()), "mean": round(float(apart.mean()), 4)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Hash the frames of all runs; print them, or what differs from another hashing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, help="write the hashes here, frames beside it")
    parser.add_argument("--against", type=Path, help="hashes to compare with")
    options = parser.parse_args(arguments)

    import numpy as np
    import torch

    from d2animator import D2Animator
    from d2animator.invert.cache import Cache
    from d2animator.marks.options import UNMARKED

    torch.set_num_threads(1)
    before = json.loads(options.against.read_text("utf-8")) if options.against else {}
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        animator = D2Animator.from_pretrained(device="cpu", marks=UNMARKED)
        animator = D2Animator(
            animator.bundle, "cpu", cache=Cache(scratch / "cache"), marks=UNMARKED
        )
        for name, frames in runs(animator, scratch):
            report[name] = {"frames": len(frames), "sha256": digest(frames)}
            if options.output:
                kept = options.output.with_suffix(f".{name.replace(' ', '-')}.npz")
                np.savez_compressed(kept, frames=np.stack(list(frames)))
            if name in before:
                same = before[name]["sha256"] == report[name]["sha256"]
                report[name]["equal"] = same
                if not same:
                    kept = options.against.with_suffix(f".{name.replace(' ', '-')}.npz")
                    report[name] |= _differences(frames, kept)
    if options.output:
        options.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
