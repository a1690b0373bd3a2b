"""What is signed is accepted, and can be seen, without any of this program's own code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from d2animator.marks import keys
from d2animator.marks.manifest import Origin, sidecar_of, sign
from tests.marks.boxes import MANIFEST_STORE, boxes, manifest_bytes
from tests.marks.test_manifest import ANIMATED, MOVING, STILLS, WITHOUT_ROOM, make_file

FORMATS = [(suffix, False) for suffix in STILLS]
FORMATS += [(suffix, True) for suffix in (*MOVING, *ANIMATED)]

# The library's own reader with its own settings, in a process that has nothing of ours.
READER = """
import json, sys
from c2pa import Reader
for path, kind, beside in json.loads(sys.argv[1]):
    with open(path, "rb") as file:
        sidecar = open(beside, "rb").read() if beside else None
        with Reader(kind, file, sidecar) as reader:
            failures = reader.get_validation_results()["activeManifest"]["failure"]
            state = reader.get_validation_state()
            print(json.dumps([state, [one["code"] for one in failures], reader.json()]))
assert not [name for name in sys.modules if name.startswith("d2animator")]
"""
TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
}


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    """A file of each format, signed, by suffix and whether it moves."""
    identity, _ = keys.make_identity()
    made = {}
    for suffix, moving in FORMATS:
        path = make_file(tmp_path_factory.mktemp("made"), suffix, moving=moving)
        sign(path, path, Origin("generated"), identity)
        made[suffix, moving] = path
    return made


def test_another_process_accepts_every_format(signed):
    asked = [
        [str(path), TYPES.get(suffix, "application/octet-stream"), _beside(path)]
        for (suffix, _), path in signed.items()
    ]
    command = [sys.executable, "-I", "-c", READER, json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(FORMATS)
    for state, failures, manifest in told:
        assert state == "Valid"
        # Nobody vouches for a certificate that was made here; nothing else is amiss.
        assert failures == ["signingCredential.untrusted"]
        assert "digitalsourcetype/trainedAlgorithmicMedia" in manifest


def _beside(path: Path) -> str | None:
    beside = sidecar_of(path)
    return str(beside) if beside.exists() else None


@pytest.mark.parametrize(("suffix", "moving"), FORMATS)
def test_the_manifest_is_where_the_format_has_it(signed, suffix, moving):
    path = signed[suffix, moving]
    beside = sidecar_of(path)
    assert beside.exists() == (suffix in WITHOUT_ROOM)
    content = beside.read_bytes() if beside.exists() else manifest_bytes(path.read_bytes())
    assert MANIFEST_STORE in content[:40]
    found = list(boxes(content))
    labels = [box.label for box in found if box.label]
    assert labels[0] == "c2pa"
    assert {"c2pa.assertions", "c2pa.signature", "c2pa.actions.v2"} <= set(labels)
    actions = next(box for box in found if box.label == "c2pa.actions.v2")
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in actions.content
    assert b"d2animator" in actions.content


def test_an_unsigned_file_has_no_such_place(tmp_path):
    for suffix, moving in FORMATS:
        assert manifest_bytes(make_file(tmp_path, suffix, moving=moving).read_bytes()) == b""
