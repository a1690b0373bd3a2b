"""Pictures of every kind, as sources and drivers."""

from pathlib import Path

import numpy as np
from PIL import Image

from d2animator import D2Animator

animator = D2Animator.from_pretrained()

photo = Image.open("examples/astronaut.jpg")
driver = np.asarray(Image.open("examples/source.png").convert("RGB"), np.float32) / 255
result = animator.animate(photo, driver)
print(result.images[0].shape if result.images else None)

content = Path("examples/astronaut.jpg").read_bytes()
frames = [driver, driver[:, ::-1]]  # a driver of two frames
print(animator.animate(content, frames, motion="absolute").frames)
