from d2animator import D2Animator

animator = D2Animator.from_pretrained()
portrait = animator.prepare("examples/source.png")
for motion in ("relative", "absolute"):
    animator.animate(portrait, "examples/driving.mp4", output=f"{motion}.mp4", motion=motion)
