from d2animator import D2Animator

animator = D2Animator.from_pretrained()

# A photo changes in its own size; names are those of the guide, or of the 52 blendshapes.
photo = animator.prepare("examples/astronaut.jpg", renderer="photo")
animator.edit(photo, {"yaw": 15, "mouth_open": 0.5}, output="turned.png")
animator.edit(photo, {"browInnerUp": 0.7, "gaze_yaw": -15}, output="astonished.png")
front = animator.frontalize(photo)
if front.images is not None:
    print(front.images[0].shape)  # (512, 512, 3), RGB

# In the generator, a changed portrait can be animated like any other.
portrait = animator.portrait("examples/source.png")
looking_up = animator.edited(portrait, {"pitch": -8})
animator.animate(looking_up, "examples/driving.mp4", "out.mp4", regions=("mouth", "eyes"))
