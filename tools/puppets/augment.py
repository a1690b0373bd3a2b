"""What is done to renders so that a network trained on them works on photographs.

All functions take batches of pictures (B,3,H,W) in [0,1] and a generator, and return new
pictures; none of them moves a point, except `crop` and `mirror`, which say how.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, interpolate

from d2animator.faces.layouts import FLIP98, LEFT_EYE, RIGHT_EYE
from tools.puppets.clutter import colours, pixel_grid, shapes, smooth_noise, uniform

_LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
_FLIP = torch.tensor(FLIP98)


def crop_matrices(landmarks: Tensor, side: Tensor, shift: Tensor, angle: Tensor) -> Tensor:
    """Make the similarity from output positions to picture positions, both in pixels.

    Args:
        landmarks: Points (B,P,2) in pixels of the picture.
        side: Side (B,) of the square crop in pixels of the picture.
        shift: Offset (B,2) of the crop's centre from that of the points' box, in crop widths.
        angle: Turn (B,) of the crop in radians; positive turns the content counter-clockwise.

    Returns:
        Matrices (B,2,3): crop position in crop widths, (0,0) its top-left corner, to pixels.
    """
    low, high = landmarks.amin(1), landmarks.amax(1)
    cos, sin = side * angle.cos(), side * angle.sin()
    turn = torch.stack([cos, -sin, sin, cos], -1).view(-1, 2, 2)
    centre = 0.5 * (low + high) + side[:, None] * shift
    corner = centre - turn.sum(-1) * 0.5
    return torch.cat([turn, corner[:, :, None]], -1)


def into_crop(landmarks: Tensor, matrices: Tensor) -> Tensor:
    """Carry points (B,P,2) from pixels into crop widths, by the matrices of `crop_matrices`."""
    turn, corner = matrices[:, :, :2], matrices[:, :, 2]
    inside: Tensor = torch.linalg.solve(turn, (landmarks - corner[:, None]).mT)
    return inside.mT


def crop(images: Tensor, matrices: Tensor, size: int, padding: str = "zeros") -> Tensor:
    """Cut crops out of pictures.

    Args:
        images: Pictures (B,C,H,H).
        matrices: From `crop_matrices`.
        size: Side of the crops in pixels.
        padding: What lies outside: ``zeros``, ``border`` or ``reflection``.

    Returns:
        Crops (B,C,size,size). Where a crop is coarser than its picture, the picture is averaged
        first, so nothing aliases.
    """
    height = images.shape[-1]
    scale = torch.linalg.det(matrices[:, :, :2]).sqrt() / size  # picture pixels a crop pixel
    levels = scale.clamp(min=1.0).log2().round().long().clamp(max=4)
    # theta maps [-1,1] of the output to [-1,1] of the input
    turn = matrices[:, :, :2] / height
    offset = (matrices @ torch.tensor([0.5, 0.5, 1.0])) / height * 2 - 1
    theta = torch.cat([turn, offset[:, :, None]], -1)
    out = images.new_empty(len(images), images.shape[1], size, size)
    for level in levels.unique().tolist():
        chosen = (levels == level).nonzero()[:, 0]
        source = images[chosen]
        if level:
            source = avg_pool2d(source, 2**level)
        grid = affine_grid(theta[chosen], [len(chosen), 1, size, size], align_corners=False)
        out[chosen] = grid_sample(source, grid, padding_mode=padding, align_corners=False)
    return out


def mirror(images: Tensor, landmarks: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror some pictures left to right and rename their points.

    Args:
        images: Pictures (B,C,H,W), of any type.
        landmarks: Points (B,98,2) in pixels.
        chosen: Which ones (B,), boolean.

    Returns:
        Pictures and points.
    """
    places = chosen.nonzero()[:, 0]
    mirrored = landmarks[places][:, _FLIP] * torch.tensor([-1.0, 1.0])
    mirrored[..., 0] += images.shape[-1]
    images, landmarks = images.clone(), landmarks.clone()
    images[places] = images[places].flip(-1)
    landmarks[places] = mirrored
    return images, landmarks


def head_masks(landmarks: Tensor, size: int, grow: Tensor) -> Tensor:
    """Draw soft ellipses around heads, for renders that come without a mask.

    Args:
        landmarks: Points (B,98,2) in pixels.
        size: Side of the pictures in pixels.
        grow: Factor (B,) on the face's half axes; 1 follows the face, 1.5 takes in the hair.

    Returns:
        Masks (B,1,size,size) in [0,1].
    """
    low, high = landmarks.amin(1), landmarks.amax(1)
    centre, half = 0.5 * (low + high), 0.5 * (high - low) * grow[:, None]
    # points end at the brows: the head goes on above them
    centre = centre - half * torch.tensor([0.0, 0.15])
    x, y = pixel_grid(size)
    x, y = (x + 0.5) * size, (y + 0.5) * size
    along = (x - centre[:, 0, None, None]) / half[:, 0, None, None]
    across = (y - centre[:, 1, None, None]) / half[:, 1, None, None] / 1.15
    return torch.sigmoid((1 - (along.square() + across.square()).sqrt()) * 12).unsqueeze(1)


def without_face(images: Tensor, landmarks: Tensor) -> Tensor:
    """Smear the faces away: heads and shoulders stay, eyes, nose and mouth go.

    Args:
        images: Pictures (B,3,S,S) in [0,1], S a multiple of 16.
        landmarks: Points (B,98,2) in pixels.

    Returns:
        Pictures (B,3,S,S).
    """
    size = images.shape[-1]
    mask = head_masks(landmarks, size, torch.full((len(images),), 1.1))
    smooth = interpolate(
        avg_pool2d(images, 16), size=(size, size), mode="bilinear", align_corners=False
    )
    return torch.lerp(images, smooth, mask)


def scrambled(images: Tensor, generator: torch.Generator, tiles: int = 4) -> Tensor:
    """Shuffle the tiles of pictures: everything a face is made of, and no face.

    Args:
        images: Pictures (B,C,S,S), S a multiple of ``tiles``.
        generator: Where the randomness comes from; one order for the whole batch.
        tiles: Tiles a side.

    Returns:
        Pictures (B,C,S,S).
    """
    count, channels, size, _ = images.shape
    side = size // tiles
    cut = images.reshape(count, channels, tiles, side, tiles, side).transpose(3, 4)
    order = torch.randperm(tiles * tiles, generator=generator)
    cut = cut.reshape(count, channels, tiles * tiles, side, side)[:, :, order]
    cut = cut.view(count, channels, tiles, tiles, side, side).transpose(3, 4)
    return cut.reshape(images.shape)


def with_glasses(images: Tensor, landmarks: Tensor, generator: torch.Generator) -> Tensor:
    """Put glasses on, with clear, tinted or dark lenses.

    Args:
        images: Pictures (B,3,S,S) in [0,1].
        landmarks: Points (B,98,2) in pixels.
        generator: Where the randomness comes from.

    Returns:
        Pictures (B,3,S,S).
    """
    count, _, size, _ = images.shape
    x, y = (line * size + 0.5 * size for line in pixel_grid(size))
    eyes = [landmarks[:, part[0] : part[-1] + 1].mean(1) for part in (RIGHT_EYE, LEFT_EYE)]
    across = eyes[1] - eyes[0]
    distance = across.norm(dim=1).clamp(min=4.0)[:, None, None]
    cos, sin = across[:, 0, None, None] / distance, across[:, 1, None, None] / distance
    # turned heads show narrow lenses; the height is measured at the nose
    height = (landmarks[:, 57] - 0.5 * (eyes[0] + eyes[1])).norm(dim=1)[:, None, None]
    half_x = distance * uniform(generator, count, 1, 1, low=0.33, high=0.47)
    half_y = height * uniform(generator, count, 1, 1, low=0.3, high=0.6)
    power = torch.where(uniform(generator, count, 1, 1) < 0.5, 2.0, 4.0)
    radius = torch.full((count, size, size), 9.0)
    for eye in eyes:
        dx, dy = x - eye[:, 0, None, None], y - eye[:, 1, None, None]
        along, down = (dx * cos + dy * sin) / half_x, (dy * cos - dx * sin - 0.1) / half_y
        around = (along.abs().pow(power) + down.abs().pow(power)).pow(1 / power)
        radius = torch.minimum(radius, around)
    width = uniform(generator, count, 1, 1, low=0.03, high=0.12)
    frame = torch.sigmoid((width - (radius - 1).abs()) * 30)[:, None]
    lens = torch.sigmoid((1 - radius) * 30)[:, None]
    tint = uniform(generator, count, 1, 1, 1)
    tint = torch.where(tint < 0.6, 0.0, torch.where(tint < 0.85, 0.25, 0.85))
    out = torch.lerp(images, 0.4 * colours(count, generator).expand_as(images), lens * tint)
    return torch.lerp(out, colours(count, generator).square().expand_as(images), frame)


def relight(images: Tensor, generator: torch.Generator) -> Tensor:
    """Change light and colour: shading, gamma, contrast, white balance, saturation."""
    count, _, size, _ = images.shape
    x, y = pixel_grid(8)
    slope = 0.8 * torch.randn(2, count, 1, 1, 1, generator=generator)
    field = slope[0] * x + slope[1] * y + 0.15 * smooth_noise(count, 1, 8, generator)
    field = field * (uniform(generator, count, 1, 1, 1) < 0.6)
    gains = 0.08 * torch.randn(count, 3, 1, 1, generator=generator)
    gains = gains + 0.2 * torch.randn(count, 1, 1, 1, generator=generator)
    shading = interpolate((field + gains).exp(), size=(size, size), mode="bilinear")
    gamma = torch.exp(0.25 * torch.randn(count, 1, 1, 1, generator=generator))
    out = (images * shading).clamp_(1e-3, 1.5).pow_(gamma)
    mean = out.mean((1, 2, 3), keepdim=True)
    contrast = torch.exp(0.2 * torch.randn(count, 1, 1, 1, generator=generator))
    grey = (out * _LUMA).sum(1, keepdim=True)
    saturation = uniform(generator, count, 1, 1, 1, high=1.4)
    saturation = saturation * (uniform(generator, count, 1, 1, 1) > 0.15)
    # contrast c about the mean, after saturation s: mean + c (grey + s (out - grey) - mean)
    out = out.sub_(grey).mul_(saturation * contrast)
    return out.add_(grey.sub_(mean).mul_(contrast).add_(mean)).clamp_(0, 1)


def occlude(images: Tensor, generator: torch.Generator, pictures: Tensor) -> Tensor:
    """Cover parts with shapes in plain colours or cut from other pictures.

    Args:
        images: Pictures (B,3,S,S) in [0,1].
        generator: Where the randomness comes from.
        pictures: Pictures (B,3,S,S) to fill half of the shapes with.

    Returns:
        Pictures (B,3,S,S).
    """
    count, _, size, _ = images.shape
    mask = shapes(count, size, generator, largest=0.28)
    plain = colours(count, generator).expand_as(images)
    fill = torch.where(uniform(generator, count, 1, 1, 1) < 0.5, plain, pictures)
    return torch.lerp(images, fill, mask)


def blur(images: Tensor, generator: torch.Generator) -> Tensor:
    """Average neighbours once to three times, or along a line, one way for the whole batch."""
    way = int(torch.randint(0, 5, (1,), generator=generator))
    out = images
    if way < 3:
        for _ in range(way + 1):
            out = avg_pool2d(out, 3, 1, 1, count_include_pad=False)
    else:
        kernel, padding = ((1, 7), (0, 3)) if way == 3 else ((7, 1), (3, 0))
        out = avg_pool2d(out, kernel, 1, padding, count_include_pad=False)
    return torch.lerp(images, out, uniform(generator, len(images), 1, 1, 1, low=0.3))


def lower_resolution(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shrink the pictures to between a quarter and two thirds, and enlarge them again."""
    size = images.shape[-1]
    share = float(uniform(generator, 1, low=0.25, high=0.67))
    small = interpolate(images, size=max(8, int(size * share)), mode="area")
    mode = "bilinear" if float(uniform(generator, 1)) < 0.7 else "nearest"
    corners = False if mode == "bilinear" else None
    return interpolate(small, size=(size, size), mode=mode, align_corners=corners)


def add_noise(images: Tensor, generator: torch.Generator) -> Tensor:
    """Add sensor noise, coloured or grey, of its own strength a picture."""
    count, _, size, _ = images.shape
    noise = torch.randn(count, 3, size, size, generator=generator)
    is_grey = uniform(generator, count, 1, 1, 1) < 0.5
    noise = torch.where(is_grey, noise[:, :1], noise)
    return images + noise * uniform(generator, count, 1, 1, 1, high=0.06)


def compress(images: Tensor, generator: torch.Generator) -> Tensor:
    """Round the cosine coefficients of 8x8 blocks, as JPEG and video codecs do.

    Args:
        images: Pictures (B,3,S,S) in [0,1], S a multiple of 8.
        generator: Where the randomness comes from.

    Returns:
        Pictures (B,3,S,S).
    """
    count, _, size, _ = images.shape
    cells = size // 8
    blocks = images.reshape(count, 3, cells, 8, cells, 8).transpose(3, 4).reshape(count, -1, 64)
    basis = torch.kron(_cosine_basis(), _cosine_basis())
    order = torch.arange(8.0)
    # the coarser the higher the frequency, about as in the standard's tables
    table = (0.06 + 0.04 * (order[:, None] + order[None, :])).view(64)
    low, high = math.log(0.15), math.log(1.5)
    steps = table * uniform(generator, count, 1, 1, low=low, high=high).exp()
    rounded = ((blocks @ basis.T) / steps).round_().mul_(steps) @ basis
    return rounded.view(count, 3, cells, cells, 8, 8).transpose(3, 4).reshape(images.shape)


def degrade(images: Tensor, generator: torch.Generator, hardness: float = 1.0) -> Tensor:
    """Do to random parts of a batch what lenses, sensors and codecs do to photographs."""
    out = images.clone()
    for share, change in (
        (0.15, blur),
        (0.15, blur),
        (0.12, lower_resolution),
        (0.12, lower_resolution),
        (0.4, add_noise),
        (0.35, compress),
    ):
        chosen = (uniform(generator, len(images)) < share * hardness).nonzero()[:, 0]
        if len(chosen):
            out[chosen] = change(out[chosen], generator)
    return out.clamp_(0, 1)


def _cosine_basis() -> Tensor:
    """Orthonormal DCT-II matrix (8,8), rows are frequencies."""
    order = torch.arange(8.0)
    basis = torch.cos((order[None, :] + 0.5) * order[:, None] * (math.pi / 8)) * 0.5
    basis[0] *= math.sqrt(0.5)
    return basis
