"""What the watermark survives, how often it is found where there is none, what marking costs.

    python -m benchmarks.marking make CLIPS --photos *.jpg --drivers *.mp4 --clips 100
    python -m benchmarks.marking try CLIPS
    python -m benchmarks.marking show CLIPS --unmarked real/*.mp4 --write
    python -m benchmarks.marking cost astronaut.jpg driving.mp4 --write

``make`` draws short clips without a mark, by both renderers. ``try`` marks each, encodes it as the
program does, harms it in the usual ways, and looks for the mark, knowing nothing of what happened;
it can be stopped and goes on where it was. ``show`` adds it all up. ``cost`` is apart.
"""
