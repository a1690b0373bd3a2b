from d2animator import D2Animator
from d2animator.media.video import VideoReader

animator = D2Animator.from_pretrained()
camera = VideoReader("examples/driving.mp4")  # whatever gives frames, RGB (H, W, 3) uint8

with animator.session("examples/astronaut.jpg", size=256) as session:
    for frame in camera:
        picture = session.feed(frame.image, float(frame.time))
        if frame.index == 5:
            session.neutral()  # the next face is the driver's at rest
            session.set(gains={"mouth": 1.3}, mirror=True)
            other = session.change("examples/source.png")  # prepared while the first one moves
        if frame.index == 12:
            break
    other.result()  # raises what went wrong, such as a picture without a face
    print(session.state, session.size, picture.shape)
