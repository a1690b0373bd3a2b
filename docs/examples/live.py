from d2animator import D2Animator

animator = D2Animator.from_pretrained()
# A camera's number, an address, or a video that plays as one.
camera = "examples/driving.mp4"
for number, picture in enumerate(animator.live("examples/astronaut.jpg", camera, size=256)):
    print(number, picture.shape)
    if number == 5:
        break
