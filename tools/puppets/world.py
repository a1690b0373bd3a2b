"""The puppet world: what a puppet can look like, as a function of a Gaussian code z.

Every parameter of a puppet is a continuous function of ``z ~ N(0, I)``. That makes z the
generator's input as it stands: a random z is a plausible puppet by construction, neighbours in z
are neighbours as pictures, and no table of training looks is needed. The first entries of z are
the *state* (pose, gaze, expression: what moves), the rest the *look* (what stays).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.puppets.curves import hsv, ramp, smoothstep, srgb, uniform
from tools.puppets.wear import WORN_BLOCKS, WORN_DIM, Garment, Glasses, Hat
from tools.puppets.wear import garment as garment_from
from tools.puppets.wear import glasses as glasses_from
from tools.puppets.wear import hat as hat_from

Array = NDArray[np.float32]

# Blocks of z in order: name and number of entries.
STATE_BLOCKS = {"pose": 3, "gaze": 2, "lids": 2, "expression": 15}
LOOK_BLOCKS = {
    "identity": 24,
    "presentation": 1,
    "skin": 2,
    "hair_colour": 2,
    "iris": 2,
    "lips": 2,
    "brows": 2,
    "beard": 1,
    "hair": 8,
    "cloth": 4,
    "background": 6,
    "light": 6,
    **WORN_BLOCKS,
}
BLOCKS = STATE_BLOCKS | LOOK_BLOCKS
STATE_DIM = sum(STATE_BLOCKS.values())
Z_DIM = sum(BLOCKS.values())
_BODY_DIM = Z_DIM - WORN_DIM

# What one person may change between two pictures: the state, and of the look what surrounds it.
# Everything else makes the person: shape of the head, skin, hair, eyes, lips, brows, beard.
SURROUNDINGS = ("cloth", "background", "light", *WORN_BLOCKS)

# An expression entry drives the shapes on its left when positive, on its right when negative.
_ACTIONS: tuple[tuple[dict[str, float], dict[str, float]], ...] = (
    ({"jawOpen": 0.85, "mouthLowerDown_L": 0.12, "mouthLowerDown_R": 0.12}, {}),
    (
        {"mouthSmile_L": 0.9, "mouthSmile_R": 0.9, "cheekSquint_L": 0.5, "cheekSquint_R": 0.5},
        {"mouthFrown_L": 0.8, "mouthFrown_R": 0.8},
    ),
    ({"mouthSmile_L": 0.4, "mouthDimple_L": 0.2}, {"mouthSmile_R": 0.4, "mouthDimple_R": 0.2}),
    ({"mouthPucker": 1.0}, {"mouthStretch_L": 0.6, "mouthStretch_R": 0.6}),
    ({"mouthFunnel": 0.75}, {"mouthPress_L": 0.6, "mouthPress_R": 0.6}),
    (
        {"mouthUpperUp_L": 0.6, "mouthUpperUp_R": 0.6},
        {"mouthRollUpper": 0.5, "mouthRollLower": 0.3},
    ),
    ({"mouthLowerDown_L": 0.6, "mouthLowerDown_R": 0.6}, {"mouthRollLower": 0.5}),
    (
        {"browInnerUp_L": 0.8, "browInnerUp_R": 0.8, "browOuterUp_L": 0.9, "browOuterUp_R": 0.9},
        {"browDown_L": 0.95, "browDown_R": 0.95},
    ),
    (
        {"browInnerUp_L": 0.8, "browInnerUp_R": 0.8},
        {"browOuterUp_L": 0.6, "browOuterUp_R": 0.6},
    ),
    ({"browOuterUp_L": 0.7, "browInnerUp_L": 0.3}, {"browOuterUp_R": 0.7, "browInnerUp_R": 0.3}),
    ({"eyeWide_L": 0.8, "eyeWide_R": 0.8}, {"eyeSquint_L": 0.7, "eyeSquint_R": 0.7}),
    (
        {"noseSneer_L": 0.8, "noseSneer_R": 0.8},
        {"cheekPuff_L": 0.6, "cheekPuff_R": 0.6},
    ),
    ({"mouthLeft": 0.4}, {"mouthRight": 0.4}),
    ({"jawLeft": 0.3}, {"jawRight": 0.3}),
    ({"mouthShrugLower": 0.6}, {"mouthDimple_L": 0.5, "mouthDimple_R": 0.5}),
)

# Linear-light colours between which a puppet's are interpolated.
_SKIN_RAMP = ((236, 196, 172), (224, 174, 142), (205, 150, 112), (146, 96, 66), (84, 54, 40))
_HAIR_RAMP = ((22, 17, 15), (58, 38, 26), (104, 70, 42), (168, 124, 74), (210, 178, 124))
_IRIS_RAMP = ((54, 32, 20), (96, 64, 34), (92, 100, 66), (80, 118, 146), (122, 146, 164))


@dataclass(frozen=True)
class State:
    """What moves.

    Attributes:
        yaw_pitch_roll_deg: Head pose; yaw > 0 turns to the subject's left, pitch > 0 nods down,
            roll > 0 tilts the crown to the subject's right.
        gaze_deg: Eye yaw and pitch relative to the head; pitch > 0 looks up.
        expression: Weights of the head model's expression shapes, by name, 0 to about 1.
    """

    yaw_pitch_roll_deg: tuple[float, float, float]
    gaze_deg: tuple[float, float]
    expression: dict[str, float]


@dataclass(frozen=True)
class Hair:
    """A hair shell: lengths in cm.

    Attributes:
        length: How far it falls below the ears' upper end; below zero it ends at the hairline.
        volume: Distance from the skull.
        fringe: How far it comes down over the forehead.
        parting: Sideways place of the parting.
        wave: Amplitude of the waves.
        wave_count: Waves around the head.
        recession: How far the hairline steps back at the temples.
        flare: How much long hair widens towards its end, a fraction.
    """

    length: float
    volume: float
    fringe: float
    parting: float
    wave: float
    wave_count: float
    recession: float
    flare: float


@dataclass(frozen=True)
class Light:
    """Key light, ambient light and rim light.

    Attributes:
        direction: Unit vector towards the key light.
        colour: Its linear RGB intensity.
        ambient: Linear RGB ambient intensity.
        ambient_tilt: What the ambient gains towards +x, +y, +z, a fraction.
        rim: Intensity of a light from behind.
        rim_side: -1 or 1 with soft values between: the side it comes from.
    """

    direction: Array
    colour: Array
    ambient: Array
    ambient_tilt: Array
    rim: float
    rim_side: float


@dataclass(frozen=True)
class Look:
    """What stays while a puppet moves; colours are linear RGB.

    Attributes:
        identity: Coefficients of the head model's identity modes.
        skin: Skin colour.
        hair_colour: Hair colour; brows and beard are derived from it.
        iris: Iris colour.
        iris_radius: Sine of its half angle on the eyeball.
        lip: Lip colour, lipstick included.
        lipstick: How much lipstick, 0 to 1.
        lash: Strength of lashes and liner, 0 to 1.
        brow_thickness: Half thickness in cm.
        brow_strength: Opacity, 0 to 1.
        beard: Strength of beard shadow, 0 to 1.
        blush: Strength of red cheeks, 0 to 1.
        wrinkles: How deep the skin folds where the expression pushes it together, 0 to 1.
        hair: The hair shell.
        cloth: Colour of the garment.
        neckline: Height of its collar in cm.
        background: Two colours, (2, 3).
        background_axis: Direction of the gradient between them (2,).
        glow: Strength of a soft spot behind the head, 0 to 1.
        light: Illumination.
        glasses: Spectacles.
        hat: What is on the hair.
        garment: What is special about the garment.
    """

    identity: Array
    skin: Array
    hair_colour: Array
    iris: Array
    iris_radius: float
    lip: Array
    lipstick: float
    lash: float
    brow_thickness: float
    brow_strength: float
    beard: float
    blush: float
    wrinkles: float
    hair: Hair
    cloth: Array
    neckline: float
    background: Array
    background_axis: Array
    glow: float
    light: Light
    glasses: Glasses
    hat: Hat
    garment: Garment


def sample_z(seed: int, index: int) -> Array:
    """The code of puppet ``index`` of the set ``seed``, (Z_DIM,), of root mean square one.

    StyleGAN's mapping network normalises z in the same way, so nothing is lost there. What is worn
    is drawn apart, so that the rest is the same whatever can be worn.
    """
    body = np.random.default_rng((seed, index)).standard_normal(_BODY_DIM)
    return np.concatenate([_unit(body), _worn(seed, index, 0)])


def sample_person_z(seed: int, index: int, state: int) -> Array:
    """The code of person ``index`` of the set ``seed`` in another picture, (Z_DIM,).

    Picture 0 is `sample_z`. In the others state, clothes, background and light are drawn anew and
    the person (see ``SURROUNDINGS``) stays, number for number; their mean square is about one.
    """
    z = sample_z(seed, index)
    if state == 0:
        return z
    body = np.random.default_rng((seed, index, state)).standard_normal(_BODY_DIM)
    other = np.concatenate([body.astype(np.float32), _worn(seed, index, state)])
    keeps = {name: name in LOOK_BLOCKS and name not in SURROUNDINGS for name in BLOCKS}
    mask = np.repeat([keeps[name] for name in BLOCKS], list(BLOCKS.values()))
    return np.where(mask, z, other)


def _worn(seed: int, index: int, state: int) -> Array:
    # A string of numbers that no other drawing starts from: it is longer.
    return _unit(np.random.default_rng((seed, index, state, 1)).standard_normal(WORN_DIM))


def _unit(entries: NDArray[np.floating]) -> Array:
    """``entries`` scaled to a root mean square of one."""
    return np.asarray(entries / np.sqrt(np.mean(entries**2)), np.float32)


def split_z(z: Array) -> dict[str, Array]:
    """The blocks of ``z`` (Z_DIM,) by name."""
    edges = np.cumsum(list(BLOCKS.values()))[:-1]
    return dict(zip(BLOCKS, np.split(z, edges), strict=True))


def state_from_z(z: Array) -> State:
    """State of the puppet with code ``z`` (Z_DIM,)."""
    block = split_z(z)
    yaw, pitch, roll = block["pose"] * (17.0, 8.0, 6.0) + (0.0, 1.0, 0.0)
    pose = (
        float(np.clip(yaw, -50, 50)),
        float(np.clip(pitch, -22, 24)),
        float(np.clip(roll, -18, 18)),
    )
    gaze_yaw, gaze_pitch = block["gaze"] * (9.0, 5.0)
    gaze = (float(np.clip(gaze_yaw, -24, 24)), float(np.clip(gaze_pitch, -14, 14)))
    weights = _expression(block["expression"])
    _close_lids(weights, block["lids"])
    _lids_follow(weights, gaze)
    return State(pose, gaze, weights)


def look_from_z(z: Array) -> Look:
    """Look of the puppet with code ``z`` (Z_DIM,)."""
    block = split_z(z)
    presentation = float(block["presentation"][0])  # > 0: longer hair, lipstick; < 0: beard
    darkness = uniform(block["skin"][0])
    skin = ramp(_SKIN_RAMP, darkness) * (1 + 0.05 * block["skin"][1] * np.array((1, 0.2, -1)))
    hair_colour = _hair_colour(block["hair_colour"], darkness)
    lipstick = smoothstep(0.2, 1.6, presentation + 0.8 * float(block["lips"][0]))
    lipstick_colour = srgb((168 + 22 * np.tanh(block["lips"][1]), 50, 66))
    natural_lip = skin * (0.95, 0.55, 0.54)
    lip = natural_lip + (lipstick_colour - natural_lip) * 0.75 * lipstick
    axis = block["background"][4:6]
    return Look(
        identity=np.clip(0.75 * block["identity"], -2.0, 2.0).astype(np.float32),
        skin=skin,
        hair_colour=hair_colour,
        iris=ramp(_IRIS_RAMP, uniform(block["iris"][0]) ** (1 + 2 * darkness)),
        iris_radius=0.39 + 0.012 * float(np.tanh(block["iris"][1])),
        lip=lip,
        lipstick=lipstick,
        lash=0.35 + 0.65 * smoothstep(-0.6, 0.8, presentation),
        brow_thickness=0.29
        - 0.05 * float(np.tanh(presentation))
        + 0.05 * float(np.tanh(block["brows"][0])),
        brow_strength=0.85 + 0.12 * float(np.tanh(block["brows"][1])),
        beard=smoothstep(0.0, 2.0, float(block["beard"][0]) - presentation) * 0.85,
        blush=(0.25 + 0.15 * float(np.tanh(block["skin"][1]))) * (1 - 0.6 * darkness),
        # Grey hair and lines come together.
        wrinkles=0.55 + 0.45 * smoothstep(0.2, 2.0, -float(block["hair_colour"][1])),
        hair=_hair(block["hair"], presentation),
        cloth=hsv(block["cloth"][:3], value=0.5),
        neckline=float(-11.6 + 0.9 * np.tanh(block["cloth"][3])),
        background=_background(block["background"]),
        background_axis=axis / (np.linalg.norm(axis) + 0.3),
        glow=0.25,
        light=_light(block["light"]),
        glasses=glasses_from(block["glasses"]),
        hat=hat_from(block["hat"]),
        garment=garment_from(block["garment"]),
    )


def _expression(entries: Array) -> dict[str, float]:
    weights: dict[str, float] = {}
    for entry, (positive, negative) in zip(entries, _ACTIONS, strict=True):
        # A dead zone keeps most actions silent in any one face; together they would grimace.
        strength = float(np.clip((abs(entry) - 0.35) / 1.5, 0, 1.15))
        for name, amount in (positive if entry > 0 else negative).items():
            weights[name] = weights.get(name, 0.0) + amount * strength
    return {name: min(weight, 1.1) for name, weight in weights.items()}


def _close_lids(weights: dict[str, float], entries: Array) -> None:
    both = smoothstep(0.7, 1.75, float(entries[0]))
    for side, sign in (("L", 1.0), ("R", -1.0)):
        closed = min(1.0, both + smoothstep(1.4, 2.3, sign * float(entries[1])))
        weights[f"eyeBlink_{side}"] = closed
        for rival in ("eyeWide", "eyeSquint"):  # shapes that would add up to a torn lid
            key = f"{rival}_{side}"
            weights[key] = weights.get(key, 0.0) * (1 - closed)


def _lids_follow(weights: dict[str, float], gaze_deg: tuple[float, float]) -> None:
    yaw, pitch = gaze_deg
    for side, outward in (("L", yaw), ("R", -yaw)):
        open_part = 1 - weights[f"eyeBlink_{side}"]
        weights[f"eyeLookUp_{side}"] = max(pitch, 0) / 25 * open_part
        weights[f"eyeLookDown_{side}"] = max(-pitch, 0) / 25 * open_part
        weights[f"eyeLookOut_{side}"] = max(outward, 0) / 30
        weights[f"eyeLookIn_{side}"] = max(-outward, 0) / 30


def _hair(entries: Array, presentation: float) -> Hair:
    long = smoothstep(-0.2, 0.9, presentation + 0.7 * float(entries[0]))
    length = long * (8.5 + 3.0 * float(np.tanh(entries[1]))) - 1.0 + long
    wavy = smoothstep(0.3, 1.5, float(entries[4]))
    volume = 0.75 + 0.55 * float(np.tanh(entries[2])) + 0.35 * long
    receding = smoothstep(0.6, 1.8, -presentation - 0.8 * float(entries[6]))
    return Hair(
        length=length,
        volume=max(volume, 0.25 + 0.75 * long),
        fringe=3.4 * smoothstep(0.2, 1.4, float(entries[3])) * (1 - receding),
        parting=0.9 * float(np.tanh(1.5 * entries[7])),
        wave=(0.06 + 0.30 * wavy) * (0.5 + 0.5 * long),
        wave_count=11.0 + 3.0 * float(np.tanh(entries[5])),
        recession=1.0 * receding,
        flare=0.10 * float(np.tanh(entries[6])) * long,
    )


def _hair_colour(entries: Array, skin_darkness: float) -> Array:
    lightness = uniform(entries[0]) ** 1.4 * (1 - 0.8 * skin_darkness)
    colour = ramp(_HAIR_RAMP, lightness)
    red = smoothstep(0.8, 2.0, float(entries[1]))
    grey = smoothstep(1.1, 2.4, -float(entries[1]))
    colour = colour + (srgb((150, 66, 34)) - colour) * 0.8 * red * (1 - 0.8 * skin_darkness)
    return colour + (srgb((176, 174, 172)) - colour) * 0.9 * grey


def _background(entries: Array) -> Array:
    first = hsv(entries[:3], value=0.45)
    step = np.tanh(entries[3]) * 0.35
    return np.stack([first, np.clip(first * (1 + step) + 0.03, 0, 1)])


def _light(entries: Array) -> Light:
    azimuth = np.radians(40 * np.tanh(entries[0]) * 1.4)
    elevation = np.radians(30 + 18 * np.tanh(entries[1]))
    direction = np.array(
        (
            np.sin(azimuth) * np.cos(elevation),
            np.sin(elevation),
            np.cos(azimuth) * np.cos(elevation),
        )
    )
    warmth = np.array((1, 0, -1)) * 0.06 * np.tanh(entries[3])
    key = 1.2 + 0.3 * np.tanh(entries[2])
    ambient = 0.38 + 0.10 * np.tanh(entries[4])
    return Light(
        direction=direction.astype(np.float32),
        colour=(key * (1 + warmth)).astype(np.float32),
        ambient=(ambient * (1 - 0.5 * warmth)).astype(np.float32),
        ambient_tilt=np.array((0.12 * np.tanh(-entries[0]), 0.25, 0.15), np.float32),
        rim=float(0.5 * smoothstep(0.3, 1.5, float(entries[5]))),
        rim_side=float(np.tanh(2 * entries[0])),
    )
