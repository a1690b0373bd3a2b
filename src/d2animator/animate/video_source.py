"""A video as the source: the face in it moves as a driver does, or as it did before, changed."""

from __future__ import annotations

from pathlib import Path

from d2animator.animate.changes import Change
from d2animator.animate.options import AnimateOptions
from d2animator.animate.performer import (
    inverted,
    landmark_limit,
    motion_of,
    moves_as_photo,
    moves_relatively,
    observed,
    retargeter_of,
)
from d2animator.animate.result import AnimationResult
from d2animator.animate.run import Run
from d2animator.errors import ConfigError
from d2animator.faces.actions import region_gains
from d2animator.faces.align import ffhq_crop
from d2animator.faces.motion import Points
from d2animator.invert.sources import Sources
from d2animator.media.clip import Clip, open_clip
from d2animator.media.files import check_readable
from d2animator.media.images import is_picture
from d2animator.performers.in_video import DrawnInVideo, Footage, make_target, own_motion
from d2animator.performers.photo.in_video import PhotographedVideo
from d2animator.performers.portrait import Portrait
from d2animator.performers.shots import Reel, choose_shot, follow_shots, steadied


def open_footage(source: object) -> Clip | None:
    """Open a source that is a video; None for any other source.

    Raises:
        MediaError: The file can be read as neither picture nor video.
    """
    if not isinstance(source, str | Path) or is_picture(check_readable(source)):
        return None
    return open_clip(source)


def animate_video(sources: Sources, video: Clip, run: Run) -> AnimationResult:
    """Make the face in a video move as a run's driver does."""
    options = run.options
    if options.source_motion == "add" and run.driver.is_still:
        reason = "add needs a driver that moves, got a picture; use replace"
        raise ConfigError("source_motion", reason)
    frame, points = choose_shot(video, sources.tracker(), options.source_face)
    if moves_as_photo(sources, frame.image, points, options):
        best = sources.photo(frame.image, points, options.size, run.delivery.progress)
        gains = region_gains(options.regions, options.gains)
        relative = moves_relatively(run.driver, options)
        retargeter = retargeter_of(best, options, relative=relative)
        add = options.source_motion == "add"
        reel = _reel(sources, video, points, options)
        crop = options.paste_back is False
        moving = PhotographedVideo(best, reel, retargeter, gains=gains, add=add, crop=crop)
        return run.perform(moving, run.driver.observations(sources.tracker(), options))
    portrait = inverted(sources, frame.image, points, options)
    reference, observations = observed(sources, run, portrait.landmarks)
    gains = region_gains(options.regions, options.gains)
    performer = DrawnInVideo(
        portrait,
        motion_of(sources, portrait, options),
        _footage(sources, video, portrait, points, options),
        make_target(portrait.landmarks, options.source_motion, gains),
        sources.tracker().landmarks_batch,
        reference,
        landmark_limit(sources, options),
    )
    return run.perform(performer, observations, portrait.report)


def change_video(sources: Sources, video: Clip, change: Change, run: Run) -> AnimationResult:
    """Change the face in a video and let it go on as it does.

    Args:
        sources: Makes the portrait.
        video: The source.
        change: What to change.
        run: Its clip is the video again.
    """
    options = run.options
    frame, points = choose_shot(video, sources.tracker(), options.source_face)
    gains = region_gains(options.regions, options.gains)
    if moves_as_photo(sources, frame.image, points, options):
        best = sources.photo(frame.image, points, options.size, run.delivery.progress)
        reel = _reel(sources, video, points, options)
        moved = PhotographedVideo(
            best,
            reel,
            None,
            gains=gains,
            change=change.photo(best),
            crop=options.paste_back is False,
        )
        return run.perform(moved, reel.observations())
    change.check()
    portrait = change.portrait(inverted(sources, frame.image, points, options))
    footage = _footage(sources, video, portrait, points, options)
    performer = DrawnInVideo(
        portrait,
        motion_of(sources, portrait, options),
        footage,
        own_motion(portrait.landmarks, gains),
        sources.tracker().landmarks_batch,
        limit=landmark_limit(sources, options),
    )
    return run.perform(performer, footage.observations(), portrait.report)


def _reel(sources: Sources, video: Clip, points: Points, options: AnimateOptions) -> Reel:
    """The video from its start, the face in it followed and steadied."""
    shots = follow_shots(video, sources.tracker(), options.source_face)
    if options.smooth == "none":
        return Reel(shots)
    return Reel(steadied(shots, 1 / ffhq_crop(points, 1).scale))


def _footage(
    sources: Sources, video: Clip, portrait: Portrait, points: Points, options: AnimateOptions
) -> Footage:
    shots = follow_shots(video, sources.tracker(), options.source_face)
    return Footage(
        shots,
        portrait,
        points,
        whole=options.paste_back is not False,
        size=options.size,
        smooth=options.smooth == "euro",
    )
