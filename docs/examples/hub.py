from d2animator import D2Animator
from d2animator.bundles.info import describe

animator = D2Animator.from_pretrained("puppet")  # or "someone/faces"
animator.save_pretrained("my-bundle")

print((animator.device, describe("my-bundle").licenses))
# Once you have logged in: animator.push_to_hub("me/faces", private=True)
