from d2animator import load_bundle, make_detector
from d2animator.animate.landmarks import find_landmarks

bundle = load_bundle()
detector = make_detector("bundled", bundle=bundle)
layout = detector.layout
for record in find_landmarks(detector, "examples/source.png"):
    if record.points is not None:
        x, y = record.points[layout.nose_tip]
        print(f"{layout.name}, {layout.points} points: nose at {x:.1f}, {y:.1f}")
