"""Renders puppets with OpenGL: a GPU through EGL, or Mesa's software rasteriser on a CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2animator.errors import InputError
from d2animator.head.model import Head, NormalField, normalise
from d2animator.head.pose import CAMERA_CM
from tools.puppets import geometry
from tools.puppets.dressing import Dressing, neck_follow
from tools.puppets.hair import HairShell
from tools.puppets.masks import SIZE as MASK_SIZE
from tools.puppets.masks import face_masks, lash_uv, noise_texture
from tools.puppets.occlusion import ambient_occlusion
from tools.puppets.programs import Programs
from tools.puppets.world import Light, Look, State

Array = NDArray[np.float32]

_SHADOW_SIZE = 512


@dataclass(frozen=True)
class Render:
    """One rendered puppet.

    Attributes:
        image: (S, S, 3) uint8 RGB.
        alpha: (S, S) uint8, 255 where the puppet covers the background.
        landmarks: (98, 2) WFLW points in pixels, x and y.
    """

    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    landmarks: Array


class PuppetRenderer:
    """Draws one puppet a call; everything that all puppets share is prepared once."""

    def __init__(self, head: Head, size: int = 128, supersampling: int = 2) -> None:
        """Open an OpenGL context and prepare meshes and textures.

        Args:
            head: The head model.
            size: Side of the pictures in pixels.
            supersampling: Rendered pixels a picture pixel, along each axis.

        Raises:
            InputError: moderngl or a usable OpenGL is missing.
        """
        self.head, self.size, self._scale = head, size, supersampling
        self._gl = _open_context()
        self._normals = NormalField(head.triangles, len(head.vertices))
        neutral_normals = self._normals(head.vertices)
        self._hair = HairShell(head)
        self._programs = Programs(self._gl)
        self._static = ambient_occlusion(self._gl, head, self._normals, neutral_normals)
        self._upload_meshes()
        self._upload_textures()
        self._dressing = Dressing(self._gl, self._programs, self._hair, head)
        side = size * supersampling
        self._target = self._gl.simple_framebuffer((side, side), 4)
        self._shadow = self._gl.depth_texture((_SHADOW_SIZE, _SHADOW_SIZE))
        self._shadow.compare_func = "<="
        self._shadow.repeat_x = self._shadow.repeat_y = False
        self._shadow_target = self._gl.framebuffer(depth_attachment=self._shadow)
        self._follow = follow_weights(head)

    @property
    def device(self) -> str:
        """What draws, as OpenGL calls it; another one may round a few pixels another way."""
        return str(self._gl.info["GL_RENDERER"])

    def close(self) -> None:
        """Release the OpenGL context."""
        self._gl.release()

    def render(
        self,
        look: Look,
        state: State,
        *,
        follow: bool = True,
        reach_cm: float | None = None,
        torso: geometry.Mesh | None = None,
    ) -> Render:
        """Draw a puppet.

        Args:
            look: What it looks like.
            state: Its pose and expression.
            follow: Whether the camera follows the face, as every picture of the training set
                does; False frames the head at rest and stays there.
            reach_cm: See so far around the head instead of as FFHQ crops a face.
            torso: Neck, shoulders and chest in another shape than `geometry.torso_mesh`.
        """
        head = self.head
        identity = head.identity_offset(look.identity)
        neutral = self._hair.tuck_ears(look.hair, head.vertices + identity)
        shape = neutral + head.expression_offset(head.expression_weights(state.expression))
        matrix = geometry.head_matrix(geometry.head_rotation(state.yaw_pitch_roll_deg))
        vertices, normals = self._pose(shape, matrix)
        eyes = head.eyeballs(look.identity)
        # Without the expression, so that an open mouth does not move the crop.
        framed = neutral[head.ibug68]
        if follow:
            framed = geometry.moved(framed, matrix)
        if reach_cm is None:
            projection = geometry.crop_projection(framed)
        else:
            projection = geometry.wide_projection(matrix, reach_cm)
        body = self._plain_torso if torso is None else torso
        with self._gl:  # another renderer's context may be the current one
            self._upload_frame(look, vertices, normals, identity)
            self._torso.write(np.concatenate([body.points, body.normals], 1).tobytes())
            self._dressing.upload(look, neutral, eyes, identity, matrix)
            self._set_uniforms(look, projection, matrix)
            self._draw_shadow(look)
            self._draw(look, state, eyes, _mouth_open(shape[head.ibug68]))
            image, alpha = self._read()
        points = self._landmarks(vertices, matrix, eyes, state)
        return Render(image, alpha, geometry.project(points, projection, self.size))

    # -- one frame -------------------------------------------------------------------------------

    def _pose(self, shape: Array, matrix: Array) -> tuple[Array, Array]:
        """World vertices and normals; the neck's foot stays with the body."""
        normals = self._normals(shape)
        vertices = geometry.turned(shape, matrix, self._follow)
        turned_normals = normals + (normals @ matrix[:3, :3].T - normals) * self._follow
        return vertices, turned_normals.astype(np.float32)

    def _upload_frame(self, look: Look, vertices: Array, normals: Array, identity: Array) -> None:
        self._moving.write(np.concatenate([vertices, normals], 1).astype("f4").tobytes())
        self._cap.write(self._hair.cap(look.hair).astype("f4").tobytes())
        points, hair_normals = self._hair.build(look.hair, identity, self._dressing.pressed(look))
        self._hair_points.write(np.concatenate([points, hair_normals], 1).astype("f4").tobytes())

    def _set_uniforms(self, look: Look, projection: Array, matrix: Array) -> None:
        light = look.light
        self._light_view = geometry.light_matrix(light.direction)
        self._projection = projection
        self._programs.set_everywhere(
            light_view=self._light_view,
            head_matrix=matrix,
            camera=(0.0, 0.0, CAMERA_CM),
            neckline=look.neckline,
            stripes=look.garment.stripes,
            **_light_uniforms(light),
        )
        head_up = tuple(matrix[:3, :3] @ np.array((0, 1, 0), np.float32))
        self._programs.set("eye", head_up=head_up, iris=look.iris, iris_radius=look.iris_radius)

    def _draw_shadow(self, look: Look) -> None:
        self._shadow_target.use()
        self._shadow_target.clear(depth=1.0)
        self._programs.set_everywhere(projection=self._light_view)
        for name in ("shadow_skin", "shadow_hair"):
            self._meshes[name].render()
        self._dressing.draw_shadow(look)
        self._programs.set_everywhere(projection=self._projection)

    def _draw(self, look: Look, state: State, eyes: Array, mouth_open: float) -> None:
        gl, meshes, programs = self._gl, self._meshes, self._programs
        self._target.use()
        self._target.clear(0, 0, 0, 0, depth=1.0)
        for unit, texture in enumerate((self._noise, self._shadow, self._mask_a, self._mask_b)):
            texture.use(unit)
        first, second = look.background
        programs.set("background", first=first, second=second)
        programs.set("background", axis=look.background_axis, glow=look.glow)
        gl.disable(gl.DEPTH_TEST)
        meshes["background"].render()
        gl.enable(gl.DEPTH_TEST)
        self._draw_skin(look, state, mouth_open)
        for name, base, shine, front_z in _MOUTH_PARTS:
            programs.set("mouth", base=base, shine=shine, front_z=front_z, mouth_open=mouth_open)
            meshes[name].render()
        for eye in (0, 1):
            rotation = geometry.eye_rotation(state.gaze_deg, eye)
            programs.set("eye", eye_rotation=rotation, eyeball=eyes[eye])
            meshes["eye"].render()
        programs.set("cloth", base=look.cloth, is_collar=False)
        meshes["torso"].render()
        programs.set("hair", hair=look.hair_colour, wave_count=round(look.hair.wave_count))
        meshes["hair"].render()
        self._dressing.draw(look)
        self._draw_lashes(look, state)

    def _draw_skin(self, look: Look, state: State, mouth_open: float) -> None:
        luminance = float(look.skin.mean())
        self._programs.set(
            "skin",
            skin=look.skin,
            lip=look.lip,
            brow=np.clip(look.hair_colour * 0.42 + look.skin * 0.02, 0, 0.16),
            hair=look.hair_colour,
            cloth=look.cloth,
            lipstick=look.lipstick,
            blush=look.blush,
            beard=look.beard,
            lid_shade=0.8,
            lash=look.lash,
            brow_thickness=look.brow_thickness,
            brow_strength=look.brow_strength,
            shine=0.35 + 0.45 * min(1.0, 3 * luminance),  # dark skin shows gloss more: use less
            mouth_open=mouth_open,
            raised=_raised(state),
            wrinkles=look.wrinkles,
        )
        for name, is_face in (("face", True), ("head", False)):
            self._programs.set("skin", is_face=is_face)
            self._meshes[name].render()

    def _draw_lashes(self, look: Look, state: State) -> None:
        gl = self._gl
        gl.enable(gl.BLEND)
        gl.blend_func = (gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE)
        self._target.depth_mask = False
        closed = [
            float(np.clip(state.expression.get(f"eyeBlink_{side}", 0.0) * 1.6 - 0.5, 0, 1))
            for side in "LR"
        ]
        self._programs.set("lash", is_lash=False, base=(0.10, 0.03, 0.02), lids_closed=closed)
        self._meshes["lid_shadow"].render()
        colour = np.array((0.02, 0.015, 0.012)) + 0.10 * (1 - look.lash) * look.hair_colour
        self._programs.set("lash", is_lash=True, base=colour, strength=look.lash)
        self._meshes["lashes"].render()
        self._target.depth_mask = True
        self._dressing.draw_glasses(look)
        gl.disable(gl.BLEND)

    def _read(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        side, scale = self.size * self._scale, self._scale
        raw = np.frombuffer(self._target.read(components=4), np.uint8).reshape(side, side, 4)[::-1]
        rows = raw.reshape(self.size, scale, side, 4).sum(1, dtype=np.uint16)
        total = sum(rows[:, start::scale] for start in range(scale))
        pixels = ((total + scale**2 // 2) // scale**2).astype(np.uint8)
        return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])

    def _landmarks(self, vertices: Array, matrix: Array, eyes: Array, state: State) -> Array:
        """World positions (98, 3) of the WFLW points."""
        pupils = []
        for eye in (1, 0):  # WFLW numbers the subject's right eye first
            ahead = geometry.eye_rotation(state.gaze_deg, eye) @ np.array((0, 0, 1.0))
            local = eyes[eye, :3] + ahead * eyes[eye, 3] * 1.06
            pupils.append(matrix[:3, :3] @ local + matrix[:3, 3])
        return np.concatenate([vertices[self.head.wflw96], np.array(pupils)]).astype(np.float32)

    # -- prepared once ---------------------------------------------------------------------------

    def _upload_meshes(self) -> None:
        gl, head = self._gl, self.head
        count = len(head.vertices)
        static = np.concatenate([head.vertices, lash_uv(head), self._static], 1)
        self._moving = gl.buffer(reserve=count * 24, dynamic=True)
        self._cap = gl.buffer(reserve=count * 4, dynamic=True)
        fixed = gl.buffer(np.ascontiguousarray(static, "f4").tobytes())
        skin = [
            (self._moving, {"position": 3, "normal": 3}),
            (fixed, {"rest": 3, "uv": 2, "occlusion": 2}),
            (self._cap, {"scalp": 1}),
        ]
        parts = head.part_triangles
        mesh = self._programs.mesh
        join = np.concatenate
        self._meshes = {
            "face": mesh("skin", skin, parts["face"]),
            "head": mesh("skin", skin, parts["head"]),
            "lid_shadow": mesh("lash", skin, join([parts["occL"], parts["occR"]])),
            "lashes": mesh("lash", skin, join([parts["lashL"], parts["lashR"]])),
            "shadow_skin": mesh(
                "depth", skin, join([parts[n] for n in ("face", "head", "gums", "teeth")])
            ),
        }
        for name in ("socket", "gums", "teeth"):
            self._meshes[name] = mesh("mouth", skin, parts[name])
        self._upload_accessories()

    def _upload_accessories(self) -> None:
        gl, mesh = self._gl, self._programs.mesh
        directions, eye_triangles = geometry.eyeball_mesh()
        self._plain_torso = torso = geometry.torso_mesh()
        self._hair_points = gl.buffer(reserve=len(self._hair.strand) * 24, dynamic=True)
        strand = gl.buffer(self._hair.strand.tobytes())
        hair = [(self._hair_points, {"position": 3, "normal": 3}), (strand, {"strand": 2})]
        self._torso = gl.buffer(reserve=len(torso.points) * 24, dynamic=True)
        corners = np.array([(-1, -1), (3, -1), (-1, 3)], "f4")
        self._meshes |= {
            "hair": mesh("hair", hair, self._hair.triangles),
            "shadow_hair": mesh("depth_hair", hair, self._hair.triangles),
            "eye": mesh(
                "eye", [(gl.buffer(directions.tobytes()), {"direction": 3})], eye_triangles
            ),
            "torso": mesh("cloth", [(self._torso, {"position": 3, "normal": 3})], torso.triangles),
            "background": mesh(
                "background",
                [(gl.buffer(corners.tobytes()), {"corner": 2})],
                np.array([[0, 1, 2]], np.int32),
            ),
        }

    def _upload_textures(self) -> None:
        gl = self._gl
        noise = noise_texture()
        self._noise = gl.texture(noise.shape[:2], 4, noise.tobytes())
        rest = self._programs.rest_map(self.head, MASK_SIZE)
        masks = face_masks(self.head, rest[..., :3], rest[..., 3] > 0)
        self._mask_a, self._mask_b = (
            gl.texture((MASK_SIZE, MASK_SIZE), 4, np.round(mask * 255).astype(np.uint8).tobytes())
            for mask in masks
        )
        for texture in (self._noise, self._mask_a):
            texture.build_mipmaps()
        # Brow coordinates jump at the borders of their regions and must not be averaged away.
        self._mask_b.filter = (gl.LINEAR, gl.LINEAR)
        self._programs.bind_units(noise=0, shadow_map=1, mask_a=2, mask_b=3)


_MOUTH_PARTS = (
    ("socket", (0.42, 0.10, 0.10), 0.6, 3.0),
    ("gums", (0.55, 0.20, 0.20), 1.2, 5.0),
    ("teeth", (0.82, 0.78, 0.70), 1.5, 7.2),
)


def _open_context() -> Any:
    try:
        import moderngl
    except ImportError as error:
        raise InputError(
            "rendering puppets needs moderngl: pip install -e '.[puppets]' in a checkout"
        ) from error
    try:
        context = moderngl.create_standalone_context(backend="egl")  # type: ignore[arg-type]
    except Exception as error:  # moderngl and glcontext raise bare Exceptions of their own
        raise InputError(
            f"no OpenGL through EGL ({error}); on Debian: "
            "apt install libegl1 libgl1 libgl1-mesa-dri"
        ) from error
    context.enable(context.DEPTH_TEST)
    return context


def _light_uniforms(light: Light) -> dict[str, Any]:
    rim = normalise(np.array((light.rim_side * 0.9, 0.35, -0.55)))
    return {
        "key_direction": light.direction,
        "key_colour": light.colour,
        "ambient_base": light.ambient,
        "ambient_tilt": light.ambient_tilt,
        "rim_direction": rim,
        "rim_strength": light.rim,
    }


def _raised(state: State) -> tuple[float, float, float, float]:
    """What folds the skin: brows raised, brows drawn together, smile, squint; each 0 to 1."""

    def both(*names: str) -> float:
        weights = [state.expression.get(f"{name}_{side}", 0.0) for name in names for side in "LR"]
        return float(np.clip(sum(weights) / 2, 0, 1))

    return (
        both("browInnerUp", "browOuterUp"),
        both("browDown"),
        both("mouthSmile", "noseSneer"),
        both("cheekSquint", "eyeSquint"),
    )


def follow_weights(head: Head) -> Array:
    """How much each vertex (N, 1) follows the head's rotation: 1 on the head, 0 at the collar."""
    weight = neck_follow(head.vertices[:, 1])
    chin = np.clip((head.vertices[:, 2] - 5.5) / 1.5, 0, 1) * (head.vertices[:, 1] > -12)
    weight = np.maximum(weight, chin)
    weight[head.parts["head"][1] :] = 1
    return np.asarray(weight[:, None], np.float32)


def _mouth_open(points68: Array) -> float:
    gap = float(np.linalg.norm(points68[62] - points68[66]))
    return min(gap / 1.6, 1.0)
