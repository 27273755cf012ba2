"""The baseline's numbers: residual co-occurrences, radial spectrum, its peaks, colour correlations.

What the field uses before it trains a network; a logistic regression on them is what the built-in
model has to beat.
"""

import numpy as np

Pixels = np.ndarray

_BANDS = 40
_PEAKS = (
    (0.5, 0.0), (0.0, 0.5), (0.5, 0.5), (0.25, 0.0), (0.0, 0.25), (0.25, 0.25),
    (0.125, 0.0), (0.0, 0.125), (0.375, 0.0), (0.0, 0.375), (0.25, 0.5), (0.5, 0.25),
)  # fmt: skip


def hand_made_numbers(pixels: Pixels) -> Pixels:
    """1,027 numbers of a picture, uint8, H x W x 3."""
    planes = pixels.transpose(2, 0, 1).astype(np.float32)
    luma = 0.299 * planes[0] + 0.587 * planes[1] + 0.114 * planes[2]
    colour = np.stack((luma, 0.564 * (planes[2] - luma), 0.713 * (planes[0] - luma)))
    parts = [*_co_occurrences(planes), *_spectrum(colour), _colours(planes)]
    numbers: Pixels = np.nan_to_num(np.concatenate(parts)).astype(np.float32)
    return numbers


def _co_occurrences(planes: Pixels) -> list[Pixels]:
    """Of four neighbouring residuals of second order, along rows and columns."""
    made = []
    turned = planes.transpose(0, 2, 1)
    for levels, step in ((1, 1.0), (1, 2.0), (1, 4.0), (2, 1.0)):
        counts = np.zeros((2 * levels + 1) ** 4)
        for part in (planes, turned):
            second = (part[:, :, 2:] - 2 * part[:, :, 1:-1] + part[:, :, :-2]) / 2
            quantised = np.clip(np.rint(second / step), -levels, levels).astype(int) + levels
            places = np.zeros_like(quantised[:, :, 3:])
            for shift in range(4):
                end = quantised.shape[2] - 3 + shift
                places = places * (2 * levels + 1) + quantised[:, :, shift:end]
            counts += np.bincount(places.ravel(), minlength=len(counts))
        made.append(np.sqrt(counts / counts.sum()))
    return made


def _spectrum(colour: Pixels) -> list[Pixels]:
    side = min(colour.shape[1:]) // 2 * 2
    window = np.outer(np.hanning(side), np.hanning(side))
    down, right = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side), indexing="ij")
    radius = np.hypot(down, right)
    band = np.minimum((radius / 0.7072 * _BANDS).astype(int), _BANDS - 1).ravel()
    sizes = np.maximum(np.bincount(band, minlength=_BANDS), 1)
    made = []
    for plane in colour[:, :side, :side]:
        power = np.log(np.abs(np.fft.fft2((plane - plane.mean()) * window)) ** 2 + 1e-2).ravel()
        radial = np.bincount(band, weights=power, minlength=_BANDS) / sizes
        above = (power - radial[band]).reshape(side, side)
        peaks = [above[round(a * side) % side, round(b * side) % side] for a, b in _PEAKS]
        made += [radial - radial[4:12].mean(), np.array(peaks)]
    return made


def _colours(planes: Pixels) -> Pixels:
    values = planes.reshape(3, -1)
    steps = np.diff(planes, axis=2).reshape(3, -1)
    made = [values.mean(axis=1) / 64, np.log(values.std(axis=1) + 1)]
    for rows in (values, steps):
        noise = np.random.default_rng(0).normal(0, 1e-3, rows.shape)  # flat planes correlate too
        correlations = np.asarray(np.corrcoef(rows + noise))
        made.append(correlations[np.triu_indices(3, 1)])
    return np.concatenate(made)
