from d2animator import D2Animator

animator = D2Animator.from_pretrained()
portrait = animator.portrait("examples/source.png")

turned = animator.edit(portrait, {"yaw": 15, "mouth_open": 0.5})
front = animator.frontalize(portrait, output="front.png")
if turned.images is not None:
    print(turned.images[0].shape)  # (R, R, 3), RGB

# A changed portrait can be animated like any other.
looking_up = animator.edited(portrait, {"pitch": -8})
animator.animate(looking_up, "examples/driving.mp4", "out.mp4", regions=("mouth", "eyes"))
