"""Where live pictures are shown: a window, the system's virtual camera, a file."""

from __future__ import annotations

import os
import sys
from typing import Any, Protocol

import cv2
import numpy as np

from d2animator.errors import OutputError
from d2animator.faces.detector import Picture
from d2animator.live.controls import DOWN, LEFT, RIGHT, UP
from d2animator.media.video import fitted


class Viewer(Protocol):
    """Shows pictures, and may tell which keys were pressed meanwhile."""

    def show(self, picture: Picture, line: str) -> None:
        """Show a picture, RGB (H, W, 3), uint8, and a line of text about it."""
        ...

    def pressed(self) -> list[str]:
        """Give the keys that were pressed since the last time, see `Controls`."""
        ...

    def close(self) -> None:
        """Show no more."""
        ...


# What OpenCV's toolkits (GTK, Qt, Cocoa, Windows) tell of arrow keys.
_ARROWS = {
    **{65361: LEFT, 65362: UP, 65363: RIGHT, 65364: DOWN},
    **{63234: LEFT, 63232: UP, 63235: RIGHT, 63233: DOWN},
    **{2424832: LEFT, 2490368: UP, 2555904: RIGHT, 2621440: DOWN},
}
_ESCAPE = 27


def has_display() -> bool:
    """Tell whether a window could be seen; without a display OpenCV ends the whole program."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Window:
    """A window of this machine's desktop."""

    def __init__(self, title: str) -> None:
        """Open it.

        Raises:
            OutputError: This OpenCV has none, or there is no display.
        """
        self._title = title
        if not has_display():
            raise OutputError("window", "there is no display; show a page instead")
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        except cv2.error as error:
            reason = "this OpenCV opens none (opencv-python-headless?); show a page instead"
            raise OutputError("window", reason) from error
        self._shape: tuple[int, ...] = ()

    def show(self, picture: Picture, line: str) -> None:
        """Show a picture, with the line as the title."""
        if picture.shape != self._shape:
            self._shape = picture.shape
            cv2.resizeWindow(self._title, picture.shape[1], picture.shape[0])
        cv2.setWindowTitle(self._title, f"{self._title}: {line}")
        cv2.imshow(self._title, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

    def pressed(self) -> list[str]:
        """Give the keys pressed; a closed window counts as ``q``."""
        code = cv2.waitKeyEx(1)
        if cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1 or code == _ESCAPE:
            return ["q"]
        if code in _ARROWS:
            return [_ARROWS[code]]
        return [chr(code)] if 32 <= code < 127 else []

    def close(self) -> None:
        """Close the window."""
        cv2.destroyAllWindows()


class VirtualCamera:
    """A camera that other programs of this machine see.

    Attributes:
        name: What they call it.
    """

    def __init__(self, size: tuple[int, int], fps: float = 30.0) -> None:
        """Open it.

        Args:
            size: Width and height that it keeps; pictures of others are fitted in.
            fps: Pictures a second, as other programs are told.

        Raises:
            OutputError: The library for it, or the system's driver, is not installed.
        """
        try:
            import pyvirtualcam
        except ImportError as error:
            reason = "needs one more library: pip install 'd2animator[camera]'"
            raise OutputError("virtual camera", reason) from error
        # Drivers want even sides.
        self._size = size[0] // 2 * 2, size[1] // 2 * 2
        try:
            self._camera: Any = pyvirtualcam.Camera(*self._size, fps, print_fps=False)
        except (RuntimeError, OSError) as error:
            raise OutputError("virtual camera", _how_to_install(error)) from error
        self.name = str(self._camera.device)

    def show(self, picture: Picture, line: str) -> None:
        """Send a picture."""
        del line
        same = picture.shape[1::-1] == self._size
        self._camera.send(np.ascontiguousarray(picture if same else fitted(picture, self._size)))

    def pressed(self) -> list[str]:
        """Give none."""
        return []

    def close(self) -> None:
        """Take it away."""
        self._camera.close()


def _how_to_install(error: Exception) -> str:
    if sys.platform.startswith("linux"):
        how = (
            "install v4l2loopback (on Debian and Ubuntu: sudo apt install v4l2loopback-dkms) and "
            "load it: sudo modprobe v4l2loopback exclusive_caps=1"
        )
    else:
        how = "install OBS Studio, and start its virtual camera once"
    said = " ".join(str(error).split())
    return f"there is no driver for one; {how} ({said})"
