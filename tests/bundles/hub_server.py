"""A Hub on loopback: as much of the real one's protocol as its client uses."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LOGIN_PAGE = b"<!DOCTYPE html><html><body>Please log in to the guest network</body></html>"


@dataclass
class Repo:
    """A repository: files of every commit, and where its branches are."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    private: bool = False
    # None for open; else the tokens that have access.
    allowed: set[str] | None = None

    def commit(self, files: dict[str, bytes], branch: str = "main") -> str:
        """Put files on a branch, on top of what is there."""
        before = self.commits.get(self.branches.get(branch, self.branches.get("main", "")), {})
        content = {name: data for name, data in (before | files).items()}
        digest = hashlib.sha1(f"{branch}{len(self.commits)}".encode())
        for name, data in sorted(content.items()):
            digest.update(name.encode() + data)
        self.commits[digest.hexdigest()] = content
        self.branches[branch] = digest.hexdigest()
        return digest.hexdigest()

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        commit = self.branches.get(revision, revision)
        return (commit, self.commits[commit]) if commit in self.commits else None


@dataclass
class Hub:
    """The state of the server, and what a test may make it do."""

    repos: dict[str, Repo] = field(default_factory=dict)
    # Files that are no repository's, by path: "/net.pkl".
    plain: dict[str, bytes] = field(default_factory=dict)
    # Tokens that may write.
    writers: set[str] = field(default_factory=lambda: {"hf_writer"})
    # Every request so far: method, path, Range header ("" for none).
    log: list[tuple[str, str, str]] = field(default_factory=list)
    # Answer everything with a login page.
    captive: bool = False
    # Break off the next answers with a file after this many bytes.
    breaks: list[int] = field(default_factory=list)
    # Flip a byte of these files as they go out.
    damaged: set[str] = field(default_factory=set)
    objects: dict[str, bytes] = field(default_factory=dict)
    url: str = ""

    def add(self, name: str, folder: Path, branch: str = "main") -> str:
        """Commit a folder's files to a repository."""
        files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        return self.repos.setdefault(name, Repo()).commit(files, branch)

    def fetched(self) -> list[str]:
        """Names of the files whose content was asked for."""
        return [
            path.rpartition("/")[2]
            for method, path, _ in self.log
            if method == "GET" and not path.startswith("/api/")
        ]


@contextmanager
def running() -> Iterator[Hub]:
    """A server that answers until the block ends."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def do_PUT(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        chunked = self.headers.get("Transfer-Encoding") == "chunked"
        body = self.chunks() if chunked else self.rfile.read(length)
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        self.hub.log.append((self.command, path, self.headers.get("Range") or ""))
        if self.hub.captive:
            return self.send(200, LOGIN_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        if path in self.hub.plain:
            data = self.hub.plain[path]
            return self.send_file(path, data, {"ETag": f'"{_sha256(data)[:16]}"'})
        if path.startswith("/objects/"):
            self.hub.objects[path.rpartition("/")[2]] = body
            return self.send(200)
        words = path.strip("/").split("/")
        if words[:1] == ["api"]:
            return self.api(words[1:], parse_qs(parts.query), body)
        if path.endswith(".git/info/lfs/objects/batch"):
            return self.batch(json.loads(body))
        if len(words) > 4 and words[2] == "resolve":
            return self.resolve(words)
        return self.refuse(404, "EntryNotFound")

    def chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    # Reading

    def resolve(self, words: list[str]) -> None:
        found = self.find("/".join(words[:2]), words[3])
        if found is None:
            return None
        commit, files = found
        name = "/".join(words[4:])
        if name not in files:
            return self.refuse(404, "EntryNotFound", {"X-Repo-Commit": commit})
        headers = {"X-Repo-Commit": commit, "ETag": f'"{_etag(name, files[name])}"'}
        return self.send_file(name, files[name], headers)

    def find(self, name: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """The commit and its files, or None after an answer that says why not."""
        repo, token = self.hub.repos.get(name), self.token()
        if repo is None or (repo.private and token not in self.hub.writers):
            self.refuse(401 if token is None else 404, "RepoNotFound")
        elif repo.allowed is not None and token not in repo.allowed:
            self.refuse(401 if token is None else 403, "GatedRepo")
        elif (found := repo.at(revision)) is None:
            self.refuse(404, "RevisionNotFound")
        else:
            return found
        return None

    def token(self) -> str | None:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None

    # The API

    def api(self, words: list[str], query: dict[str, list[str]], body: bytes) -> None:
        if words == ["repos", "create"]:
            return self.create(json.loads(body))
        if words == ["validate-yaml"]:
            starts = json.loads(body)["content"].startswith("---\n")
            warnings = [] if starts else [{"message": "empty or missing yaml metadata"}]
            return self.send_json({"errors": [], "warnings": warnings})
        if words[:1] != ["models"] or len(words) < 3:
            return self.refuse(404, "EntryNotFound")
        name, rest = "/".join(words[1:3]), words[3:]
        if rest[:1] in (["preupload"], ["commit"], ["branch"]):
            return self.write(name, rest, query, body)
        revision = rest[1] if len(rest) > 1 else "main"
        found = self.find(name, revision)
        if found is None:
            return None
        commit, files = found
        if rest[:1] == ["tree"]:
            return self.send_json([_entry(path, data) for path, data in files.items()])
        siblings = [{"rfilename": path} for path in files]
        return self.send_json({"id": name, "sha": commit, "siblings": siblings})

    def create(self, wish: dict[str, Any]) -> None:
        if self.token() not in self.hub.writers:
            return self.refuse(401 if self.token() is None else 403, "")
        name = f"{wish.get('organization') or 'me'}/{wish['name']}"
        if name in self.hub.repos:
            error = "You already created this model repo"
            return self.send_json({"error": error, "url": f"{self.hub.url}/{name}"}, 409)
        private = wish.get("private") or wish.get("visibility") == "private"
        self.hub.repos[name] = Repo(private=bool(private))
        self.hub.repos[name].commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        return self.send_json({"url": f"{self.hub.url}/{name}", "name": name, "id": name})

    def write(self, name: str, rest: list[str], query: dict[str, list[str]], body: bytes) -> None:
        if self.token() not in self.hub.writers:
            return self.refuse(403, "")
        repo = self.hub.repos.get(name)
        if repo is None:
            return self.refuse(404, "RepoNotFound")
        if rest[0] == "branch":
            repo.branches.setdefault(rest[1], repo.branches["main"])
            return self.send_json({})
        if rest[0] == "preupload":
            files = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if file["path"].endswith(".safetensors") else "regular",
                    "shouldIgnore": False,
                }
                for file in json.loads(body)["files"]
            ]
            return self.send_json({"files": files})
        if rest[1] not in repo.branches:
            return self.refuse(404, "RevisionNotFound")
        branch = "refs/pr/1" if "create_pr" in query else rest[1]
        commit = self.commit(repo, branch, [json.loads(line) for line in body.splitlines()])
        pull = f"{self.hub.url}/{name}/discussions/1" if "create_pr" in query else ""
        url = f"{self.hub.url}/{name}/commit/{commit}"
        return self.send_json({"commitUrl": url, "commitOid": commit, "pullRequestUrl": pull})

    def commit(self, repo: Repo, branch: str, lines: list[dict[str, Any]]) -> str:
        files, gone = {}, []
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
            elif line["key"] == "deletedFile":
                gone.append(value["path"])
        commit = repo.commit(files, branch)
        for path in gone:
            del repo.commits[commit][path]
        return commit

    def batch(self, wish: dict[str, Any]) -> None:
        objects = [
            {**one, "actions": {"upload": {"href": f"{self.hub.url}/objects/{one['oid']}"}}}
            for one in wish["objects"]
        ]
        self.send_json({"transfer": "basic", "objects": objects})

    # Answers

    def send_file(self, name: str, data: bytes, headers: dict[str, str]) -> None:
        if self.headers.get("If-None-Match") == headers["ETag"]:
            return self.send(304, b"", headers)
        if name.rpartition("/")[2] in self.hub.damaged:
            data = data[:-1] + bytes([data[-1] ^ 1])
        wanted = (self.headers.get("Range") or "").removeprefix("bytes=").removesuffix("-")
        # The same version still, or a client that does not care.
        same = self.headers.get("If-Range") in (None, headers["ETag"])
        if wanted and same and self.command == "GET":
            start = int(wanted)
            headers |= {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
            return self.send(206, data[start:], headers, breakable=True)
        return self.send(200, data, headers, breakable=True)

    def send_json(self, content: object, status: int = 200) -> None:
        self.send(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def refuse(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        words = {"X-Error-Code": code, "X-Error-Message": code or "Forbidden"}
        self.send(status, b"{}", (headers or {}) | (words if code else {}))

    def send(
        self,
        status: int,
        data: bytes = b"",
        headers: dict[str, str] | None = None,
        breakable: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD" or status == 304:
            return
        if breakable and self.hub.breaks and len(data) > self.hub.breaks[0]:
            data = data[: self.hub.breaks.pop(0)]
            self.close_connection = True
        self.wfile.write(data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _git(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _etag(name: str, data: bytes) -> str:
    """Large files go by their SHA-256, the others by what git calls them."""
    return _sha256(data) if name.endswith(".safetensors") else _git(data)


def _entry(path: str, data: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "file",
        "path": path,
        "size": len(data),
        "oid": _git(data),
    }
    if path.endswith(".safetensors"):
        entry["lfs"] = {"oid": _sha256(data), "size": len(data), "pointerSize": 130}
    return entry
