"""Draws what puppets wear; the meshes come from `wardrobe`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import Head, Indices
from tools.puppets import geometry, wardrobe
from tools.puppets.hair import COLUMNS, HairShell
from tools.puppets.programs import Programs
from tools.puppets.wear import Garment, Hat
from tools.puppets.world import Look

Array = NDArray[np.float32]

_NOSE_ROOT = 27  # of the iBUG points
_EARS = (16, 0)  # ends of the jaw line, left first: the temples rest above them


class Dressing:
    """Glasses, hats and collars of one renderer."""

    def __init__(self, gl: Any, programs: Programs, shell: HairShell, head: Head) -> None:
        """Reserve the meshes.

        Args:
            gl: OpenGL context.
            programs: Compiled in it.
            shell: The skull that hats sit on.
            head: Carries the glasses.
        """
        self._gl, self._programs, self._shell, self._head = gl, programs, shell, head
        frame, hat, peak = (
            wardrobe.frame_triangles(),
            wardrobe.hat_triangles(),
            wardrobe.peak_triangles(),
        )
        self._frame, self._frame_mesh, _ = self._solid(frame)
        self._hat, self._hat_mesh, self._hat_shadow = self._solid(hat, _ribs())
        self._peak, self._peak_mesh, self._peak_shadow = self._solid(peak)
        collar = wardrobe.collar_mesh(Garment(1.0, 0.0, 0.0), 0.0)
        self._collar = gl.buffer(reserve=len(collar.points) * 24, dynamic=True)
        self._collar_mesh = programs.mesh(
            "cloth", [(self._collar, {"position": 3, "normal": 3})], collar.triangles
        )

    def pressed(self, look: Look) -> NDArray[np.floating] | None:
        """Polar angle down to which the hat presses the hair, see `HairShell.build`."""
        if not look.hat.worn:
            return None
        # A hat that is hardly there presses the crown alone.
        return look.hat.pressing * wardrobe.hat_line_deg(self._shell.azimuth)

    def upload(
        self, look: Look, neutral: Array, eyes: Array, identity: Array, matrix: Array
    ) -> None:
        """Shape what ``look`` wears.

        Args:
            look: What is worn.
            neutral: Vertices (N, 3) of the head at rest.
            eyes: Centres and radii (2, 4) of the eyeballs.
            identity: Displacement (N, 3) of the head's vertices.
            matrix: Head to world (4, 4).
        """
        if look.glasses.worn:
            points = neutral[self._head.ibug68]
            ears = points[list(_EARS)] + (0.0, 0.7, -0.6)
            frame = wardrobe.frame_points(look.glasses, eyes, points[_NOSE_ROOT], ears)
            _write(self._frame, *frame)
        if look.hat.opacity:
            _write(self._hat, *wardrobe.hat_points(look.hat, self._shell, identity))
            _write(self._peak, *wardrobe.peak_points(self._shell, identity))
        if look.garment.has_collar:
            collar = wardrobe.collar_mesh(look.garment, look.neckline)
            # It goes with the neck as the skin does, or the neck would come through.
            follow = neck_follow(collar.points[:, 1:2] + 0.6)
            points = geometry.turned(collar.points, matrix, follow)
            _write(self._collar, points, collar.normals)

    def draw_shadow(self, look: Look) -> None:
        """Draw into the key light's shadow map."""
        if look.hat.opacity:
            self._hat_shadow.render()
            if not look.hat.is_knitted:
                self._peak_shadow.render()

    def draw(self, look: Look) -> None:
        """Draw hat and collar; glasses come last, see `draw_glasses`."""
        if look.garment.has_collar:
            self._programs.set("cloth", base=look.cloth, is_collar=True)
            self._collar_mesh.render()
            self._programs.set("cloth", is_collar=False)
        if look.hat.opacity:
            self._draw_hat(look.hat)

    def _draw_hat(self, hat: Hat) -> None:
        gl = self._gl
        gl.enable(gl.BLEND)
        gl.blend_func = (gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE)
        self._programs.set(
            "solid", base=hat.colour, shine=0.0, opacity=hat.opacity, knit=float(hat.is_knitted)
        )
        self._hat_mesh.render()
        if not hat.is_knitted:
            self._peak_mesh.render()
        gl.disable(gl.BLEND)

    def draw_glasses(self, look: Look) -> None:
        """Draw the frame over everything else; blending must be on."""
        glasses = look.glasses
        if glasses.worn:
            self._programs.set(
                "solid", base=glasses.colour, shine=0.6, opacity=glasses.worn, knit=0.0
            )
            self._frame_mesh.render()

    def _solid(self, triangles: Indices, strand: Array | None = None) -> tuple[Any, Any, Any]:
        """A buffer for points and normals, and its meshes for drawing and for shadows."""
        count = int(triangles.max()) + 1
        strand = np.zeros((count, 2), np.float32) if strand is None else strand
        moving = self._gl.buffer(reserve=count * 24, dynamic=True)
        fixed = self._gl.buffer(strand.tobytes())
        buffers = [(moving, {"position": 3, "normal": 3}), (fixed, {"strand": 2})]
        meshes = (self._programs.mesh(name, buffers, triangles) for name in ("solid", "depth_hair"))
        return moving, *meshes


def neck_follow(heights: NDArray[np.floating]) -> NDArray[np.floating]:
    """How much points of the neck at ``heights`` (cm) follow the head: 0 below, 1 above."""
    t = np.clip((heights + 14.5) / 6.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _write(buffer: Any, points: NDArray[np.floating], normals: NDArray[np.floating]) -> None:
    buffer.write(np.concatenate([points, normals], 1).astype("f4").tobytes())


def _ribs() -> Array:
    """Turns around the head and rows of a hat's points, (N, 2)."""
    turn, row = np.meshgrid(np.linspace(0, 1, COLUMNS), np.linspace(0, 1, wardrobe.HAT_ROWS))
    return np.stack([turn, row], -1).reshape(-1, 2).astype(np.float32)
