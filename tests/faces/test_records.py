from __future__ import annotations

import json
from fractions import Fraction

import numpy as np

from d2animator.faces.records import LandmarkRecord, to_json


def test_records_become_one_json_object() -> None:
    points = np.array([[1.234, 2.0], [3.0, 4.567]], np.float32)
    records = [
        LandmarkRecord(
            0, Fraction(0), True, (1.0, 2.0, 3.0, 4.005), points, outline=points[:1] + 0.5
        ),
        LandmarkRecord(1, Fraction(1, 25), False, None, None),
    ]
    text = to_json({"layout": "wflw98", "fps": None}, records)
    assert json.loads(text) == {
        "layout": "wflw98",
        "fps": None,
        "frames": [
            {
                "index": 0,
                "time": 0.0,
                "found": True,
                "box": [1.0, 2.0, 3.0, 4.0],
                "points": [[1.23, 2.0], [3.0, 4.57]],
                "outline": [[1.73, 2.5]],
            },
            {
                "index": 1,
                "time": 0.04,
                "found": False,
                "box": None,
                "points": None,
                "outline": None,
            },
        ],
    }


def test_a_file_without_frames_is_json_too() -> None:
    assert json.loads(to_json({"layout": "wflw98"}, [])) == {"layout": "wflw98", "frames": []}
