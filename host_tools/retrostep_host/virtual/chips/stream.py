# SPDX-License-Identifier: MIT
"""What the sensor feels: int16 words on a clock, rescaled to whatever range the firmware chose.

in    words (n, 6) int16: gyro x y z, accelerometer x y z, at the ranges they were quantised for
out   12 bytes a sample, as a chip set to other ranges would have put them out, clipped at its own full scale
keeps the words once, and once more at the ranges in force
not   filters: the words already are what left the chip's filter chain
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

ACC_MG = {2: 0.061, 4: 0.122, 8: 0.244, 16: 0.488, 32: 0.976}  # mg per count; 32 g only on the LSM6DSO32
GYRO_MDPS = {125: 4.375, 250: 8.75, 500: 17.5, 1000: 35.0, 2000: 70.0, 4000: 140.0}
AT_REST = (0, 0, 0, 0, 0, 4098)  # at 8 g, 1000 dps: lying still, z up


class Stream:
    """Samples by index. Index < 0 is the first sample, past the end the last one, with a count of noise."""

    def __init__(
        self, words: np.ndarray | None = None, rate_hz: float = 104.0, acc_range_g: int = 8, gyro_range_dps: int = 1000
    ) -> None:
        import numpy as np

        if words is None:
            words = np.array([AT_REST], dtype=np.int16)
            acc_range_g, gyro_range_dps = 8, 1000
        words = np.asarray(words)
        if words.ndim != 2 or words.shape[1] != 6 or not len(words):
            raise ValueError(f"A stream is n x 6 words, n > 0; got {words.shape}.")
        self.words = np.ascontiguousarray(words, dtype=np.int16)
        self.rate_hz = rate_hz
        self.acc_range_g, self.gyro_range_dps = acc_range_g, gyro_range_dps
        self._ranges: tuple[int, int] | None = None
        self._bytes = b""

    def __len__(self) -> int:
        return len(self.words)

    def sample(self, index: int, acc_range_g: int, gyro_range_dps: int) -> bytes:
        """12 bytes: gyro x y z, accelerometer x y z, little endian, at these ranges."""
        if self._ranges != (acc_range_g, gyro_range_dps):
            self._rescale(acc_range_g, gyro_range_dps)
        last = len(self.words) - 1
        if 0 <= index <= last:
            return self._bytes[12 * index : 12 * index + 12]
        # A real chip never repeats itself exactly, and the firmware restarts one that does.
        out = bytearray(self._bytes[12 * last :] if index > last else self._bytes[:12])
        for axis in range(6):
            noise = ((index * 2654435761 + axis * 40503) >> 7) % 3 - 1
            value = int.from_bytes(out[2 * axis : 2 * axis + 2], "little", signed=True) + noise
            value = max(-32768, min(32767, value))
            out[2 * axis : 2 * axis + 2] = value.to_bytes(2, "little", signed=True)
        return bytes(out)

    def _rescale(self, acc_range_g: int, gyro_range_dps: int) -> None:
        import numpy as np

        self._ranges = (acc_range_g, gyro_range_dps)
        if (acc_range_g, gyro_range_dps) == (self.acc_range_g, self.gyro_range_dps):
            self._bytes = self.words.astype("<i2").tobytes()
            return
        factor = np.empty(6)
        factor[:3] = GYRO_MDPS[self.gyro_range_dps] / GYRO_MDPS[gyro_range_dps]
        factor[3:] = ACC_MG[self.acc_range_g] / ACC_MG[acc_range_g]
        scaled = np.clip(np.round(self.words * factor), -32768, 32767)
        self._bytes = scaled.astype("<i2").tobytes()
