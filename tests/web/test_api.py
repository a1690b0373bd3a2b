from __future__ import annotations

import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from d2animator.errors import UnknownModelError
from d2animator.marks.verify import verify
from d2animator.media.images import read_image
from d2animator.media.video import VideoReader
from tests.seeing import film
from tests.web.users import User, socket_address


def test_a_script_animates(client, files):
    user = User(client)
    source, driver = user.file(files / "me.png"), user.file(files / "clip.mp4")
    job = user.job("/api/animate", source=source, driver=driver, options={"renderer": "photo"})
    done = user.wait(job)
    assert done["state"] == "done", done
    result = done["result"]
    assert (result["frames"], result["frames_without_face"]) == (6, [2, 3])
    assert result["name"] == "me--clip.mp4"
    assert "output" not in result
    answer = client.get(result["url"] + "?download=1")
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"] == 'attachment; filename="me--clip.mp4"'
    (files / "out.mp4").write_bytes(answer.content)
    assert len(list(VideoReader(files / "out.mp4"))) == 6
    assert verify(files / "out.mp4").credentials is not None
    part = client.get(result["url"], headers={"range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


def test_source_and_driver_may_be_beside_the_result(client, files):
    user = User(client)
    source, driver = user.file(files / "me.png"), user.file(files / "clip.mp4")
    done = user.wait(
        user.job("/api/animate", source=source, driver=driver, options={"compare": True})
    )
    assert done["state"] == "done", done
    (files / "out.mp4").write_bytes(client.get(done["result"]["url"]).content)
    height, width = next(iter(VideoReader(files / "out.mp4"))).image.shape[:2]
    assert width > 2 * height


def test_a_driver_without_a_face_is_said_by_its_name(client, files):
    user = User(client)
    job = user.job(
        "/api/animate", source=user.file(files / "me.png"), driver=user.file(files / "dark.mp4")
    )
    done = user.wait(job)
    assert done["state"] == "failed"
    assert done["error"].startswith("dark.mp4: no face found")
    assert client.get(f"/api/jobs/{job['id']}/result").status_code == 409
    assert len(list((files / "served").rglob("*.*"))) == 2  # the two that were handed over


def test_a_wrong_file_is_refused_when_it_comes(client, files):
    user = User(client)
    answer = user.hand_over(files / "notes.txt")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("notes.txt: ")
    assert list((files / "served").rglob("*.*")) == []


def test_a_file_that_is_too_large_is_refused(serving, files):
    user = User(serving(max_upload=1000))
    answer = user.hand_over(files / "clip.mp4")
    assert answer.status_code == 413
    assert "clip.mp4: is larger than the 0.001 MB" in answer.json()["error"]
    assert list((files / "served").rglob("*.*")) == []


def test_an_edit_comes_as_a_signed_picture(client, files):
    user = User(client)
    source = user.file(files / "me.png")
    answer = user.ask("/api/edit", source=source, amounts={"yaw": 12})
    assert answer.headers["content-type"] == "image/png"
    (files / "edited.png").write_bytes(answer.content)
    assert Image.open(io.BytesIO(answer.content)).size == (96, 96)
    assert verify(files / "edited.png").credentials is not None
    small = user.ask("/api/edit", source=source, amounts={"yaw": 12}, size=48, format="webp")
    assert Image.open(io.BytesIO(small.content)).size == (48, 48)
    assert len(list((files / "served").rglob("*.*"))) == 1


def test_a_preview_is_a_jpeg_that_changes_with_the_amounts(client, files):
    user = User(client)
    source = user.file(files / "me.png")
    shown = []
    for yaw in (0, 15, 15):
        answer = user.ask("/api/edit", source=source, amounts={"yaw": yaw}, preview=True)
        assert answer.headers["content-type"] == "image/jpeg"
        shown.append(read_image(answer.content).astype(int))
    assert np.array_equal(shown[1], shown[2])
    assert np.abs(shown[0] - shown[1]).max() > 4


def test_what_was_made_smaller_is_told_with_the_preview(client):
    user = User(client)
    for yaw, told in ((5, None), (60, "true")):
        wish = {"source": "example:source.png", "amounts": {"yaw": yaw}, "preview": True}
        assert user.ask("/api/edit", **wish).headers.get("x-limited") == told


def test_an_edit_becomes_a_clip(client, files):
    user = User(client)
    job = user.job(
        "/api/clip", source=user.file(files / "me.png"), amounts={"pitch": 8}, seconds=0.4
    )
    done = user.wait(job)
    assert done["state"] == "done", done
    assert done["result"]["frames"] == 10
    assert done["result"]["name"] == "me--edit.mp4"


@pytest.mark.parametrize(
    ("path", "wishes", "said"),
    [
        ("/api/edit", {"source": "nothing"}, "no such file"),
        ("/api/edit", {"source": 7}, "expected a file's id"),
        ("/api/edit", {"source": "example:driving.mp4"}, "is no picture"),
        ("/api/edit", {"source": "example:source.png", "amounts": {"smil": 1}}, "smil: expected"),
        ("/api/edit", {"source": "example:source.png", "amounts": {"smile": 9}}, "smile: expected"),
        ("/api/edit", {"source": "example:source.png", "amounts": {"smile": "x"}}, "a number"),
        ("/api/edit", {"source": "example:source.png", "amounts": [1]}, "amounts"),
        ("/api/edit", {"source": "example:source.png", "format": "exe"}, "format"),
        ("/api/edit", {"source": "example:source.png", "size": 1e9}, "whole number"),
        ("/api/edit", {"source": "example:source.png", "size": 9999}, "size: expected"),
        ("/api/edit", {"sauce": 1}, "sauce: unknown"),
        ("/api/clip", {"source": "example:source.png", "seconds": 1e9}, "seconds"),
        ("/api/animate", {"source": "example:source.png"}, "expected a file's id"),
        ("/api/animate", {"source": "example:../secret"}, "no such file"),
    ],
)
def test_a_wrong_wish_is_a_sentence(client, path, wishes, said):
    answer = User(client).ask(path, **wishes)
    assert answer.status_code in (400, 404)
    assert said in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'{"source": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(client, body):
    user = User(client)
    answer = client.post("/api/edit", content=body, headers=user.headers)
    assert answer.status_code in (400, 413)
    assert "JSON" in answer.json()["error"]


def test_without_a_session_nothing_is_done(client):
    assert client.post("/api/files", content=b"x").status_code == 404
    assert client.get("/api/jobs/nothing").status_code == 404


def test_a_motion_drives_but_is_nobody(client, files, animator):
    from d2animator.animate.template import write_template

    write_template(files / "nod.safetensors", animator.motions(files / "clip.mp4")[0])
    user = User(client)
    motion = user.file(files / "nod.safetensors")
    answer = user.ask("/api/animate", source=motion, driver=motion)
    assert "nobody to animate" in answer.json()["error"]
    job = user.job("/api/animate", source=user.file(files / "me.png"), driver=motion)
    assert user.wait(job)["state"] == "done"


def test_two_users_wait_for_one_another_and_see_nothing_of_each_other(serving, animator, files):
    loaded = threading.Event()

    def load():
        assert loaded.wait(60)
        return animator

    client = serving(load)
    one, other = User(client), User(client)
    source, driver = one.file(files / "me.png"), one.file(files / "clip.mp4")
    answer = other.ask("/api/animate", source=source, driver=driver)
    assert answer.status_code == 404
    first = one.job("/api/animate", source=source, driver=driver)
    second = other.job(
        "/api/animate", source=other.file(files / "me.png"), driver=other.file(files / "clip.mp4")
    )
    for _ in range(100):
        if client.get(f"/api/jobs/{first['id']}").json()["phase"] == "loading the model":
            break
        time.sleep(0.05)
    told = client.get(f"/api/jobs/{second['id']}").json()
    assert (told["state"], told["ahead"]) == ("waiting", 1)
    assert client.get("/api/status").json()["waiting"] == 1
    cancelled = client.delete(f"/api/jobs/{second['id']}").json()
    assert cancelled["state"] == "cancelled"
    loaded.set()
    assert one.wait(first)["state"] == "done"


def test_a_running_animation_ends_and_leaves_nothing(client, files):
    user = User(client)
    film(files / "long.mp4", "f" * 120)
    job = user.job(
        "/api/animate", source=user.file(files / "me.png"), driver=user.file(files / "long.mp4")
    )
    for _ in range(600):
        if client.get(f"/api/jobs/{job['id']}").json()["done"]:
            break
        time.sleep(0.02)
    client.delete(f"/api/jobs/{job['id']}")
    assert user.wait(job)["state"] == "cancelled"
    assert len(list((files / "served").rglob("*.*"))) == 2  # the two that were handed over


def test_a_session_that_ends_takes_files_and_jobs_along(client, files):
    user = User(client)
    user.file(files / "me.png")
    assert client.delete(f"/api/sessions/{user.id}").status_code == 204
    assert list((files / "served").iterdir()) == []
    assert user.hand_over(files / "me.png").status_code == 404


def test_a_model_that_cannot_be_had_is_said(serving, files):
    def load():
        raise UnknownModelError("nowhere", "no such folder; name another one")

    client = serving(load)
    user = User(client)
    job = user.job("/api/animate", source="example:source.png", driver="example:driving.mp4")
    assert "no such folder" in user.wait(job)["error"]
    assert client.get("/api/status").json()["model"] == "failed"
    assert "no such folder" in client.get("/api/model").json()["error"]


def test_the_names_are_those_of_the_edits(client):
    groups = client.get("/api/names").json()["groups"]
    sliders = {one["name"]: one for group in groups for one in group["sliders"]}
    assert len(sliders) == 5 + 13 + 51
    assert sliders["yaw"] | {"step": 0} == {
        "name": "yaw",
        "least": -60.0,
        "most": 60.0,
        "step": 0,
        "unit": "°",
    }
    user = User(client)
    for name in ("smile", "jawOpen", "gaze_yaw"):
        most = {name: sliders[name]["most"]}
        answer = user.ask("/api/edit", source="example:source.png", amounts=most, preview=True)
        assert answer.status_code == 200, answer.text


def test_the_model_page_has_its_card_and_strips(client):
    card = client.get("/api/model").json()
    assert card["name"] == "tiny"
    assert card["facts"]["directions"] == "5"
    strip = client.get(card["directions"][0]["strip"])
    assert Image.open(io.BytesIO(strip.content)).size == (5 * 32, 32)
    assert client.get("/api/model/directions/99.jpg").status_code == 404


def test_the_page_and_its_parts_are_served(client):
    page = client.get("/")
    assert "d2animator" in page.text
    assert client.get("/static/app.js").status_code == 200
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/examples/astronaut.jpg").status_code == 200
    assert client.get("/examples/..%2Fapp.py").status_code == 404


def test_an_open_page_keeps_its_session(serving, files):
    client = serving(grace_s=0.01)
    user = User(client)
    with client.websocket_connect(socket_address(user.id, "open")):
        user.file(files / "me.png")
        time.sleep(1.5)
        assert user.hand_over(files / "me.png").status_code == 201
    for _ in range(100):
        if not list((files / "served").iterdir()):
            break
        time.sleep(0.05)
    assert list((files / "served").iterdir()) == []
