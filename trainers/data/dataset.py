"""Pictures as PyTorch takes them: the card's preprocessing, and augmentation where one trains."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from forensic_cli.errors import ItemRefusedError, LabelsError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.imaging.decode import decode
from forensic_cli.imaging.pixels import prepare
from forensic_cli.imaging.preprocess import upright_rgb
from forensic_cli.model_card.preprocessing import Preprocessing
from trainers.data.collection import Collection
from trainers.data.reading import read_bytes

Step = Callable[[Image.Image], Image.Image]


class Pictures(Dataset[dict[str, torch.Tensor]]):
    """Pictures of one part.

    What a picture's augmentation draws hangs on the seed, the epoch and its place alone, so that
    neither the number of workers nor a resumed run changes what is trained on.
    """

    def __init__(  # noqa: PLR0913 - the parts of it
        self,
        collection: Collection,
        pictures: Sequence[Labelled],
        preprocessing: Preprocessing,
        class_of: Mapping[int, int],
        weights: Sequence[float],
        steps: Sequence[Step] = (),
        *,
        cropped: bool = False,
        seed: int = 0,
    ) -> None:
        """Say what they are.

        Args:
            collection: Where the files are.
            pictures: Which.
            preprocessing: The card's.
            class_of: Output index by label.
            weights: The weights of each picture's loss.
            steps: Augmentation; none where one measures.
            cropped: Whether a step gives the network's size itself.
            seed: The seed of the augmentation.
        """
        self._collection = collection
        self._pictures = pictures
        self._preprocessing = preprocessing
        self._class_of = class_of
        self._weights = weights
        self._steps = steps
        self._cropped = cropped
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Told by the trainer at the start of each."""
        self._epoch = epoch

    def __len__(self) -> int:
        """How many."""
        return len(self._pictures)

    def __getitem__(self, place: int) -> dict[str, torch.Tensor]:
        """One picture: ``pixel_values`` (float32, 3 x H x W), ``labels`` and ``weights``."""
        picture = self._pictures[place]
        image = self._opened(picture)
        if self._steps:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self._draw(place))
                for step in self._steps:
                    image = step(image)
        return {
            "pixel_values": self._normalised(np.asarray(image)),
            "labels": torch.tensor(self._class_of[picture.label]),
            "weights": torch.tensor(self._weights[place], dtype=torch.float32),
        }

    def _opened(self, picture: Labelled) -> Image.Image:
        path = self._collection.file(picture)
        try:
            image = decode(read_bytes(path))
            if self._steps and self._cropped:
                return upright_rgb(image)
            return Image.fromarray(prepare(image, self._preprocessing)[0])
        except (OSError, ItemRefusedError) as error:
            msg = f"{on_screen(picture.path)!r} was sound and cannot be prepared now: {error}"
            raise LabelsError(msg) from error

    def _draw(self, place: int) -> int:
        text = f"{self._seed} {self._epoch} {place}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1

    def _normalised(self, pixels: np.ndarray) -> torch.Tensor:
        """As the exported graph does it: scale, mean, standard deviation, in single precision."""
        values = torch.from_numpy(pixels.copy()).permute(2, 0, 1).float()
        values = values / self._preprocessing.scale
        mean = torch.tensor(self._preprocessing.mean)[:, None, None]
        std = torch.tensor(self._preprocessing.std)[:, None, None]
        normalised: torch.Tensor = (values - mean) / std
        return normalised.contiguous()
