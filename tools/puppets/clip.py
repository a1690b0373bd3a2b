"""The example files: a picture of one puppet and a clip, with sound, of another that moves."""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import load_head
from d2animator.media.audio import AudioSource
from d2animator.media.images import write_image
from d2animator.media.writer import VideoWriter
from tools.puppets.renderer import PuppetRenderer
from tools.puppets.world import STATE_BLOCKS, STATE_DIM, look_from_z, sample_z, state_from_z

Array = NDArray[np.float32]

EXAMPLE_SEED = 2000  # a set that no training uses
SOURCE_INDEX, DRIVER_INDEX = 8, 7
FRAME_RATE = Fraction(30000, 1001)
SAMPLE_RATE = 24_000

# What the driver does: second, then entries of z that differ from rest there.
_SCRIPT: tuple[tuple[float, dict[str, float]], ...] = (
    (0.0, {}),
    (0.7, {"yaw": 1.1, "gaze_yaw": 0.4}),
    (1.4, {"yaw": 1.6, "smile": 1.6}),
    (2.1, {"yaw": 0.2, "smile": 1.6, "brows": 1.0}),
    (2.8, {"yaw": -1.4, "roll": 0.9, "gaze_yaw": -0.6}),
    (3.5, {"yaw": -1.7, "pitch": 0.5, "pucker": 1.4}),
    (4.2, {"yaw": -0.3, "pitch": -1.0, "brows": 1.5, "wide": 1.0}),
    (4.9, {"yaw": 0.6, "pitch": 1.2, "roll": -1.0, "brows": -1.3}),
    (5.5, {"yaw": 0.3, "smile": 1.2}),
    (6.0, {}),
)
_BLINKS_S = (0.45, 1.9, 3.1, 4.6, 5.7)
_SPEECH_S = ((0.2, 2.4), (3.9, 5.6))
_ENTRY = {"yaw": 0, "pitch": 1, "roll": 2, "gaze_yaw": 3, "gaze_pitch": 4, "lids": 5}
_EXPRESSION = sum(STATE_BLOCKS.values()) - STATE_BLOCKS["expression"]
_ENTRY |= {"jaw": _EXPRESSION, "smile": _EXPRESSION + 1, "pucker": _EXPRESSION + 3}
_ENTRY |= {"brows": _EXPRESSION + 7, "wide": _EXPRESSION + 10}


def render_examples(head: str | Path, folder: str | Path, size: int = 256) -> tuple[Path, Path]:
    """Render ``source.png`` and ``driving.mp4``.

    Args:
        head: Packed head model.
        folder: Existing folder to write to.
        size: Side of both in pixels.

    Returns:
        The two paths.
    """
    folder = Path(folder)
    renderer = PuppetRenderer(load_head(head), size)
    z = sample_z(EXAMPLE_SEED, SOURCE_INDEX)
    portrait = renderer.render(look_from_z(z), state_from_z(np.zeros_like(z)))
    source = write_image(folder / "source.png", portrait.image)
    driver = folder / "driving.mp4"
    look = look_from_z(sample_z(EXAMPLE_SEED, DRIVER_INDEX))
    with tempfile.TemporaryDirectory() as temporary:
        sound = Path(temporary) / "voice.wav"
        _write_voice(sound)
        with VideoWriter(
            driver, (size, size), FRAME_RATE, audio=AudioSource(sound), crf=20
        ) as writer:
            for state in performance():
                writer.write(renderer.render(look, state_from_z(state), follow=False).image)
    return source, driver


def performance() -> Iterator[Array]:
    """State codes (STATE_DIM and zeros for the look) of the driver, frame by frame."""
    last = _SCRIPT[-1][0]
    for index in range(int(last * FRAME_RATE)):
        time = float(index / FRAME_RATE)
        z = np.zeros_like(sample_z(0, 0))
        z[:STATE_DIM] = _pose_at(time)
        z[_ENTRY["jaw"]] = 1.7 * _loudness(time)
        z[_ENTRY["lids"]] = 2.2 * max(
            np.exp(-(((time - blink) / 0.07) ** 2)) for blink in _BLINKS_S
        )
        yield z


def _pose_at(time: float) -> Array:
    """Entries of the state between the script's lines, eased."""
    lines = np.zeros((len(_SCRIPT), STATE_DIM), np.float32)
    for row, (_, entries) in enumerate(_SCRIPT):
        for name, value in entries.items():
            lines[row, _ENTRY[name]] = value
    seconds = [second for second, _ in _SCRIPT]
    after = min(max(int(np.searchsorted(seconds, time, "right")), 1), len(seconds) - 1)
    t = np.clip((time - seconds[after - 1]) / (seconds[after] - seconds[after - 1]), 0, 1)
    eased = t * t * (3 - 2 * t)
    return np.asarray(lines[after - 1] * (1 - eased) + lines[after] * eased, np.float32)


def _loudness(time: float) -> float:
    """Syllables, 0 to 1."""
    for start, stop in _SPEECH_S:
        if start <= time <= stop:
            fade = min(time - start, stop - time, 0.2) / 0.2
            syllable = 0.5 - 0.5 * np.cos(2 * np.pi * 3.1 * (time - start))
            return float(fade * syllable * (0.7 + 0.3 * np.sin(2.1 * time)))
    return 0.0


def _write_voice(path: Path) -> None:
    """A hum whose loudness follows the mouth, as a mono 16-bit WAV file."""
    time = np.arange(int(_SCRIPT[-1][0] * SAMPLE_RATE)) / SAMPLE_RATE
    coarse = np.arange(0, _SCRIPT[-1][0] + 0.01, 0.01)
    loudness = np.interp(time, coarse, [_loudness(float(second)) for second in coarse])
    pitch = 2 * np.pi * np.cumsum(150 + 25 * np.sin(2 * np.pi * 0.7 * time)) / SAMPLE_RATE
    harmonics = sum(np.sin(k * pitch) / k**1.3 for k in range(1, 9))
    samples = np.round(9000 * loudness * harmonics).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
