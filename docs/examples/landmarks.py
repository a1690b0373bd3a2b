from d2animator import D2Animator

animator = D2Animator.from_pretrained()
for record in animator.landmarks("examples/driving.mp4"):
    if record.points is not None:
        x, y = record.points[54]  # the tip of the nose
        print(f"{float(record.time):.2f} s: nose at {x:.1f}, {y:.1f}")
