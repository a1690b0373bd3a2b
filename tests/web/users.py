"""What a script does with the server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

ADDRESS = "http://127.0.0.1:8420"


def socket_address(session: str, what: str) -> str:
    """Address of a session's socket; the test client takes its host from there."""
    return f"{ADDRESS.replace('http', 'ws')}/api/sessions/{session}/{what}"


class User:
    """Somebody with a session."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.id = client.post("/api/sessions").json()["id"]
        self.headers = {"X-Session": self.id}

    def hand_over(self, path: Path) -> Any:
        content = path.read_bytes()
        return self.client.post(
            f"/api/files?name={path.name}", content=content, headers=self.headers
        )

    def file(self, path: Path) -> str:
        answer = self.hand_over(path)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def ask(self, path: str, **wishes: Any) -> Any:
        return self.client.post(path, json=wishes, headers=self.headers)

    def job(self, path: str, **wishes: Any) -> dict[str, Any]:
        answer = self.ask(path, **wishes)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def wait(self, job: dict[str, Any]) -> dict[str, Any]:
        for _ in range(1200):
            now = self.client.get(f"/api/jobs/{job['id']}").json()
            if now["state"] in ("done", "failed", "cancelled"):
                return dict(now)
            time.sleep(0.05)
        raise AssertionError(f"not over: {now}")
