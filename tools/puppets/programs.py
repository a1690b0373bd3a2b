"""OpenGL programs of the puppet renderer and the few ways to talk to them."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.head.model import Head, Indices

Array = NDArray[np.float32]

# Program: vertex shader, fragment shader, whether the fragment shader lights.
_SOURCES = {
    "skin": ("skin", "skin", True),
    "mouth": ("skin", "mouth", True),
    "lash": ("skin", "lash", False),
    "eye": ("eye", "eye", True),
    "hair": ("hair", "hair", True),
    "cloth": ("cloth", "cloth", True),
    "solid": ("hair", "solid", True),
    "background": ("background", "background", False),
    "depth": ("skin", "depth", False),
    "depth_hair": ("hair", "depth", False),
}
_CLOTHED = ("skin", "cloth")  # fragment shaders that ask where the garment is
_REST_VERTEX = """#version 330
in vec2 uv; in vec3 rest; out vec3 r;
void main() { r = rest; gl_Position = vec4(uv * 2.0 - 1.0, 0.0, 1.0); }"""
_REST_FRAGMENT = """#version 330
in vec3 r; out vec4 colour;
void main() { colour = vec4(r, 1.0); }"""


class Programs:
    """All programs by name."""

    def __init__(self, gl: Any) -> None:
        """Compile them in context ``gl``."""
        self._gl = gl
        self._programs = {
            name: gl.program(
                vertex_shader=_shader("common.glsl") + _shader(f"{vertex}.vert"),
                fragment_shader=_shader("common.glsl")
                + (_shader("lighting.glsl") if lights else "")
                + (_shader("garment.glsl") if fragment in _CLOTHED else "")
                + _shader(f"{fragment}.frag"),
            )
            for name, (vertex, fragment, lights) in _SOURCES.items()
        }

    def set(self, program: str, **uniforms: Any) -> None:
        """Set ``uniforms`` of one program; what its compiler has dropped is skipped."""
        target = self._programs[program]
        for name, value in uniforms.items():
            if name in target:
                _assign(target[name], value)

    def set_everywhere(self, **uniforms: Any) -> None:
        """Set ``uniforms`` wherever they are used."""
        for program in self._programs:
            self.set(program, **uniforms)

    def bind_units(self, **units: int) -> None:
        """Texture units of samplers."""
        self.set_everywhere(**units)

    def mesh(
        self, program: str, buffers: list[tuple[Any, dict[str, int]]], triangles: Indices
    ) -> Any:
        """A drawable: float attributes by name and width from ``buffers``, and ``triangles``."""
        target = self._programs[program]
        content = []
        for buffer, attributes in buffers:
            used = [name for name in attributes if name in target]
            layout = " ".join(
                f"{width}f" if name in target else f"{4 * width}x"
                for name, width in attributes.items()
            )
            if used:
                content.append((buffer, layout, *used))
        index = self._gl.buffer(np.ascontiguousarray(triangles, "i4").tobytes())
        return self._gl.vertex_array(target, content, index)

    def rest_map(self, head: Head, size: int) -> Array:
        """Rest position of each texel of the face's uv map, (size, size, 4); w is 1 if covered."""
        gl = self._gl
        start, stop = head.parts["face"]
        program = gl.program(vertex_shader=_REST_VERTEX, fragment_shader=_REST_FRAGMENT)
        values = np.concatenate([head.uv[start:stop], head.vertices[start:stop]], 1)
        points = gl.buffer(np.ascontiguousarray(values, "f4").tobytes())
        faces = head.part_triangles["face"]
        faces = faces[(faces < stop).all(1)]  # those on the border reach into other uv maps
        triangles = gl.buffer(np.ascontiguousarray(faces, "i4").tobytes())
        target = gl.framebuffer([gl.texture((size, size), 4, dtype="f4")])
        target.use()
        target.clear()
        gl.disable(gl.DEPTH_TEST)
        gl.vertex_array(program, [(points, "2f 3f", "uv", "rest")], triangles).render()
        gl.enable(gl.DEPTH_TEST)
        raw = np.frombuffer(target.read(components=4, dtype="f4"), np.float32)
        return raw.reshape(size, size, 4).copy()


def _assign(uniform: Any, value: Any) -> None:
    array = np.asarray(value, np.float32)
    if array.ndim == 2:  # OpenGL stores matrices column by column
        uniform.write(np.ascontiguousarray(array.T).tobytes())
    elif array.ndim == 1:
        uniform.value = tuple(float(entry) for entry in array)
    else:
        uniform.value = value


def _shader(name: str) -> str:
    return resources.files(__package__).joinpath("shaders", name).read_text("utf-8")
