from d2animator import D2Animator, D2AnimatorError

try:
    D2Animator.from_pretrained("no/such/folder/anywhere")
except D2AnimatorError as error:
    print(error)  # one sentence: what was wrong, what is allowed, what to do
