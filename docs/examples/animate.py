from d2animator import D2Animator

animator = D2Animator.from_pretrained()
result = animator.animate("examples/astronaut.jpg", "examples/driving.mp4", output="out.mp4")
print(f"{result.frames} frames at {result.fps} a second in {result.output}")
