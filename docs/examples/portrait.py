from d2animator import D2Animator

animator = D2Animator.from_pretrained()
photo = animator.prepare("examples/astronaut.jpg")
for motion in ("relative", "absolute"):
    animator.animate(photo, "examples/driving.mp4", output=f"{motion}.mp4", motion=motion)
