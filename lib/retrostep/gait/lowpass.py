# SPDX-License-Identifier: MIT
"""Low-pass: second-order Butterworth at 6 Hz for 104 Hz samples, the one filter of sagittal rate and leg force.

from  bilinear transform; scipy.signal.butter(2, 6, fs=104) to 8 digits (tests/lib/gait/test_lowpass.py)
"""

# b0 b1 b2 a1 a2 (transposed direct form II)
COEFFICIENTS = (0.02597805, 0.0519561, 0.02597805, -1.49513666, 0.59904886)
