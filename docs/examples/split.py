from d2animator import D2Animator

animator = D2Animator.from_pretrained("puppet")
animator.save_pretrained("generator-and-all")  # on the Hub it would be "somebody/generator"

place = "../generator-and-all"
animator.save_pretrained("all-but-generator", with_generator=False, generator_source=place)
D2Animator.from_pretrained("all-but-generator")
