"""``dfc-export adopt``: an ONNX made elsewhere gets the uint8 front, a card, and its proof."""

from dataclasses import dataclass, replace

from exporters.checkpoints.subject import Subject, files_record
from exporters.exporting.export import Exported, ExportRequest, write
from exporters.exporting.place import check_out
from exporters.forms import ADOPTED
from exporters.libraries import prepare
from exporters.loaders.onnx_file import OnnxNetwork
from exporters.preparation.naming import preparation_named
from exporters.proof.parity import Tell
from forensic_cli.errors import UsageError


@dataclass(frozen=True, slots=True)
class Adoption:
    """What to adopt: the request, and which output holds the logits."""

    request: ExportRequest
    output: str | None


def adopt(adoption: Adoption, tell: Tell) -> Exported:
    """Take over a foreign ONNX model.

    Raises:
        ExportError: It cannot be used, or the result does not agree with it.
        ModelError: It is no ONNX.
        UsageError: The command cannot be meant, or would overwrite a file.
    """
    request = adoption.request
    check_out(request.out, request.checkpoint, force=request.force)
    if request.preprocessing is None:
        msg = "adopt needs --preprocessing: an ONNX file does not say how pictures are prepared"
        raise UsageError(msg)
    prepare()
    preparation = preparation_named(request.preprocessing, None)
    tell("reading the model")
    files = files_record(request.checkpoint)
    size = preparation.preprocessing.network_size
    network = OnnxNetwork(request.checkpoint, adoption.output, size)
    if network.takes_bytes:
        network.notes.append(
            "it takes bytes and normalises them itself: what --preprocessing says of scale, mean "
            "and deviation is left out"
        )
        plain = replace(
            preparation.preprocessing, scale=1.0, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)
        )
        preparation = replace(preparation, preprocessing=plain, pixels=None)
    layout = "N x H x W x 3" if network.channels_last else "N x 3 x H x W"
    reasoning = [f"opset {network.opset}, input {layout}", *network.notes]
    subject = Subject(
        form=ADOPTED,
        architecture="as in the adopted file",
        network=network,
        outputs=network.outputs,
        class_names=None,
        preparation=None,
        reasoning=tuple(reasoning),
        precision="fp16" if network.is_half else None,
    )
    return write(request, subject, preparation, files, tell, channels_last=network.channels_last)
