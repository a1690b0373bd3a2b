from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.web.users import socket_address

OWN = {"origin": "http://127.0.0.1:8420"}


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:1", "[::1]:8420", "192.168.1.7"])
def test_the_server_goes_by_addresses_and_its_own_names(client, host):
    assert client.get("/api/status", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "a b"])
def test_a_foreign_name_that_points_here_is_refused(client, host):
    """DNS rebinding: a page of that name would be this server's own to the browser."""
    assert client.get("/api/status", headers={"host": host}).status_code == 421


def test_a_name_can_be_allowed(serving):
    client = serving(allowed_hosts=("faces.example",))
    assert client.get("/", headers={"host": "Faces.Example"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_can_start_nothing(client, headers):
    assert client.post("/api/sessions", headers=headers).status_code == 403
    id = client.post("/api/sessions").json()["id"]
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(socket_address(id, "open"), headers=headers),
    ):
        pass


def test_the_own_page_can(client):
    assert client.post("/api/sessions", headers=OWN).status_code == 201
    assert client.post("/api/sessions", headers={"sec-fetch-site": "same-origin"}).is_success


@pytest.mark.parametrize(
    "path", ["/", "/static/app.js", "/api/status", "/api/jobs/none", "/nowhere"]
)
def test_every_answer_keeps_the_browser_to_this_server(client, path):
    policy = client.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


def test_a_password_is_asked_for(serving):
    client: TestClient = serving(auth=("me", "se:cret"))
    refused = client.get("/")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert client.get("/", auth=("me", "other")).status_code == 401
    assert client.get("/", headers={"authorization": "Basic %%%"}).status_code == 401
    assert client.get("/", headers={"authorization": "Bearer x"}).status_code == 401
    assert client.get("/", auth=("me", "se:cret")).status_code == 200
    id = client.post("/api/sessions", auth=("me", "se:cret")).json()["id"]
    # A browser sends no password with a socket; its address is one that nobody can guess.
    with client.websocket_connect(socket_address(id, "open")):
        pass
