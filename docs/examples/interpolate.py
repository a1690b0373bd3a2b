from d2animator import D2Animator

animator = D2Animator.from_pretrained()
pictures = animator.interpolate("examples/source.png", "examples/source.png", frames=8)
print(pictures.shape)  # (8, 128, 128, 3), RGB
