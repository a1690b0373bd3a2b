"""Whatever people call a picture, as one."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from d2animator.errors import MediaError, PictureError
from d2animator.media.clip import open_clip
from d2animator.media.images import write_image
from d2animator.media.pictures import as_picture, name_of
from tests.media.clips import make_clip, picture

IMAGE = picture()
GREY = IMAGE[..., 0]
TENSOR = torch.from_numpy(IMAGE).permute(2, 0, 1)


def encoded(kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(IMAGE).save(buffer, format=kind)
    return buffer.getvalue()


def read_once() -> io.BytesIO:
    file = io.BytesIO(encoded())
    file.read()  # somebody has looked at it before
    return file


SAME: dict[str, Any] = {
    "array": IMAGE,
    "of one": IMAGE[None],
    "uint16": IMAGE.astype(np.uint16) * 257,
    "float32": IMAGE.astype(np.float32) / 255,
    "float64": IMAGE / 255,
    "read only": np.frombuffer(IMAGE.tobytes(), np.uint8).reshape(IMAGE.shape),
    "mirrored": IMAGE[:, ::-1].copy()[:, ::-1],
    "opaque": np.dstack([IMAGE, np.full_like(GREY, 255)]),
    "tensor": TENSOR,
    "batch of one": TENSOR[None],
    "float tensor": TENSOR / 255,
    "with gradients": (TENSOR / 255).requires_grad_(),
    "channels last": torch.from_numpy(IMAGE),
    "pil": Image.fromarray(IMAGE),
    "bytes": encoded(),
    "bytearray": bytearray(encoded("BMP")),
    "memory": memoryview(encoded("TIFF")),
    "open file": read_once(),
}


@pytest.mark.parametrize("kind", SAME)
def test_it_is_the_same_picture(kind: str) -> None:
    for _ in range(2):  # an open file can be asked twice
        found = as_picture(SAME[kind], "source")
        assert found.dtype == np.uint8
        assert np.array_equal(found, IMAGE)
    clip = open_clip(SAME[kind])
    if kind not in ("of one", "batch of one"):  # as a driver, that is a clip of one frame
        assert clip.frame_rate is None
    assert [np.array_equal(frame.image, IMAGE) for frame in clip.frames] == [True]


@pytest.mark.parametrize("value", [GREY, GREY[..., None], torch.from_numpy(GREY), GREY / 255])
def test_grey_becomes_colours(value: Any) -> None:
    assert np.array_equal(as_picture(value, "source"), np.repeat(GREY[..., None], 3, 2))


def test_half_precision_comes_near() -> None:
    for kind in (torch.float16, torch.bfloat16):
        found = as_picture((TENSOR / 255).to(kind), "source")
        assert np.abs(found.astype(int) - IMAGE).max() <= 1


def test_files_are_named(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.png", IMAGE)
    for name in (path, str(path)):
        assert np.array_equal(as_picture(name, "source"), IMAGE)
        assert name_of(name) == str(path)
    with path.open("rb") as file:
        assert np.array_equal(as_picture(file, "source"), IMAGE)
    assert name_of(IMAGE) == "<picture>"


def test_transparency_is_kept_or_laid_on_white() -> None:
    layered = np.dstack([IMAGE, np.full_like(GREY, 255)])
    layered[:, 32:, 3] = 0
    for value in (layered, Image.fromarray(layered), torch.from_numpy(layered).permute(2, 0, 1)):
        assert as_picture(value, "source", opacity=True).shape == (48, 64, 4)
        flat = as_picture(value, "source")
        assert np.array_equal(flat[:, :32], IMAGE[:, :32])
        assert (flat[:, 32:] == 255).all()
    assert as_picture(SAME["opaque"], "source", opacity=True).shape == (48, 64, 3)


def test_what_cannot_be_seen_gets_its_neighbours_colour(tmp_path: Path) -> None:
    layered = np.zeros((40, 60, 4), np.uint8)
    layered[:, :30] = (200, 100, 50, 255)
    Image.fromarray(layered).save(tmp_path / "a.png")
    found = as_picture(tmp_path / "a.png", "source", opacity=True)
    assert np.array_equal(found[..., 3], layered[..., 3])
    assert (found[:, :34, :3] == (200, 100, 50)).all()
    assert (found[:, 36:, :3] == 255).all()


WRONG: list[tuple[Any, str]] = [
    (IMAGE.astype(np.float32), r"floats go from 0 to 1; got ndarray of shape \(48, 64, 3\), type "
     r"float32, from \d+ to \d+: divide it by 255"),
    (IMAGE / 127.5 - 1, "from -.* add 1 and halve it"),
    (IMAGE * 1e6, "from .* to .*: scale it"),
    (IMAGE.astype(np.int64), "type int64.*astype"),
    (IMAGE > 100, "type bool"),
    (IMAGE.transpose(2, 0, 1), r"shape \(3, 48, 64\).*channels last"),
    (IMAGE[..., :2], r"shape \(48, 64, 2\)"),
    (np.zeros((0, 4, 3), np.uint8), "at least one, got 4x0"),
    (np.broadcast_to(np.uint8(0), (9000, 9000, 3)), "at most 50 million pixels"),
    (np.full((4, 4, 3), np.nan), "finite"),
    (np.array(["a"]), r"shape \(1,\)"),
    (np.zeros((4, 4, 3), complex), "complex"),
    (TENSOR[None].expand(2, 3, 48, 64), r"Tensor of shape \(2, 3, 48, 64\), type uint8, from"),
    (None, "got NoneType None"),
    (7, "got int 7"),
    ([IMAGE, IMAGE], "got list"),
    (io.StringIO("text"), "binary mode"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "said"), WRONG)
def test_a_wrong_one_is_told_by_shape_type_and_range(value: Any, said: str) -> None:
    with pytest.raises(PictureError, match=said) as caught:
        as_picture(value, "source")
    assert str(caught.value).startswith("source: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 320


@pytest.mark.parametrize("content", [b"", b"text", encoded()[:100]])
def test_bytes_that_are_no_picture(content: bytes) -> None:
    for value in (content, io.BytesIO(content)):
        with pytest.raises(MediaError, match="<bytes>: "):
            as_picture(value, "source")


def test_a_series_of_pictures_of_any_kind(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.png", IMAGE)
    kinds: list[Any] = [path, IMAGE, TENSOR / 255, Image.fromarray(IMAGE), encoded()]
    clip = open_clip(kinds)
    assert clip.count == 5
    assert all(np.array_equal(frame.image, IMAGE) for frame in clip.frames)
    for batch in (np.stack([IMAGE, IMAGE]), TENSOR.expand(2, 3, 48, 64)):
        clip = open_clip(batch)
        assert clip.count == 2
        assert all(np.array_equal(frame.image, IMAGE) for frame in clip.frames)
    with pytest.raises(PictureError, match="frame 1: floats go from 0 to 1"):
        list(open_clip([IMAGE, IMAGE.astype(float)]).frames)
    with pytest.raises(PictureError, match="picture: expected a file"):
        open_clip(None)  # type: ignore[arg-type]


def test_a_video_as_bytes_is_refused(tmp_path: Path) -> None:
    content = make_clip(tmp_path / "a.mp4").read_bytes()
    with pytest.raises(MediaError, match="<bytes>: is not a picture"):
        open_clip(content)


def odd_object(random: Random) -> Any:
    """An array, a tensor, bytes or something else, of any shape, type and range."""
    shape = tuple(random.choice((0, 1, 2, 3, 4, 5, 9)) for _ in range(random.randrange(5)))
    low, high = random.choice(((0, 1), (0, 255), (-1, 1), (-1e30, 1e30), (0, 70000)))
    numbers = np.random.default_rng(random.randrange(2**32))
    values = numbers.uniform(low, high, shape)
    if values.size and random.random() < 0.2:
        values.flat[0] = random.choice((np.nan, np.inf, -np.inf))
    kinds = ("u1", "u2", "i2", "i8", "f2", "f4", "f8", "c8", "?", "U3", "O")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is lost by the change of type is what is wanted
        array = values.astype(random.choice(kinds))
    way = random.randrange(6)
    if way == 0 and array.dtype.kind in "biufc":
        return torch.from_numpy(array)
    if way == 1:
        return array.tobytes()
    if way == 2:
        return array.tolist()
    if way == 3:
        return io.BytesIO(array.tobytes())
    return random.choice((array, array[..., None], array.T, memoryview(b"abc"), object()))


@pytest.mark.parametrize("first", [0, pytest.param(200, marks=pytest.mark.slow)])
def test_objects_of_all_kinds(first: int) -> None:
    taken, refusals = 0, []
    for case in range(first, 10 * first or 200):
        value = odd_object(Random(case))
        try:
            picture = as_picture(value, "source", opacity=case % 2 == 0)
        except (PictureError, MediaError) as error:
            refusals.append(str(error))
        else:
            taken += 1
            assert picture.dtype == np.uint8
            assert picture.shape[2] in (3, 4)
    assert taken
    assert all("\n" not in said and len(said) < 400 for said in refusals)
