from d2animator import D2Animator

animator = D2Animator.from_pretrained()
portrait = animator.portrait("examples/source.png", inversion="encoder")
if portrait.report is not None:
    print(portrait.report.describe())  # how it was inverted, and how near it came
    print(portrait.report.advice())  # what would help; None where nothing needs to

picture = animator.animate(portrait, "examples/source.png", paste_back=True).images
if picture is not None:
    print(picture[0].shape)  # the source's height and width
