from fractions import Fraction

import numpy as np

from d2animator import D2Animator
from d2animator.media.images import read_image

animator = D2Animator.from_pretrained()
somebody = read_image("examples/source.png")
two = np.hstack([somebody, somebody[:, ::-1]])

(motion,) = animator.motions("examples/driving.mp4")
early = motion.trimmed(Fraction(0), Fraction(1, 2))
late = motion.trimmed(Fraction(1), Fraction(2))
result = animator.animate_pairs(two, {"0": early, "1": late}, "two.mp4", inversion="encoder")
print(f"{result.frames} frames at {result.fps} a second")  # those of the first driver
