from fractions import Fraction

from d2animator import D2Animator

animator = D2Animator.from_pretrained()
(motion,) = animator.motions("examples/driving.mp4")
second = motion.trimmed(Fraction(1), Fraction(2))

# The mouth follows the driver, everything else goes on as it does in the video.
result = animator.animate(
    "examples/driving.mp4", second, "dubbed.mp4", inversion="encoder", regions=("mouth",)
)
print(f"{result.frames} frames, {len(result.unchanged_frames)} of them without a face")
