# SPDX-License-Identifier: MIT
"""Version 1: both mirrors of a log as the last firmware of journal version 1 left it, when the power went in session 2.

Made by tests/faults/board.py of that firmware: two sectors, code P-07, 24 bytes of mount, sessions of 40 and 30 steps.
"""

import base64
import zlib

SIZE = 8192
STEPS = {1: [100 + 60 * step for step in range(1, 41)], 2: [2626 + 60 * step for step in range(1, 31)]}
_PACKED = (
    'c-rmRze|Ea90u_B?%p5zs=by!3UX+4FfoE^a1f_xifU*LG^C`-!Buc*Y>1#K2ZzQ68-wO(@DFHcaw_T%Xz1SePS7vb&=mT7K=0-5'
    '^+Dd}z3B`CX4&5UPMH<g4aS9O*-prxWBT)>Xea9rsj&PCwRTqvn<JO$<sd`nh22OrHs{6X7ZS--dJzx&AGztBzpMTq*s!l*_gvpo'
    'ne@Y$>OT>eU!|+yRbhqvTE38S{Y!Rqc3Q6nuLNiH>T%=OSAuy(nGzn{nZ}B6uPXy)H|2yqU|vs-k<o=uIbq3#95YJp=t50SIC7!O'
    'NYpD+Q5jC64!MfD<Rq%kRa8`vsBNL5+JZzq3KjJwNYs|8q8cWNl9xf$n@OUwmWrxaB&uVns27VwE!isSz$Q@_wu*YTNmR)3qhukC'
    '{zgXi-!^FfLXWr3g#NkepLqstuBe-9(&l=)IlsZNf0NVA)o62F-JIXxSX3rxE@{b;WwDF@?*1dn@Du<50000000000005>7&i`i@'
    '&i`@#kMsZ8<)8o4{m*sproN}_V*gL;{%=*EPOu9A00000000000H)J73jUfP'
)


def mirrors() -> list[bytearray]:
    """Both, whole."""
    data = bytearray(zlib.decompress(base64.b85decode(_PACKED)))
    return [data[:SIZE], data[SIZE:]]
