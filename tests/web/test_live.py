from __future__ import annotations

import pytest

from d2animator.media.images import encode_jpeg, read_image
from tests.seeing import picture
from tests.web.users import User, socket_address


def frame(number: int, index: int = 0) -> bytes:
    return number.to_bytes(4, "big") + encode_jpeg(picture(index))


@pytest.fixture
def user(client):
    return User(client)


def test_a_camera_drives_a_photo(client, user, files):
    source = user.file(files / "me.png")
    with client.websocket_connect(socket_address(user.id, "live")) as socket:
        socket.send_json({"source": source, "size": 64, "mirror": True, "gains": {"pose": 0.5}})
        assert socket.receive_json() == {"ready": True, "width": 64, "height": 64}
        socket.send_bytes(frame(7))
        answer = socket.receive_bytes()
        assert int.from_bytes(answer[:4], "big") == 7
        assert read_image(answer[4:]).shape == (64, 64, 3)
        assert socket.receive_json() == {"state": "learning"}
        socket.send_json({"neutral": True})
        socket.send_json({"paused": True})
        socket.send_bytes(frame(8, 1))
        assert socket.receive_bytes()[:4] == (8).to_bytes(4, "big")
        assert socket.receive_json() == {"state": "paused"}


def test_frames_are_left_out_for_newer_ones(client, user, files):
    source = user.file(files / "me.png")
    with client.websocket_connect(socket_address(user.id, "live")) as socket:
        socket.send_json({"source": source, "size": 64})
        socket.receive_json()
        for number in range(40):
            socket.send_bytes(frame(number, number))
        answered: list[int] = []
        while not answered or answered[-1] != 39:
            message = socket.receive()
            if message.get("bytes"):
                answered.append(int.from_bytes(message["bytes"][:4], "big"))
        assert answered == sorted(answered)
        assert len(answered) < 40


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"source": "nothing"}, "no such file"),
        ({"source": "example:driving.mp4"}, "is no picture"),
        ({"source": "example:source.png", "size": 9}, "size: expected"),
        ({"source": "example:source.png", "gains": {"nose": 1}}, "nose"),
        ({"source": "example:source.png", "mirror": "yes"}, "mirror"),
    ],
)
def test_a_wrong_wish_is_a_sentence(client, user, wish, said):
    with client.websocket_connect(socket_address(user.id, "live")) as socket:
        socket.send_json(wish)
        assert said in socket.receive_json()["error"]


def test_a_frame_that_is_no_picture_ends_it_with_a_sentence(client, user, files):
    with client.websocket_connect(socket_address(user.id, "live")) as socket:
        socket.send_json({"source": user.file(files / "me.png"), "size": 64})
        socket.receive_json()
        socket.send_bytes(b"0000no picture")
        assert "picture" in socket.receive_json()["error"]


def test_only_some_are_live_at_once(serving, files):
    client = serving(max_live=1)
    user = User(client)
    with client.websocket_connect(socket_address(user.id, "live")) as first:
        first.send_json({"source": user.file(files / "me.png"), "size": 64})
        first.receive_json()
        with client.websocket_connect(socket_address(user.id, "live")) as second:
            assert "1 people are live" in second.receive_json()["error"]
