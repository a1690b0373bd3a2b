"""Colours as a picture's profile means them, turned into sRGB."""

from __future__ import annotations

import io
import itertools
import logging
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

_log = logging.getLogger(__name__)

# Colour spaces of profiles by their signature, and the mode of Pillow's that holds such colours.
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# A grey picture may carry a profile of colours.
_GREY = ("GRAY", "RGB")
# Profiles that move no colour by more than so many of 255 levels stand for sRGB itself.
_SAME_LEVELS = 2
_PROBES = range(0, 256, 51)


class ToSrgb:
    """Converts the colours of one file's pictures; does nothing for one without a profile."""

    def __init__(self, path: str | Path, picture: Image.Image) -> None:
        """Read the profile.

        Args:
            path: The file, for the log.
            picture: Its first picture.
        """
        self._transform: ImageCms.ImageCmsTransform | None = None
        self._mode = ""
        profile = picture.info.get("icc_profile")
        try:
            if picture.mode == "LAB":
                self._set_up(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")
            elif profile:
                self._read(profile, picture.mode)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError) as error:
            _log.warning("%s: its colour profile is ignored (%s)", path, error)

    def __call__(self, picture: Image.Image) -> Image.Image:
        """Convert a picture.

        Args:
            picture: In any mode of 8 bits.

        Returns:
            The picture itself where nothing is to be done, else one in RGB or RGBA.
        """
        if self._transform is None:
            return picture
        opacity = None
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            opacity = picture.getchannel("A")
        flat = picture if picture.mode == self._mode else picture.convert(self._mode)
        converted = ImageCms.applyTransform(flat, self._transform)
        if converted is None:
            return picture
        if opacity is not None:
            converted.putalpha(opacity)
        return converted

    def _read(self, content: bytes, mode: str) -> None:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        space = profile.profile.xcolor_space.strip()
        allowed = {"CMYK": ("CMYK",), "1": _GREY, "L": _GREY, "LA": _GREY, "La": _GREY}
        if space not in allowed.get(mode, ("RGB",)):
            raise ValueError(f"it is for {space or 'unknown'} colours, the picture is {mode}")
        self._set_up(profile, _MODES[space])

    def _set_up(self, profile: ImageCms.ImageCmsProfile, mode: str) -> None:
        target = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(profile, target, mode, "RGB")
        if mode in ("CMYK", "LAB") or _moves_colours(transform, mode):
            self._transform, self._mode = transform, mode


def _moves_colours(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Tell whether a profile differs from sRGB by more than rounding."""
    if mode == "L":
        probe = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    else:
        colours = np.array(list(itertools.product(_PROBES, repeat=3)), np.uint8)
        probe = Image.fromarray(colours[None])
    plain = np.asarray(probe.convert("RGB")).astype(int)
    converted = np.asarray(ImageCms.applyTransform(probe, transform)).astype(int)
    return int(np.abs(plain - converted).max()) > _SAME_LEVELS
