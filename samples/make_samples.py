"""Make everything in ``samples/`` and ``hashes/``: pictures drawn from formulas, and a demo model.

    python samples/make_samples.py

The pictures are the project's own, drawn here; nothing is downloaded. The model is no detector: it
compares the mean of red with the mean of blue, so that its answers are known by hand and the whole
machinery can be seen to work. Needs numpy, pillow and onnx (the extra ``test``).
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from PIL import Image

HERE = Path(__file__).resolve().parent
PICTURES = HERE / "ImageSet"
MODEL = HERE / "plumbing-demo.onnx"
MANIFEST = HERE.parent / "hashes" / "ImageSet.md5"

SIDE = 64
GAIN = 8.0
Canvas = npt.NDArray[np.float64]


def grid(width: int, height: int) -> tuple[Canvas, Canvas]:
    """Coordinates from 0 to 1, x and y, each height x width."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    return x / (width - 1), y / (height - 1)


def picture(red: Canvas, green: Canvas, blue: Canvas) -> Image.Image:
    """An RGB picture from channels in 0 to 1."""
    stacked = np.stack([red, green, blue], axis=-1)
    return Image.fromarray((np.clip(stacked, 0, 1) * 255).round().astype(np.uint8))


def sunset(width: int, height: int) -> Image.Image:
    """A red sky over a dark sea."""
    x, y = grid(width, height)
    sky = 1 - y
    sun = np.exp(-((x - 0.6) ** 2 + (y - 0.45) ** 2) * 60)
    return picture(0.55 + 0.4 * sky + sun, 0.25 * sky + 0.8 * sun, 0.2 * sky)


def ocean(width: int, height: int) -> Image.Image:
    """Blue waves."""
    x, y = grid(width, height)
    wave = 0.08 * np.sin(40 * y + 6 * np.sin(9 * x))
    return picture(0.1 + wave, 0.35 + wave, 0.6 + 0.3 * y + wave)


def mandelbrot(width: int, height: int) -> Image.Image:
    """The fractal, coloured blue by escape time."""
    x, y = grid(width, height)
    c = (x * 3.0 - 2.1) + 1j * (y * 2.4 - 1.2)
    z = np.zeros_like(c)
    escaped = np.zeros(c.shape)
    for step in range(40):
        inside = np.abs(z) <= 2.0  # noqa: PLR2004 - the set's definition
        z[inside] = z[inside] ** 2 + c[inside]
        escaped[inside] = step
    return picture(escaped / 80, escaped / 60, 0.2 + escaped / 45)


def julia(width: int, height: int) -> Image.Image:
    """Another fractal, coloured red."""
    x, y = grid(width, height)
    z = (x * 3.2 - 1.6) + 1j * (y * 2.4 - 1.2)
    escaped = np.zeros(z.shape)
    for step in range(40):
        inside = np.abs(z) <= 2.0  # noqa: PLR2004 - as above
        z[inside] = z[inside] ** 2 + (-0.7 + 0.27j)
        escaped[inside] = step
    return picture(0.25 + escaped / 40, escaped / 70, escaped / 90)


def spheres(width: int, height: int) -> Image.Image:
    """Three shaded balls on a plain: a rendered scene."""
    x, y = grid(width, height)
    red, green, blue = 0.75 - 0.3 * y, 0.7 - 0.3 * y, 0.65 - 0.2 * y
    for cx, cy, radius, colour in (
        (0.3, 0.55, 0.22, (0.9, 0.3, 0.2)),
        (0.62, 0.5, 0.18, (0.9, 0.7, 0.2)),
        (0.8, 0.68, 0.13, (0.8, 0.3, 0.6)),
    ):
        dx, dy = (x - cx) / radius, (y - cy) / radius
        inside = dx**2 + dy**2 < 1
        depth = np.sqrt(np.clip(1 - dx**2 - dy**2, 0, 1))
        light = np.clip(-0.5 * dx - 0.6 * dy + 0.6 * depth, 0.05, 1)
        red = np.where(inside, colour[0] * light, red)
        green = np.where(inside, colour[1] * light, green)
        blue = np.where(inside, colour[2] * light, blue)
    return picture(red, green, blue)


def arrow(width: int, height: int) -> Image.Image:
    """Something with an up and a down: red above, blue below."""
    x, y = grid(width, height)
    shaft = (np.abs(x - 0.5) < 0.06) & (y > 0.3)  # noqa: PLR2004 - a drawing
    head = (np.abs(x - 0.5) < (y - 0.1) * 0.9) & (y < 0.35) & (y > 0.1)  # noqa: PLR2004 - a drawing
    mark = (shaft | head).astype(np.float64)
    return picture(0.9 - 0.5 * y + mark, 0.3 + mark, 0.2 + 0.5 * y + mark)


def draw() -> None:
    """Write the dozen pictures, two of which are no pictures any more."""
    for folder in ("paintings", "renders"):
        (PICTURES / folder).mkdir(parents=True, exist_ok=True)
    sunset(240, 160).save(PICTURES / "paintings" / "sunset.png")
    ocean(240, 160).save(PICTURES / "paintings" / "ocean.jpg", quality=92)
    ocean(160, 240).convert("L").save(PICTURES / "paintings" / "ocean grey.png")
    mandelbrot(220, 180).save(PICTURES / "renders" / "mandelbrot.webp", lossless=True)
    julia(220, 180).save(PICTURES / "renders" / "julia.tif", compression="tiff_lzw")
    spheres(200, 200).save(PICTURES / "renders" / "spheres.png")
    spheres(200, 200).quantize(64).save(PICTURES / "renders" / "spheres.gif")
    upright = arrow(120, 200)
    upright.save(PICTURES / "arrow.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side, to be turned by 90 degrees
    sideways = upright.transpose(Image.Transpose.ROTATE_90)
    sideways.save(PICTURES / "arrow, rotated by EXIF.png", exif=exif)
    translucent = sunset(96, 96)
    translucent.putalpha(128)
    translucent.save(PICTURES / "해질녘.png")
    whole = PICTURES / "cut.jpg"
    sunset(240, 160).save(whole, quality=90)
    whole.write_bytes(whole.read_bytes()[:3000])
    (PICTURES / "notes.png").write_text("This is a text file with a picture's name.\n")


def model() -> onnx.ModelProto:
    """Make logits = GAIN * (mean red, mean blue), means in 0 to 1 after the usual front."""
    nodes = [
        helper.make_node("Transpose", ["images"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["nchw"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["floats", "scale"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "std"], ["normalised"]),
        helper.make_node("ReduceMean", ["normalised", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["logits"]),
    ]
    constants = {
        "scale": np.array(255.0, np.float32),
        "mean": np.zeros((1, 3, 1, 1), np.float32),
        "std": np.ones((1, 3, 1, 1), np.float32),
        "axes": np.array([2, 3], np.int64),
        "weights": np.array([[GAIN, 0], [0, 0], [0, GAIN]], np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "plumbing-demo",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(
        graph,
        producer_name="dfc-classify samples",
        ir_version=10,
        opset_imports=[helper.make_opsetid("", 18)],
    )
    helper.set_model_props(made, {"dfc.card": json.dumps(card(), sort_keys=True)})
    onnx.checker.check_model(made, full_check=True)
    return made


def card() -> dict[str, object]:
    """The demo's card: says loudly that it is no detector."""
    return {
        "schema": 1,
        "name": "plumbing-demo (no detector)",
        "architecture": "mean of red against mean of blue",
        "classes": [{"name": "ai", "label": 0}, {"name": "real", "label": 1}],
        "activation": "softmax",
        "preprocessing": {
            "host": [
                {"step": "exif_transpose"},
                {"step": "rgb"},
                {
                    "step": "resize",
                    "mode": "squash",
                    "height": SIDE,
                    "width": SIDE,
                    "filter": "bicubic",
                },
            ],
            "graph": {"scale": 255.0, "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]},
        },
        "self_test": {"logits": [expected(0), expected(1), expected(2)], "tolerance": 1e-3},
        "intended_use": "to see the tool work; reddish pictures come out as 0, bluish ones as 1",
        "limits": "it knows nothing about how a picture was made",
    }


def expected(index: int) -> list[float]:
    """What the model answers to a picture of the self-test, computed without the tool."""
    height, width = ((200, 320), (320, 200), (257, 257))[index]
    y, x, channel = np.ogrid[:height, :width, :3]
    pixels = (7 * x + 13 * y + 29 * channel + 53 * index + x * y // 16) % 256
    drawn = Image.fromarray(pixels.astype(np.uint8))
    means = np.asarray(drawn.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).mean(axis=(0, 1))
    red, _, blue = GAIN * means / 255
    return [round(float(red), 6), round(float(blue), 6)]


def manifest() -> bytes:
    """The pictures' MD5 in md5sum's form, sorted by the bytes of their names."""
    paths = (path for path in PICTURES.rglob("*") if path.is_file())
    named = sorted((path.relative_to(HERE).as_posix().encode(), path) for path in paths)
    return b"".join(
        hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest().encode()
        + b"  "
        + name
        + b"\n"
        for name, path in named
    )


def main() -> None:
    """Make it all."""
    draw()
    onnx.save(model(), MODEL)
    MANIFEST.parent.mkdir(exist_ok=True)
    MANIFEST.write_bytes(manifest())
    total = sum(path.stat().st_size for path in PICTURES.rglob("*") if path.is_file())
    print(f"{PICTURES}: {math.ceil(total / 1000)} kB; {MODEL}; {MANIFEST}")


if __name__ == "__main__":
    main()
