"""The nodes: what each takes and what it gives."""

from __future__ import annotations

from . import work
from .described import ANIMATOR, MOTION, Input, Node, Output, choice, slider, text

_ANIMATOR = Input("animator", ANIMATOR, "From Load D2Animator.")
_FRAMES = Input("frames", "IMAGE", "The driver as images; a single one is a still.", optional=True)
_VIDEO = Input("video", "VIDEO", "The driver as a video.", optional=True)
_TEMPLATE = Input("template", MOTION, "The driver as a motion template.", optional=True)
_RATE = Input(
    "frame_rate",
    "FLOAT",
    "Frames a second of the driver, where it comes as images.",
    settings={"default": 25.0, "min": 1.0, "max": 240.0, "step": 0.01},
)
_FACE = text(
    "face", "largest", "Whose motion: largest, an index from the left, or x,y,width,height."
)
_RENDERER = "the photo itself moves, or the generator draws the face"
_DONE = "The results, each invisibly marked as synthetic."

_LOAD = Node(
    "D2AnimatorLoad",
    "Load D2Animator",
    "Loads an animator; the embedded one needs no download.",
    (
        text(
            "model", "", "A bundle's folder or repository of the Hub; empty for the embedded one."
        ),
        choice("device", ("auto", "cpu", "cuda", "mps"), "What it runs on."),
    ),
    (Output("animator", ANIMATOR, "What animates."),),
    work.load,
)

_ANIMATE = Node(
    "D2AnimatorAnimate",
    "Animate (D2Animator)",
    "Makes a face move like the driver's. Connect one of frames, video and template.",
    (
        _ANIMATOR,
        Input("source", "IMAGE", "Who shall move; of a batch each, one after the other."),
        _FRAMES,
        _VIDEO,
        _TEMPLATE,
        _RATE,
        choice("renderer", ("auto", "photo", "generator"), f"Whether {_RENDERER}."),
        choice(
            "motion", ("relative", "absolute"), "The driver's change, or its own pose and face."
        ),
        _FACE,
        text("source_face", "largest", "Who moves, in the same words."),
        Input(
            "size",
            "INT",
            "Longer side of the result in pixels; 0 for the picture's own.",
            settings={"default": 0, "min": 0, "max": 8192, "step": 8},
        ),
        slider("pose", 0, 4, "How strongly the head follows.", default=1),
        slider("eyes", 0, 4, "How strongly the lids follow.", default=1),
        slider("brows", 0, 4, "How strongly the brows follow.", default=1),
        slider("mouth", 0, 4, "How strongly mouth and jaw follow.", default=1),
        slider("gaze", 0, 4, "How strongly the gaze follows.", default=1),
    ),
    (
        Output("frames", "IMAGE", _DONE),
        Output("face", "MASK", "Where the face is in every frame."),
    ),
    work.animate,
)

_EDIT = Node(
    "D2AnimatorEdit",
    "Edit expression (D2Animator)",
    "Changes what a face does, by names. Left and right are the person's own.",
    (
        _ANIMATOR,
        Input("image", "IMAGE", "Whose face; of a batch each."),
        choice("renderer", ("photo", "generator", "auto"), f"Whether {_RENDERER}."),
        slider("yaw", -60, 60, "Degrees to the person's left."),
        slider("pitch", -45, 45, "Degrees downwards."),
        slider("roll", -90, 90, "Degrees, the crown to the person's right."),
        slider("gaze_yaw", -35, 35, "Degrees of the eyes to the person's left."),
        slider("gaze_pitch", -25, 25, "Degrees of the eyes upwards."),
        slider("smile", -1, 1.5, "A smile; less of one below 0."),
        slider("frown", -1, 1.5, "The corners of the mouth down."),
        slider("pout", -1, 1.5, "The lips forward."),
        slider("teeth", -1, 1.5, "The lips apart, over shut teeth."),
        slider("mouth_open", -1, 1.5, "The jaw."),
        slider("blink", -1, 1.5, "The lids; 1 shuts them."),
        slider("wink_left", -1, 1.5, "The left lid."),
        slider("wink_right", -1, 1.5, "The right lid."),
        slider("eyes_wide", -1, 1.5, "The eyes wide open."),
        slider("squint", -1, 1.5, "The eyes narrow."),
        slider("brow_up", -1, 1.5, "The brows up."),
        slider("brow_down", -1, 1.5, "The brows down."),
        slider("sneer", -1, 1.5, "The nose wrinkled."),
        text("more", "", "Other names, one a line, such as jawLeft=0.4.", multiline=True),
    ),
    (Output("image", "IMAGE", _DONE),),
    work.edit,
)

_TAKE = Node(
    "D2AnimatorTakeMotion",
    "Take motion (D2Animator)",
    "Keeps the motion of a clip's face, without its pictures. Connect one of frames and video.",
    (_ANIMATOR, _FRAMES, _VIDEO, _RATE, _FACE),
    (Output("template", MOTION, "The motion."),),
    work.take_motion,
)

_SAVE = Node(
    "D2AnimatorSaveMotion",
    "Save motion template (D2Animator)",
    "Writes a motion template to the output folder, in place of one of the same name.",
    (
        Input("template", MOTION, "The motion."),
        text("name", "d2animator/motion", "The file's name, with folders if you like."),
    ),
    (Output("path", "STRING", "The file that was written."),),
    work.save_template,
    writes=True,
)

_READ = Node(
    "D2AnimatorLoadMotion",
    "Load motion template (D2Animator)",
    "Reads a motion template from the input folder, or else from the output folder.",
    (text("name", "d2animator/motion", "The file's name, with its folders."),),
    (Output("template", MOTION, "The motion."),),
    work.load_template,
    state=work.template_state,
)

NODES: tuple[Node, ...] = (_LOAD, _ANIMATE, _EDIT, _TAKE, _SAVE, _READ)
"""All nodes, in the order of the menu."""
