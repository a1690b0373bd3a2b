import numpy as np

from d2animator import D2Animator
from d2animator.head.fit import fit_picture
from d2animator.head.follow import fit_clip

animator = D2Animator.from_pretrained()

# A picture: where the head is, who it is, what it does.
(record,) = animator.landmarks("examples/astronaut.jpg")
if record.points is None:
    raise SystemExit("no face")
fit = fit_picture(record.points)
print(f"yaw {fit.yaw_deg:.1f}, pitch {fit.pitch_deg:.1f}, roll {fit.roll_deg:.1f} degrees")
strongest = sorted(fit.expressions().items(), key=lambda item: -item[1])[:3]
print(", ".join(f"{name} {weight:.2f}" for name, weight in strongest))

# A mesh, in centimetres, and where the picture shows its vertices, in pixels.
vertices = fit.mesh()
places, distances = fit.project(vertices)
print(vertices.shape, places.shape, f"{distances.min():.0f} cm away")

# A clip: one person for all frames; a frame without a face gives None.
records = animator.landmarks("examples/driving.mp4")
found = np.array([record.points is not None for record in records])
points = np.array([np.zeros((98, 2)) if r.points is None else r.points for r in records])
yaws = [fit.yaw_deg for fit in fit_clip(points, found) if fit is not None]
print(f"turns from {min(yaws):.0f} to {max(yaws):.0f} degrees")
